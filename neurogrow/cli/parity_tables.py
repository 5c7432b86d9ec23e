"""What `export` shows: files, readers, dialects."""

from typing import Any

from rich.table import Table

from export.nir.dialects import DIALECTS, dialect_table
from export.parity import ROUNDING_READERS, TRAINING_MODEL, ReaderParity

from ..pipeline import Exported
from ..report.format import DASH, percent, significant
from .output import table


def parity_summary(exported: Exported) -> dict[str, Any]:
    """Return the numbers of every reader by its name, or why it was not run."""
    summary: dict[str, Any] = {}
    if exported.nir:
        for row in exported.nir.readers:
            if row.name not in (*ROUNDING_READERS, TRAINING_MODEL):
                summary[row.name] = _row_summary(row, exported.nir.bins)
        summary |= {name: {"not_run": reason} for name, reason in exported.nir.not_run.items()}
    onnx = exported.onnx
    return summary | {
        "onnxruntime": {
            "mismatched_bins": onnx.differing_bins,
            "bins": onnx.bins,
            "max_abs_diff": onnx.max_activity_difference,
            "max_abs_diff_logits": onnx.max_logits_difference,
            "max_abs_logit": onnx.max_logit,
            "performance": onnx.performance,
            "version": onnx.version,
        }
    }


def parity_tables(exported: Exported) -> list[Table]:
    """What each reader of the files gets, against its reference."""
    tables = [table("Files", ("written",), [(str(path),) for path in exported.files])]
    if exported.nir:
        rows = [_row(row, exported.nir.bins) for row in exported.nir.readers]
        columns = (
            "NIR reader", "semantics", "differing spike bins", "first tick", "cosine", "to the network", "performance",
        )  # fmt: skip
        tables.append(table("The written file in its readers, against simulation by their semantics", columns, rows))
        if exported.nir.not_run:
            tables.append(table("Not run", ("NIR reader", "reason"), list(exported.nir.not_run.items())))
    onnx = exported.onnx
    measured = [
        ("largest difference of logits, to the network", significant(onnx.max_logits_difference_to_training_model)),
        ("largest difference of logits, to float64", significant(onnx.max_logits_difference)),
        ("largest difference of activity, to float64", significant(onnx.max_activity_difference)),
        ("scale: largest logit", significant(onnx.max_logit)),
        ("performance", percent(onnx.performance)),
    ]
    if onnx.bins is not None:
        measured.append(("differing spike bins", f"{onnx.differing_bins:,} of {onnx.bins:,}"))
    return [*tables, table("network.onnx in onnxruntime, against the pruned network", ("measure", "value"), measured)]


def dialects_tables() -> list[Table]:
    """What each dialect needs and changes, and how its reader steps a file; made from the code that does it."""
    tables = []
    for name in DIALECTS:
        dialect = DIALECTS[name]
        rows = [(what, words) for each, what, words in dialect_table() if each == name]
        spikes = "the network's spikes" if dialect.exact else "spikes of its own"
        tables.append(table(f"{name}: {dialect.reader}, {spikes}", ("", ""), rows))
    return tables


def _row_summary(row: ReaderParity, bins: int) -> dict[str, Any]:
    return {
        "mismatched_bins": row.differing_bins,
        "bins": bins,
        "first_tick": row.first_tick,
        "cosine": row.cosine,
        "max_output_difference": row.max_output_difference,
        "performance": row.performance,
        "semantics": row.semantics,
        "mismatched_bins_to_network": row.differing_bins_to_network,
        "dialect": row.dialect,
        "version": row.version,
    }


def _row(row: ReaderParity, bins: int) -> tuple[str, ...]:
    to_network = row.differing_bins_to_network
    return (
        row.name,
        row.semantics,
        f"{row.differing_bins:,} of {bins:,}",
        DASH if row.first_tick is None else str(row.first_tick),
        "1" if row.cosine == 1 else f"{min(row.cosine, 0.999999):.6f}",
        DASH if to_network is None else f"{to_network:,} bins differ",
        percent(row.performance) if row.performance is not None else DASH,
    )
