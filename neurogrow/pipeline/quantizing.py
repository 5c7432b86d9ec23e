"""A run's network with integer weights: rounded, fine-tuned, run in a chip's arithmetic, and written to files."""

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
from .analyzing import ANALYSIS_SEED
from .freshness import out_of_date
from .pruning import NETWORK_FILE, PRUNE
from .runner import bring
from .stage import CONFIG, Settings, Stage, is_spiking
from .stage_records import digests, write_record

POINT = 0.01
"""Loss of mean performance by rounding above which a network is fine-tuned."""
STEPS = {6: 300, 0: 3000}
"""Default steps of fine-tuning, by the least number of bits that they hold for."""


@dataclass(frozen=True)
class OnChip:
    """A quantised network on a chip's arithmetic."""

    chip: str
    performance: float
    departures: dict[str, float]
    """Performance of the unrounded network with one operation done as on the chip, by operation. Empty if the chip
    behaves like the network."""
    limits: tuple[LimitCheck, ...]


@dataclass(frozen=True, eq=False)
class Quantized:
    """A run's network with integer weights, and its mean performance over tasks, always on the same trials."""

    network: QuantizedNetwork
    before: float
    """Performance before rounding."""
    rounded: float
    """Performance after rounding alone."""
    performance: float
    """Performance after fine-tuning; equal to ``rounded`` without fine-tuning."""
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
    out: Path | None = None,
    network: GrownNetwork | None = None,
) -> Quantized:
    """Round a run's pruned network; write ``network-<bits>bit.nir`` (``.onnx``) and ``network-<bits>bit.json``.

    Parameters
    ----------
    run
        The run; it is pruned now if it has not been.
    bits, per
        The grid, as for :func:`~neurogrow.quantization.grid.choose_grid`.
    chip
        A chip; the network is run in its arithmetic, and its limits are checked.
    steps
        Steps of fine-tuning; None: 300 (below 6 bits 3,000) where rounding costs more than a point.
    trials
        Trials of each task on which performance is measured.
    out
        Folder for the files; by default the run's.
    network
        The pruned network; by default that of the run's ``network.safetensors``.
    """
    spec = None if chip is None else load_chip(chip)
    if spec is not None:
        arithmetic_of(spec)  # refuses a chip of unknown arithmetic before anything is computed
    own, tasks = network is None, run.load_source()
    network = bring(run, PRUNE).network if network is None else network
    quantized = quantize(network, bits, per)

    def performance(respond: Respond) -> float:
        return float(task_performance(respond, tasks, trials, ANALYSIS_SEED).mean())

    before, rounded = performance(responds(network)), performance(responds(quantized.network()))
    if steps is None:
        steps = STEPS[max(least for least in STEPS if bits >= least)] if before - rounded > POINT else 0
    if steps:
        quantized = fine_tune(network, tasks, bits, per, FineTuning(steps))
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
    files = write_quantized(quantized, out or run.path, about)
    if own and out in (None, run.path):
        stage = quantize_stage(bits)
        write_record(run, stage, digests(run, stage.reads), {"per": per, "steps": steps, "trials_per_task": trials})
    return Quantized(quantized, before, rounded, after, steps, on_chip, files)


def quantized_summary(
    run: Run, bits: Sequence[int] = (8, 4), out: Path | None = None, network: GrownNetwork | None = None
) -> dict[str, dict[str, Any]]:
    """Return by bits how well a run's network does in whole numbers, fine-tuned where rounding costs over a point.

    Earlier results of ``quantize`` for the same network are read from its files, whatever their settings.
    ``network`` is the pruned network; by default that of the run's ``network.safetensors``.
    """
    own, folder, summaries = bring(run, PRUNE).network, out or run.path, {}
    other = network if network is not None and network.metadata != own.metadata else None
    for number in bits:
        known = None if other is not None else _known(run, number, folder)
        made = known or quantize_run(run, number, "neuron", steps=None, out=out, network=other).summary()
        summaries[str(number)] = made
    return summaries


def quantize_stage(bits: int) -> Stage[Quantized]:
    """Return the stage that rounds a run's network to so many bits; every number of bits has its own."""

    def written(run: Run, settings: Settings) -> tuple[str, ...]:  # noqa: ARG001  (the signature of Stage.writes)
        values = f"network-{bits}bit.{'nir' if is_spiking(run) else 'onnx'}"
        return values, f"network-{bits}bit.json"

    def computed(run: Run, per: Per, steps: int | None, trials_per_task: int) -> Quantized:
        return quantize_run(run, bits, per, steps=steps, trials=trials_per_task)

    def stated(run: Run) -> Settings | None:
        value, network = read_steps(run.path / f"network-{bits}bit.json"), bring(run, PRUNE).network
        same = (value.get("model"), value.get("connections_before")) == (run.fingerprint(), _connections(network))
        return {"per": value["per"], "steps": value["fine_tuning_steps"]} if same else None

    return Stage(
        name=f"quantize-{bits}bit",
        reads=(NETWORK_FILE, CONFIG),
        writes=written,
        compute=computed,
        load=lambda run, settings: computed(run, **settings),
        after=(PRUNE,),
        defaults={"per": "network", "steps": 0, "trials_per_task": 100},
        stated_settings=stated,
    )


def _known(run: Run, bits: int, folder: Path) -> dict[str, Any] | None:
    """Return the earlier result for so many bits if it is up to date, and copy its files into the folder."""
    path = run.path / f"network-{bits}bit.json"
    if out_of_date(run, quantize_stage(bits))[0] is not None:
        return None
    found = read_steps(path)
    values = Path(str(found.get("file", ""))).name
    if not (run.path / values).is_file():
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
    """Run a network in a chip's arithmetic, and check it against the chip's limits."""
    arithmetic, departures = arithmetic_of(spec), {}
    if isinstance(arithmetic, ChipArithmetic) and not isinstance(network.neurons, RateNeurons):
        departures = {name: performance(respond) for name, respond in arithmetic.departures(network).items()}
    return OnChip(
        spec.name,
        performance(arithmetic(quantized)),
        departures,
        check_limits(quantized.network(), spec.network_limits()),
    )
