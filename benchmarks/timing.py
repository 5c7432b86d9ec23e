"""Timing for the benchmarks. Actions alternate, so that other load on the machine slows all of them equally."""

import platform
import statistics
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import torch


def milliseconds(action: Callable[[], object]) -> float:
    start = time.perf_counter()
    action()
    return (time.perf_counter() - start) * 1e3


def medians(actions: Mapping[str, Callable[[], object]], repeats: int) -> dict[str, float]:
    """Return the median time of each action in milliseconds over ``repeats`` alternating rounds, after a warm-up."""
    times: dict[str, list[float]] = {name: [] for name in actions}
    for repeat in range(repeats + 1):
        for name, action in actions.items():
            taken = milliseconds(action)
            if repeat:
                times[name].append(taken)
    return {name: statistics.median(each) for name, each in times.items()}


def machine() -> dict[str, object]:
    """Return a description of the machine."""
    cpu = Path("/proc/cpuinfo")
    lines = cpu.read_text().splitlines() if cpu.exists() else []
    model = next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), platform.processor())
    amx = any("amx_bf16" in line for line in lines)
    gpu = torch.cuda.get_device_name() if torch.cuda.is_available() else None
    return {"cpu": model, "amx_bf16": amx, "threads": torch.get_num_threads(), "gpu": gpu, "torch": torch.__version__}
