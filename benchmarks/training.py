"""Time of a training step of neurogrow, compared with a plain reference that does the same work.

    python benchmarks/training.py [--side 20] [--lanes 64] [--ticks 100] [--repeats 7] [--threads 2] [--json]

The reference (plain_reference.py) uses NeuroGym's Dataset, torch.nn.RNN, Adam, the penalty by autograd, and swaps that
evaluate the whole cost for each partner. Every value is a median over repeats, in which the sides alternate. Both sides
swap every 200 steps, as in the paper. So the time of a step includes 1/200 of a round of swaps.
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import torch
from plain_reference import PlainNetwork, plain_batches, plain_optimiser, plain_step, plain_swap_round
from timing import machine, medians

from neurogrow.growth import improving_permutation, swap_neurons, wiring_cost
from neurogrow.models.recurrence import ACTIVATIONS, RateRecurrence
from neurogrow.tasks import TaskSet, TaskStream
from neurogrow.training import GrowthConfig, ModelConfig, TrainConfig, TrainingConfig
from neurogrow.training.memory import keep_freed_memory
from neurogrow.training.state import TrainingState
from neurogrow.training.step import train_step

SWAP_EVERY = 200
TARGETS = {
    "data_speedup": 20.0,
    "step_speedup_fp32": 2.2,
    "step_speedup_bf16": 4.0,
    "swap_speedup": 500.0,
    "recurrence_over_floor": 1.4,
    "recurrence_over_floor_bf16": 1.4,
    "memory_over_reference": 1.0,
}
"""What the figures should reach: speed-ups at least, the last three at most."""


def reference_steps(side: int, lanes: int, ticks: int) -> tuple[Callable[[], object], Callable[[], object]]:
    """Time the plain reference's step, with data, and its round of swaps."""
    tasks = TaskSet()
    network = PlainNetwork(tasks.n_inputs, side, tasks.n_outputs)
    optimiser, next_batch = plain_optimiser(network), plain_batches(lanes, ticks)
    return (lambda: plain_step(network, optimiser, *next_batch())), (lambda: plain_swap_round(network, optimiser))


def neurogrow_steps(
    side: int, lanes: int, ticks: int, precision: str
) -> tuple[Callable[[], object], Callable[[], object]]:
    """Time our step and our round of swaps, for one replica."""
    config = TrainConfig(
        model=ModelConfig(rows=side, cols=side),
        growth=GrowthConfig(swap_every=0),
        training=TrainingConfig(batch_size=lanes, ticks=ticks, precision=precision),
    )
    state = TrainingState.start(config)
    return (lambda: train_step(state)), (lambda: swap_neurons(state.model, state.optimiser, "paper"))


def time_data(lanes: int, ticks: int, repeats: int) -> dict[str, float]:
    times = medians(
        {"reference": plain_batches(lanes, ticks), "neurogrow": TaskStream(TaskSet(), lanes, ticks).next_batch}, repeats
    )
    return {"data_reference_ms": times["reference"], "data_ms": times["neurogrow"]}


def time_steps(side: int, lanes: int, ticks: int, repeats: int) -> dict[str, float]:
    made = {
        "reference": reference_steps(side, lanes, ticks),
        "fp32": neurogrow_steps(side, lanes, ticks, "float32"),
        "bf16": neurogrow_steps(side, lanes, ticks, "bfloat16"),
    }
    steps = medians({name: step for name, (step, _) in made.items()}, repeats)
    rounds = medians({name: swap for name, (_, swap) in made.items()}, min(repeats, 5))
    return {f"step_{name}_ms": steps[name] + rounds[name] / SWAP_EVERY for name in made}


def time_swaps(side: int, repeats: int) -> dict[str, float]:
    """Time a round of swaps of both sides from the same weights; the reference uses a copy of them each time."""
    reference = PlainNetwork(1, side, 1)
    weights_RNN = reference.hidden.weight_hh_l0.detach().clone()[None]
    distance_NN = reference.distance_NN
    costs = []

    def plain_round() -> None:
        with torch.no_grad():
            reference.hidden.weight_hh_l0.copy_(weights_RNN[0])
        costs.append(plain_swap_round(reference, plain_optimiser(reference)))

    times = medians(
        {"reference": plain_round, "neurogrow": lambda: improving_permutation(weights_RNN, distance_NN, "paper")},
        repeats,
    )
    order = improving_permutation(weights_RNN, distance_NN, "paper")[0]
    ours = float(wiring_cost(weights_RNN[:, order][:, :, order], distance_NN))
    return {
        "swap_reference_ms": times["reference"],
        "swap_ms": times["neurogrow"],
        "swap_reference_cost": costs[-1],
        "swap_cost": ours,
    }


