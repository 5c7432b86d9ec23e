"""Training of ensembles on a GPU, in networks x steps per second, compared with torch.nn.RNN (cuDNN).

    python benchmarks/gpu_training.py [--side 20] [--lanes 64] [--ticks 100] [--repeats 20] [--json]

torch.nn.RNN trains one network after another. Both sides use batches that neurogrow's stream draws on the GPU, the
cost of equation 2, and Adam, without swaps. The benchmark also measures batched matrix products of the recurrence's
shape, an upper bound for the GPU. Without a GPU, it prints a message.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable

import torch
from plain_reference import PlainNetwork, plain_optimiser, plain_step
from timing import machine

from neurogrow.tasks import TaskSet, TaskStream
from neurogrow.training import GrowthConfig, ModelConfig, TrainConfig, TrainingConfig
from neurogrow.training.captured import CapturedStep
from neurogrow.training.state import TrainingState

REPLICAS = (1, 8, 64)
PRECISIONS = {"float32": torch.float32, "bfloat16": torch.bfloat16}


def seconds_each(action: Callable[[], object], repeats: int, warm_up: int = 6) -> float:
    """Return the time of one call until the GPU has finished. The first calls, which capture graphs, are excluded."""
    for _ in range(warm_up):
        action()
    torch.cuda.synchronize()
    start = time.perf_counter()
    for _ in range(repeats):
        action()
    torch.cuda.synchronize()
    return (time.perf_counter() - start) / repeats


def reference_step(side: int, lanes: int, ticks: int) -> Callable[[], object]:
    tasks = TaskSet()
    network = PlainNetwork(tasks.n_inputs, side, tasks.n_outputs).cuda()
    optimiser, stream = plain_optimiser(network), TaskStream(tasks, lanes, ticks, "cuda")

    def step() -> None:
        batch = stream.next_batch()
        plain_step(network, optimiser, batch.inputs_TBI, batch.targets_TB)

    return step


def ensemble_step(side: int, lanes: int, ticks: int, replicas: int, precision: str) -> Callable[[], object]:
    configs = [
        TrainConfig(
            model=ModelConfig(rows=side, cols=side, seed=seed),
            growth=GrowthConfig(swap_every=0),
            training=TrainingConfig(batch_size=lanes, ticks=ticks, precision=precision, device="cuda"),
        )
        for seed in range(replicas)
    ]
    return CapturedStep(TrainingState.start(configs))


def product_rate(neurons: int, lanes: int, replicas: int, precision: torch.dtype, repeats: int) -> float:
    """Return floating-point operations per second in products of (R, B, N) with (R, N, N)."""
    states = torch.randn(replicas, lanes, neurons, device="cuda", dtype=precision)
    weights, out = torch.randn(replicas, neurons, neurons, device="cuda", dtype=precision), torch.empty_like(states)
    taken = seconds_each(lambda: torch.bmm(states, weights, out=out), 50 * repeats)
    return 2 * replicas * lanes * neurons**2 / taken


def operations(side: int, lanes: int, ticks: int) -> float:
    """Return the floating-point operations of one replica's matrix products in a step, forward and backward."""
    tasks, n = TaskSet(), side * side
    forward = 2 * lanes * ticks * n * (n + tasks.n_inputs + tasks.n_outputs)
    return 3 * forward - 2 * lanes * ticks * n * tasks.n_inputs  # the gradient of the inputs is not computed


def measure(side: int, lanes: int, ticks: int, repeats: int) -> dict[str, object]:
    reference = seconds_each(reference_step(side, lanes, ticks), repeats)
    rows = []
    for precision, dtype in PRECISIONS.items():
        for replicas in REPLICAS:
            taken = seconds_each(ensemble_step(side, lanes, ticks, replicas, precision), repeats)
            best = product_rate(side * side, lanes, replicas, dtype, repeats)
            rows.append(
                {
                    "precision": precision,
                    "replicas": replicas,
                    "networks_x_steps_per_second": replicas / taken,
                    "speedup": replicas * reference / taken,
                    "fraction_of_product_rate": replicas * operations(side, lanes, ticks) / taken / best,
                }
            )
    setting = {"neurons": side * side, "lanes": lanes, "ticks": ticks, "repeats": repeats} | machine()
    return {"setting": setting, "reference_networks_x_steps_per_second": 1 / reference, "ensembles": rows}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name, default in {"side": 20, "lanes": 64, "ticks": 100, "repeats": 20}.items():
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    if not torch.cuda.is_available():
        sys.exit("There is no CUDA GPU here: nothing was measured.")
    result = measure(arguments.side, arguments.lanes, arguments.ticks, arguments.repeats)
    if arguments.json:
        print(json.dumps(result, indent=2))
        return
    print(", ".join(f"{name} {value}" for name, value in result["setting"].items()))
    print(
        f"torch.nn.RNN, one after another: {result['reference_networks_x_steps_per_second']:.1f} networks x steps / s"
    )
    for row in result["ensembles"]:
        print(
            "  ".join(f"{name} {value:.3g}" if isinstance(value, float) else f"{value}" for name, value in row.items())
        )


if __name__ == "__main__":
    main()
