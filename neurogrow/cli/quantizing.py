"""The command that rounds a network's weights, and says what that costs on the tasks and on a chip's arithmetic."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from rich.table import Table

from ..report.format import percent, significant
from ..training.pretrained import find_run
from .app import Json, app
from .output import emit, table

if TYPE_CHECKING:
    from ..pipeline.quantizing import OnChip, Quantized


@app.command
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
    """Round a network's weights to whole numbers; measure what that costs. Writes network-BITSbit.nir and .json.

    Parameters
    ----------
    run
        Folder of a run, or the name of a pretrained one.
    bits
        Bits of a weight, 2 to 16.
    per
        Whether all neurons count in one step, or each in its own.
    chip
        Also run the network on this chip's arithmetic (loihi1, loihi2, xyloaudio2, xyloaudio3), and check its limits.
    fine_tune
        Steps of training with rounded weights; 3000 are enough for 4 bits.
    trials
        Trials of each task that performance is measured on.
    """
    from ..pipeline.quantizing import quantize_run

    quantized = quantize_run(find_run(run), bits, per, chip, fine_tune, trials)
    emit(quantized.summary(), json, *_tables(quantized))


def quantized_table(in_bits: Mapping[str, Mapping[str, Any]]) -> Table:
    """What a network can do with weights of fewer bits, as :func:`~.quantized_summary` says it."""
    names = ("performance_before", "performance_rounded", "performance")
    rows = [
        (bits, *(percent(found[name]) for name in names), significant(found["fine_tuning_steps"]))
        for bits, found in in_bits.items()
    ]
    return table("Weights of fewer bits", ("bits", "before", "rounded", "after training", "steps"), rows)


def _tables(quantized: "Quantized") -> list[Table]:
    network, lost = quantized.network, 100 * (quantized.before - quantized.performance)
    rows = [
        ("performance before", percent(quantized.before)),
        ("performance rounded", percent(quantized.rounded)),
        *([(f"performance after {quantized.steps} steps", percent(quantized.performance))] if quantized.steps else ()),
        ("points lost", significant(lost)),
        ("connections left", f"{network.connections:,} of {network.origin.recurrent_weights_NN.nnz:,}"),
        *(("written", str(path)) for path in quantized.files),
    ]
    title = f"{network.grid.bits} bits, a step per {network.grid.per}"
    return [table(title, ("what", "value"), rows), *(_chip_tables(quantized.on_chip) if quantized.on_chip else ())]


def _chip_tables(on_chip: "OnChip") -> list[Table]:
    rows = [("performance on the chip's arithmetic", percent(on_chip.performance))]
    rows += [(f"alone: {words}", percent(value)) for words, value in on_chip.departures.items()]
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
        table(on_chip.chip, ("what", "value"), rows),
        table(f"{on_chip.chip}: limits", ("limit", "needed", "allowed", ""), limits),
    ]
