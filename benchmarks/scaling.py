"""Time of a training step for different numbers of neurons N and of replicas R.

    OMP_NUM_THREADS=1 python benchmarks/scaling.py [--repeats 5] [--precision bfloat16] [--json]

N is 100 to 1,600 for one replica, and R is 1 to 64 for N = 100. Times are medians of whole steps, with data and without
swaps.
"""

import argparse
import json

import torch
from timing import machine, medians

from neurogrow.training import GrowthConfig, ModelConfig, TrainConfig, TrainingConfig
from neurogrow.training.state import TrainingState
from neurogrow.training.step import train_step

SIDES = (10, 15, 20, 30, 40)
REPLICAS = (1, 2, 4, 8, 16, 32, 64)


def step_milliseconds(side: int, replicas: int, arguments: argparse.Namespace) -> float:
    training = TrainingConfig(
        batch_size=arguments.lanes, ticks=arguments.ticks, precision=arguments.precision, device=arguments.device
    )
    configs = [
        TrainConfig(model=ModelConfig(rows=side, cols=side, seed=seed), growth=GrowthConfig(), training=training)
        for seed in range(replicas)
    ]
    state = TrainingState.start(configs)

    def step() -> None:
        measured = train_step(state)
        measured["cross_entropy"].cpu()  # waits for a device

    return medians({"step": step}, arguments.repeats)["step"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name, default in {"lanes": 64, "ticks": 100, "repeats": 5}.items():
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--precision", choices=["float32", "bfloat16"], default="float32")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    sizes = [(side, 1) for side in SIDES] + [(SIDES[0], replicas) for replicas in REPLICAS[1:]]
    rows = [
        {"neurons": side * side, "replicas": replicas, "step_ms": step_milliseconds(side, replicas, arguments)}
        for side, replicas in sizes
    ]
    if arguments.json:
        setting = {"lanes": arguments.lanes, "ticks": arguments.ticks, "precision": arguments.precision} | machine()
        print(json.dumps({"setting": setting, "steps": rows}, indent=2))
        return
    print(
        f"{arguments.lanes} lanes x {arguments.ticks} ticks, {arguments.precision}, {torch.get_num_threads()} thread(s)"
    )
    print("neurons  replicas   ms per step   us per step, replica and 1,000 recurrent weights")
    for row in rows:
        each = row["step_ms"] * 1e6 / row["replicas"] / row["neurons"] ** 2
        print(f"{row['neurons']:7d} {row['replicas']:9d} {row['step_ms']:13.1f} {each:12.1f}")


if __name__ == "__main__":
    main()
