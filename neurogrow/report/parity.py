"""Does the exported file do what was trained? The parity tables."""

from typing import Any

from ..errors import InputError
from .blocks import Block, Note, Section, Table
from .context import RunFiles
from .format import DASH, percent, significant


def parity_section(files: RunFiles) -> Section:
    """Return what parity.json says, in a table per format."""
    if files.parity is None:
        return Section("parity", "Exported files", (files.missing("parity.json"),))
    try:
        blocks: list[Block] = []
        if files.parity["nir"] is not None:
            blocks += _nir_blocks(files.parity["nir"])
        if files.parity["onnx"] is not None:
            blocks.append(_onnx_table(files.parity["onnx"]))
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise InputError(f"{files.path / 'parity.json'} is not complete; export again. It lacks {error}.") from None
    return Section("parity", "Exported files", tuple(blocks))


def _nir_blocks(nir: dict[str, Any]) -> list[Block]:
    """What each reader got, and which readers were not run."""
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
        *("reader", "semantics", "bins that differ", "first at tick", "cosine of spike trains"),
        *("largest readout difference", "bins unlike the network", "performance"),
    )
    table = Table(
        f"network.nir in its readers over {nir['ticks']:,} ticks in {nir['lanes']:,} trials, compared with the "
        f"simulation of what they read by their semantics, bin by bin: {nir['neurons']:,} neurons, {nir['bins']:,} "
        f"bins; the network has {nir['spikes']:,} spikes. The readout reaches {significant(nir['max_output'])}.",
        columns,
        rows,
        words=(1,),
    )
    return [table, *(Note(f"Not run: {name}. {reason}") for name, reason in nir["not_run"].items())]


def _onnx_table(onnx: dict[str, Any]) -> Table:
    rows = [
        ("largest difference of logits", significant(onnx["max_logits_difference"])),
        ("largest difference of activity", significant(onnx["max_activity_difference"])),
    ]
    if onnx["max_logits_difference_to_training_model"] is not None:
        difference = significant(onnx["max_logits_difference_to_training_model"])
        rows.append(("largest difference of logits, to the training model", difference))
    if onnx["bins"] is not None:
        rows.append(("bins that differ", f"{onnx['differing_bins']:,} of {onnx['bins']:,}"))
        rows.append(("bins with a spike", significant(onnx["spikes"])))
    return Table(
        f"network.onnx (opset {onnx['opset']}), run in onnxruntime over {onnx['steps']:,} task steps in "
        f"{onnx['lanes']:,} trials and compared with the network's equations in float64. Logits reach "
        f"{significant(onnx['max_logit'])}.",
        ("measure", "value"),
        rows,
    )


def _cosine(value: float | None) -> str:
    """Exactly 1 means equal; what is not equal never reads as 1."""
    if value is None:
        return DASH
    return "1" if value == 1 else f"{min(value, 0.999999):.6f}"
