"""Time to make a batch of the 20 tasks: NeuroGym's Dataset and neurogrow's TaskStream, side by side in one run.

    OMP_NUM_THREADS=1 python benchmarks/tasks.py [--lanes 64] [--ticks 100] [--repeats 15] [--json]

The two take turns, so that whatever else the machine does slows both. Times are milliseconds per batch, least and
median over the repeats.
"""

import argparse
import json
import logging
import statistics
import sys
import time
import warnings
from collections.abc import Callable

import torch

from neurogrow.tasks import YANG19, TaskSet, TaskStream

warnings.simplefilter("ignore")
logging.disable(logging.WARNING)


def neurogym_dataset(lanes: int, ticks: int) -> Callable[[], object]:
    from neurogym.envs.collections import yang19
    from neurogym.utils.data import Dataset
    from neurogym.utils.scheduler import RandomSchedule
    from neurogym.wrappers.block import ScheduleEnvs

    env = ScheduleEnvs([getattr(yang19, name)() for name in YANG19], RandomSchedule(len(YANG19)), env_input=True)
    dataset = Dataset(env, batch_size=lanes, seq_len=ticks)
    per_cache = dataset._cache_len // ticks  # batches it makes at once

    def one_cache() -> None:
        for _ in range(per_cache):
            dataset()

    one_cache.batches = per_cache
    return one_cache


def milliseconds(make: Callable[[], object]) -> float:
    start = time.perf_counter()
    make()
    return (time.perf_counter() - start) * 1e3 / getattr(make, "batches", 1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name, default in {"lanes": 64, "ticks": 100, "repeats": 15}.items():
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()

    stream = TaskStream(TaskSet(), arguments.lanes, arguments.ticks)
    makers = {"neurogym": neurogym_dataset(arguments.lanes, arguments.ticks), "neurogrow": stream.next_batch}
    times = {name: [] for name in makers}
    for repeat in range(arguments.repeats + 1):
        for name, make in makers.items():
            taken = milliseconds(make)
            if repeat:  # the first is a warm-up
                times[name].append(taken)
    result = {name: {"least_ms": min(all_), "median_ms": statistics.median(all_)} for name, all_ in times.items()}
    ratio = result["neurogym"]["median_ms"] / result["neurogrow"]["median_ms"]
    if arguments.json:
        setting = {"lanes": arguments.lanes, "ticks": arguments.ticks, "threads": torch.get_num_threads()}
        json.dump(setting | result | {"ratio_of_medians": ratio}, sys.stdout)
        print()
        return
    print(f"{arguments.lanes} lanes x {arguments.ticks} ticks, {torch.get_num_threads()} thread(s)")
    for name, row in result.items():
        print(f"{name:10s} least {row['least_ms']:8.2f} ms   median {row['median_ms']:8.2f} ms")
    print(f"ratio of medians {ratio:.1f}")


if __name__ == "__main__":
    main()
