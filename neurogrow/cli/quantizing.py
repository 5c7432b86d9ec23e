"""The command `quantize`: rounded weights, and the performance with them and with a chip's arithmetic."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from rich.table import Table

from ..report.format import percent, significant
from ..training.pretrained import find_run
from .app import Json
from .output import emit, table

if TYPE_CHECKING:
    from ..pipeline.quantizing import OnChip, Quantized


def quantize(
    run: Path,
    *,
    bits: int = 8,
    per: Literal["network", "neuron"] = "network",
    chip: str | None = None,
    fine_tune: int = 0,
    trials: int = 100,
    json: Json = False,
) -> None:
    """Round a network's weights to integers, and measure its performance. Writes network-BITSbit.nir and .json.

    Parameters
    ----------
    run
        Folder of a run, or name of a pretrained network.
    bits
        Bits of a weight, 2 to 16.
    per
        Scope of a quantisation step: one step for the whole network, or one step for each neuron.
    chip
        Also run the network with the arithmetic of this chip (loihi1, loihi2, xyloaudio2, xyloaudio3), and check the
        chip's limits.
    fine_tune
        Training steps with rounded weights; 3000 are enough for 4 bits.
    trials
        Number of trials of each task for the measurement of performance.
    """
    from ..pipeline.quantizing import quantize_run

    quantized = quantize_run(find_run(run), bits, per, chip, fine_tune, trials)
    emit(quantized.summary(), json, *_tables(quantized))


def quantized_table(in_bits: Mapping[str, Mapping[str, Any]]) -> Table:
    """Return the performance with rounded weights for each number of bits (:func:`~.quantized_summary`)."""
    names = ("performance_before", "performance_rounded", "performance")
    rows = [
        (bits, *(percent(measured[name]) for name in names), significant(measured["fine_tuning_steps"]))
        for bits, measured in in_bits.items()
    ]
    columns = ("bits", "before", "rounded", "after fine-tuning", "steps")
    return table("Performance with rounded weights", columns, rows)


def _tables(quantized: "Quantized") -> list[Table]:
    network, lost = quantized.network, 100 * (quantized.before - quantized.performance)
    rows = [
        ("performance before", percent(quantized.before)),
        ("performance rounded", percent(quantized.rounded)),
        *([(f"performance after {quantized.steps} steps", percent(quantized.performance))] if quantized.steps else ()),
        ("percentage points lost", significant(lost)),
        ("connections left", f"{network.connections:,} of {network.origin.recurrent_weights_NN.nnz:,}"),
        *(("written", str(path)) for path in quantized.files),
    ]
    title = f"{network.grid.bits} bits, one step per {network.grid.per}"
    return [table(title, ("measure", "value"), rows), *(_chip_tables(quantized.on_chip) if quantized.on_chip else ())]


def _chip_tables(on_chip: "OnChip") -> list[Table]:
    rows = [("performance with the chip's arithmetic", percent(on_chip.performance))]
    rows += [(f"with this difference alone: {label}", percent(value)) for label, value in on_chip.departures.items()]
    limits = [
        (
            check.name + ("" if check.neuron is None else f" (neuron {check.neuron})"),
            f"{check.used:,}",
            "–" if check.limit is None else f"{check.limit:,}",
            "EXCEEDED" if check.exceeded else "",
        )
        for check in on_chip.limits
    ]
    return [
        table(on_chip.chip, ("measure", "value"), rows),
        table(f"{on_chip.chip}: limits", ("limit", "needed", "allowed", ""), limits),
    ]
