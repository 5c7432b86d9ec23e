"""Time of a BIMT run with and without the active set, with the settings of the preset paper-bimt but fewer steps.

    OMP_NUM_THREADS=1 python benchmarks/active_set.py [--side 20] [--steps 8000] [--target 150] [--json]

Both runs see the same trials. They alternate, with a block of steps each. Important neurons are counted after each
block (summed task variance > 1e-3, on 20 trials of each task); the time of counting is excluded. The benchmark reports
the time until at most --target neurons are important, and the time of the whole run.
"""

import argparse
import json
import time
from dataclasses import replace

from timing import machine

from neurogrow.analysis.recording import record
from neurogrow.analysis.task_variance import important_neurons, task_variance
from neurogrow.training.build import build_tasks
from neurogrow.training.config import load_config
from neurogrow.training.presets import preset_path
from neurogrow.training.state import TrainingState
from neurogrow.training.step import train_step


class Race:
    """One of the two runs: its state, its training time, and the time at which it reached the target."""

    def __init__(self, arguments: argparse.Namespace, active_set: bool) -> None:
        preset = load_config(preset_path("paper-bimt"))
        size = {"rows": arguments.side, "cols": arguments.side}
        training = {"steps": arguments.steps, "precision": arguments.precision, "active_set": active_set, "threads": 1}
        self.config = replace(
            preset, model=replace(preset.model, **size), training=replace(preset.training, **training)
        )
        self.target = arguments.target
        self.state = TrainingState.start(self.config)
        self.seconds, self.important, self.performance = 0.0, arguments.side**2, 0.0
        self.arrived: dict[str, float] | None = None

    def advance(self, steps: int) -> None:
        """Train for some steps and measure their time; then count important neurons without measuring time."""
        start = time.perf_counter()
        for _ in range(steps):
            train_step(self.state)
        self.seconds += time.perf_counter() - start
        tasks = build_tasks(self.config)
        seen = record(self.state.model, tasks, trials_per_task=20, seed=1)
        variance_NK = task_variance(seen.activity_TBN, seen.mask_TB, seen.task_B, len(tasks.names))
        self.important, self.performance = int(important_neurons(variance_NK).sum()), float(seen.performance_K.mean())
        if self.arrived is None and self.important <= self.target:
            self.arrived = self.now()

    def now(self) -> dict[str, float]:
        """Return the steps and seconds of training so far, the counts of neurons, and the performance."""
        computed = self.state.neurons_RM
        return {
            "steps": self.state.step,
            "seconds": round(self.seconds, 1),
            "important_neurons": self.important,
            "computed_neurons": self.config.model.rows**2 if computed is None else computed.shape[1],
            "performance": round(self.performance, 3),
        }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name, default in {"side": 20, "target": 150, "steps": 8000, "look-every": 250}.items():
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--precision", choices=["float32", "bfloat16"], default="bfloat16")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    races = {"active set on": Race(arguments, True), "active set off": Race(arguments, False)}
    for step in range(0, arguments.steps, arguments.look_every):
        for race in races.values():
            race.advance(min(arguments.look_every, arguments.steps - step))
    on, off = races.values()
    result: dict[str, object] = {"setting": vars(arguments) | machine()}
    if on.arrived and off.arrived:
        result["active_set_speedup_to_target"] = off.arrived["seconds"] / on.arrived["seconds"]
    result["active_set_speedup"] = off.seconds / on.seconds
    result |= {name: {"at target": race.arrived, "at the end": race.now()} for name, race in races.items()}
    if arguments.json:
        print(json.dumps(result, indent=2))
        return
    for name, value in result.items():
        print(name, value)


if __name__ == "__main__":
    main()
