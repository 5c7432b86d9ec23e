"""Report section on exported files: their parity with the network."""

from typing import Any

from ..errors import InputError
from .blocks import Block, Note, Section, Table
from .context import RunFiles
from .format import DASH, percent, significant


def parity_section(files: RunFiles) -> Section:
    """Return the section with a table for each format in parity.json."""
    if files.parity is None:
        return Section("parity", "Exported files", (files.missing("parity.json"),))
    try:
        blocks: list[Block] = []
        if files.parity["nir"] is not None:
            blocks += _nir_blocks(files.parity["nir"])
        if files.parity["onnx"] is not None:
            blocks.append(_onnx_table(files.parity["onnx"]))
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise InputError(f"{files.path / 'parity.json'} is not complete: {error} is missing. Export again.") from None
    return Section("parity", "Exported files", tuple(blocks))


def _nir_blocks(nir: dict[str, Any]) -> list[Block]:
    """Return the parity of each reader, and the reason for readers that were not run."""
    rows = [
        (
            str(reader["name"]),
            str(reader["semantics"]),
            significant(reader["differing_bins"]),
            significant(reader["first_tick"]),
            _cosine(reader["cosine"]),
            significant(reader["max_output_difference"]),
            significant(reader["differing_bins_to_network"]),
            percent(reader["performance"]),
        )
        for reader in nir["readers"]
    ]
    columns = (
        *("reader", "semantics", "differing bins", "first difference at tick", "cosine of spike trains"),
        *("largest readout difference", "differing bins to the network", "performance"),
    )
    table = Table(
        f"network.nir in its readers over {nir['ticks']:,} ticks in {nir['lanes']:,} trials. Each reader is compared "
        "bin by bin with a simulation of its file by its semantics. A bin is one neuron in one tick of one trial. "
        f"There are {nir['neurons']:,} neurons and {nir['bins']:,} bins. The network has {nir['spikes']:,} spikes, and "
        f"the largest readout is {significant(nir['max_output'])}.",
        columns,
        rows,
        text_columns=(1,),
    )
    return [table, *(Note(f"Not run: {name}. {reason}") for name, reason in nir["not_run"].items())]


def _onnx_table(onnx: dict[str, Any]) -> Table:
    rows = [
        ("largest logit difference to float64 equations", significant(onnx["max_logits_difference"])),
        ("largest activity difference to float64 equations", significant(onnx["max_activity_difference"])),
    ]
    if onnx["max_logits_difference_to_training_model"] is not None:
        difference = significant(onnx["max_logits_difference_to_training_model"])
        rows.append(("largest logit difference to the trained model", difference))
    if onnx["bins"] is not None:
        rows.append(("differing bins", f"{onnx['differing_bins']:,} of {onnx['bins']:,}"))
        rows.append(("bins with a spike", significant(onnx["spikes"])))
    return Table(
        f"network.onnx (opset {onnx['opset']}) in onnxruntime over {onnx['steps']:,} task steps in "
        f"{onnx['lanes']:,} trials, compared with the network's equations in float64. The largest logit is "
        f"{significant(onnx['max_logit'])}.",
        ("measure", "value"),
        rows,
    )


def _cosine(value: float | None) -> str:
    """Format a cosine. "1" stands for exactly 1; a smaller value is never rounded up to 1."""
    if value is None:
        return DASH
    return "1" if value == 1 else f"{min(value, 0.999999):.6f}"