def time_recurrence(side: int, lanes: int, ticks: int, precision: torch.dtype, repeats: int) -> dict[str, float]:
    """Time the network's forward and backward pass, and its matrix products alone."""
    tasks, generator = TaskSet(), torch.Generator().manual_seed(0)
    n, n_inputs, n_outputs = side * side, tasks.n_inputs, tasks.n_outputs

    def drawn(*shape: int, scale: float = 1.0) -> torch.Tensor:
        return (torch.randn(shape, generator=generator) * scale).to(precision)

    inputs_TBI, gradient_RTBO = drawn(ticks, lanes, n_inputs), drawn(1, ticks, lanes, n_outputs, scale=1e-3)
    into_RNI, weights_RNN = drawn(1, n, n_inputs, scale=n_inputs**-0.5), drawn(1, n, n, scale=0.5 * n**-0.5)
    leaves = [into_RNI, drawn(1, n), weights_RNN, drawn(1, n_outputs, n, scale=n**-0.5), drawn(1, n_outputs)]
    for leaf in leaves:
        leaf.requires_grad_()

    def recurrence() -> None:
        logits_RTBO, _ = RateRecurrence.apply(inputs_TBI, *leaves, ACTIVATIONS["relu"])
        torch.autograd.grad(logits_RTBO, leaves, gradient_RTBO)

    state_BN, out_BN = drawn(lanes, n), drawn(lanes, n)
    rows_MI, rows_MN, rows_MO = inputs_TBI.flatten(0, 1), drawn(ticks * lanes, n), gradient_RTBO.flatten(0, 2)
    into_NI, _, weights_NN, out_ON = (leaf[0].detach() for leaf in leaves[:4])
    transposed_NN = weights_NN.mT.contiguous()

    def products() -> None:
        torch.mm(rows_MI, into_NI.mT)
        for matrix in (transposed_NN, weights_NN):
            for _ in range(ticks - 1):
                torch.mm(state_BN, matrix, out=out_BN)
        torch.mm(rows_MN, out_ON.mT)
        torch.mm(rows_MO, out_ON)
        torch.mm(rows_MO.mT, rows_MN)
        torch.mm(rows_MN.mT, rows_MN)
        torch.mm(rows_MN.mT, rows_MI)

    return medians({"recurrence": recurrence, "floor": products}, repeats)


def peak_memory(which: str, side: int, lanes: int, ticks: int) -> float:
    """Return the peak resident memory in MiB of a process with three steps and one round of swaps (Linux)."""
    command = [sys.executable, __file__, "--peak-of", which]
    sizes = ["--side", str(side), "--lanes", str(lanes), "--ticks", str(ticks)]
    return float(subprocess.run([*command, *sizes], check=True, capture_output=True, text=True).stdout)


def print_own_peak(which: str, side: int, lanes: int, ticks: int) -> None:
    sizes = (side, lanes, ticks)
    step, swap = reference_steps(*sizes) if which == "reference" else neurogrow_steps(*sizes, which)
    for _ in range(3):
        step()
    swap()
    status = Path("/proc/self/status").read_text().splitlines()  # ru_maxrss includes the peak of the parent
    print(next(int(line.split()[1]) / 1024 for line in status if line.startswith("VmHWM")))


def measure(side: int, lanes: int, ticks: int, repeats: int) -> dict[str, object]:
    data, steps, swaps = time_data(lanes, ticks, repeats), time_steps(side, lanes, ticks, repeats), time_swaps(side, 5)
    floors = {
        name: time_recurrence(side, lanes, ticks, dtype, 3 * repeats)
        for name, dtype in {"fp32": torch.float32, "bf16": torch.bfloat16}.items()
    }
    peaks = {
        f"peak_{which}_mib": peak_memory(which, side, lanes, ticks) for which in ("reference", "float32", "bfloat16")
    }
    return {
        "setting": {"neurons": side * side, "lanes": lanes, "ticks": ticks, "repeats": repeats} | machine(),
        "data_speedup": data["data_reference_ms"] / data["data_ms"],
        "step_speedup_fp32": steps["step_reference_ms"] / steps["step_fp32_ms"],
        "step_speedup_bf16": steps["step_reference_ms"] / steps["step_bf16_ms"],
        "swap_speedup": swaps["swap_reference_ms"] / swaps["swap_ms"],
        "recurrence_over_floor": floors["fp32"]["recurrence"] / floors["fp32"]["floor"],
        "recurrence_over_floor_bf16": floors["bf16"]["recurrence"] / floors["bf16"]["floor"],
        "memory_over_reference": peaks["peak_float32_mib"] / peaks["peak_reference_mib"],
        "details": data | steps | swaps | {f"recurrence_{k}_ms": v for k, v in floors.items()} | peaks,
    }


def show(result: dict[str, object]) -> None:
    print(", ".join(f"{name} {value}" for name, value in result["setting"].items()))
    for name, target in TARGETS.items():
        value = result[name]
        reached = value >= target if "speedup" in name else value <= target
        print(f"{name:28s} {value:9.2f}   {'reached' if reached else 'MISSED':8s} ({target:g})")
    for name, value in result["details"].items():
        shown = value if isinstance(value, dict) else {"": value}
        print(f"    {name:26s} " + "  ".join(f"{part} {number:.2f}".strip() for part, number in shown.items()))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name, default in {
        "side": 20,
        "lanes": 64,
        "ticks": 100,
        "repeats": 7,
        "threads": torch.get_num_threads(),
    }.items():
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--peak-of", choices=["reference", "float32", "bfloat16"], help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    keep_freed_memory()  # as in training; the reference becomes faster by it, too
    sizes = (arguments.side, arguments.lanes, arguments.ticks)
    if arguments.peak_of:
        return print_own_peak(arguments.peak_of, *sizes)
    result = measure(*sizes, arguments.repeats)
    if arguments.json:
        print(json.dumps(result, indent=2))
    else:
        show(result)
    return None


if __name__ == "__main__":
    main()
