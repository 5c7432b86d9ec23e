"""Does the exported file do what was trained? The parity tables."""

from typing import Any

from neurogrow.errors import InputError

from .blocks import Block, Section, Table
from .context import RunFiles
from .format import DASH, significant


def parity_section(files: RunFiles) -> Section:
    """Return what parity.json says, in a table per format."""
    if files.parity is None:
        return Section("parity", "Exported files", (files.missing("parity.json"),))
    try:
        blocks: list[Block] = []
        if files.parity["nir"] is not None:
            blocks.append(_nir_table(files.parity["nir"]))
        if files.parity["onnx"] is not None:
            blocks.append(_onnx_table(files.parity["onnx"]))
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise InputError(f"{files.path / 'parity.json'} is not complete; export again. It lacks {error}.") from None
    return Section("parity", "Exported files", tuple(blocks))


def _nir_table(nir: dict[str, Any]) -> Table:
    rows = [
        (
            str(reader["name"]),
            significant(reader["differing_bins"]),
            significant(reader["first_tick"]),
            _cosine(reader["cosine"]),
            significant(reader["max_output_difference"]),
        )
        for reader in nir["readers"]
    ]
    return Table(
        f"network.nir, run by several readers over {nir['ticks']:,} ticks in {nir['lanes']:,} trials and compared with "
        f"the reference simulation of the same file, bin by bin: {nir['neurons']:,} neurons, {nir['bins']:,} bins, of "
        f"which {nir['spikes']:,} hold a spike. The readout reaches {significant(nir['max_output'])}.",
        ("reader", "bins that differ", "first at tick", "cosine of spike trains", "largest readout difference"),
        rows,
    )


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
