"""A run's network in whole numbers: rounded, trained on where that costs, on a chip's arithmetic, in files."""

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from export.quantized_files import read_steps, write_quantized
from hardware_models.arithmetic import ChipArithmetic, arithmetic_of
from hardware_models.chips.network_limits import LimitCheck, check_limits
from hardware_models.chips.spec import ChipSpec, load_chip

from ..equations import Respond
from ..io.files import plain, replacing
from ..network import GrownNetwork, RateNeurons
from ..quantization.fine_tuning import FineTuning, fine_tune
from ..quantization.grid import Per, QuantizedNetwork, quantize
from ..quantization.task_performance import responds, task_performance
from ..training import Run
from ..training.build import build_tasks
from . import ANALYSIS_SEED, prune_run, pruned_before

POINT = 0.01
"""What rounding may cost of mean performance before a network is trained on."""
STEPS = {6: 300, 0: 3000}
"""Steps of the training after rounding where nobody says how many, from this number of bits on."""


@dataclass(frozen=True)
class OnChip:
    """A quantised network on a chip's arithmetic."""

    chip: str
    performance: float
    departures: dict[str, float]
    """Performance of the network in real numbers, before rounding, with one thing done as on the chip; all else its
    own. Empty of a chip that does as the network does."""
    limits: tuple[LimitCheck, ...]


@dataclass(frozen=True, eq=False)
class Quantized:
    """A run's network in whole numbers, and what it can still do: mean performance over tasks, on the same trials."""

    network: QuantizedNetwork
    before: float
    """Performance in real numbers."""
    rounded: float
    """Performance when it is only rounded."""
    performance: float
    """Performance after fine-tuning; the same as ``rounded`` where there was none."""
    steps: int
    """Steps of fine-tuning."""
    on_chip: OnChip | None
    files: tuple[Path, ...]

    def summary(self) -> dict[str, Any]:
        """Return the numbers that ``--json`` shows."""
        grid, chip = self.network.grid, self.on_chip
        return {
            "bits": grid.bits,
            "per": grid.per,
            "performance_before": self.before,
            "performance_rounded": self.rounded,
            "performance": self.performance,
            "fine_tuning_steps": self.steps,
            "connections": self.network.connections,
            "connections_before": _connections(self.network.origin),
            "chip": chip and plain(chip) | {"exceeded": [check.sentence for check in chip.limits if check.exceeded]},
            "files": [str(path) for path in self.files],
        }


def quantize_run(
    run: Run,
    bits: int = 8,
    per: Per = "network",
    chip: str | Path | None = None,
    steps: int | None = 0,
    trials: int = 100,
    on_step: Callable[[int, int], None] | None = None,
    out: Path | None = None,
) -> Quantized:
    """Round a run's pruned network; write ``network-<bits>bit.nir`` (``.onnx``) and ``network-<bits>bit.json``.

    Parameters
    ----------
    run
        The run; it is pruned now if it has not been.
    bits, per
        The grid, as for :func:`~neurogrow.quantization.grid.choose_grid`.
    chip
        A chip whose arithmetic the network is run on, and whose limits are checked.
    steps
        Steps of fine-tuning; None: 300 (below 6 bits 3,000) where rounding costs more than a point.
    trials
        Trials of each task on which performance is measured.
    on_step
        Called after each step of fine-tuning with the steps done and the steps in all.
    out
        Folder for the files; by default the run's.
    """
    spec = None if chip is None else load_chip(chip)
    if spec is not None:
        arithmetic_of(spec)  # a chip whose whole numbers are not known is refused before anything is computed
    network, tasks = pruned_before(run) or prune_run(run).network, build_tasks(run.config)
    quantized = quantize(network, bits, per)

    def performance(respond: Respond) -> float:
        return float(task_performance(respond, tasks, trials, ANALYSIS_SEED).mean())

    before, rounded = performance(responds(network)), performance(responds(quantized.network()))
    if steps is None:
        steps = STEPS[max(least for least in STEPS if bits >= least)] if before - rounded > POINT else 0
    if steps:
        quantized = fine_tune(network, tasks, bits, per, FineTuning(steps), on_step)
    after = performance(responds(quantized.network())) if steps else rounded
    on_chip = None if spec is None else _on_chip(spec, network, quantized, performance)
    about = {
        "model": run.fingerprint(),
        "performance_before": before,
        "performance_rounded": rounded,
        "performance": after,
        "fine_tuning_steps": steps,
        "connections_before": _connections(network),
    }
    return Quantized(
        quantized, before, rounded, after, steps, on_chip, write_quantized(quantized, out or run.path, about)
    )


def quantized_summary(run: Run, bits: Sequence[int] = (8, 4), out: Path | None = None) -> dict[str, dict[str, Any]]:
    """Return by bits what a run's network can do in whole numbers, fine-tuned where rounding costs more than a point.

    What ``quantize`` has measured of the same network before is taken from its files.
    """
    network, folder, found = pruned_before(run) or prune_run(run).network, out or run.path, {}
    for each in bits:
        known = _known(run, network, each, folder)
        found[str(each)] = known or quantize_run(run, each, "neuron", steps=None, out=out).summary()
    return found


def _known(run: Run, network: GrownNetwork, bits: int, folder: Path) -> dict[str, Any] | None:
    """Return what is known of the network in so many bits, and see to it that the folder has its files."""
    path = run.path / f"network-{bits}bit.json"
    found = read_steps(path) if path.exists() else {}
    values = Path(str(found.get("file", ""))).name
    same = (found.get("model"), found.get("connections_before")) == (run.fingerprint(), _connections(network))
    if not same or not (run.path / values).is_file():
        return None
    files = [folder / values, folder / path.name]
    for file in files:
        if not file.exists() or not file.samefile(run.path / file.name):
            with replacing(file) as beside:
                shutil.copyfile(run.path / file.name, beside)
    shown = {name: value for name, value in found.items() if name not in ("format", "file", "model", "parameters")}
    return shown | {"chip": None, "files": [str(file) for file in files]}


def _connections(network: GrownNetwork) -> int:
    return int(network.recurrent_weights_NN.nnz)


def _on_chip(
    spec: ChipSpec, network: GrownNetwork, quantized: QuantizedNetwork, performance: Callable[[Respond], float]
) -> OnChip:
    """Run a network on a chip's arithmetic, and hold it to the chip's limits."""
    arithmetic, departures = arithmetic_of(spec), {}
    if isinstance(arithmetic, ChipArithmetic) and not isinstance(network.neurons, RateNeurons):
        departures = {name: performance(respond) for name, respond in arithmetic.departures(network).items()}
    return OnChip(
        spec.name,
        performance(arithmetic(quantized)),
        departures,
        check_limits(quantized.network(), spec.network_limits()),
    )
