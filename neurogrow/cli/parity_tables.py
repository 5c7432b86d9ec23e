"""Tables and JSON of `export`: files, readers and dialects."""

from typing import Any

from rich.table import Table

from export.nir.dialects import DIALECTS, dialect_table
from export.parity import ROUNDING_READERS, TRAINING_MODEL, ReaderParity

from ..pipeline import Exported
from ..report.format import DASH, percent, significant
from .output import table


def parity_summary(exported: Exported) -> dict[str, Any]:
    """Return the parity of every reader by name, or the reason why it was not run."""
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
    """Return the tables of written files, and of each reader compared with its reference."""
    tables = [table("Files", ("written",), [(str(path),) for path in exported.files])]
    if exported.nir:
        rows = [_row(row, exported.nir.bins) for row in exported.nir.readers]
        columns = (
            *("NIR reader", "semantics", "differing spike bins", "first tick", "cosine"),
            *("difference to the network", "performance"),
        )
        tables.append(table("NIR readers, compared with a simulation of the file by their semantics", columns, rows))
        if exported.nir.not_run:
            tables.append(table("Not run", ("NIR reader", "reason"), list(exported.nir.not_run.items())))
    onnx = exported.onnx
    measured = [
        ("largest logit difference to the network", significant(onnx.max_logits_difference_to_training_model)),
        ("largest logit difference to float64 equations", significant(onnx.max_logits_difference)),
        ("largest activity difference to float64 equations", significant(onnx.max_activity_difference)),
        ("largest logit, for scale", significant(onnx.max_logit)),
        ("performance", percent(onnx.performance)),
    ]
    if onnx.bins is not None:
        measured.append(("differing spike bins", f"{onnx.differing_bins:,} of {onnx.bins:,}"))
    title = "network.onnx in onnxruntime, compared with the pruned network"
    return [*tables, table(title, ("measure", "value"), measured)]


def dialects_tables() -> list[Table]:
    """Return a table per dialect: its requirements, its changes, and the semantics of its reader."""
    tables = []
    for name in DIALECTS:
        dialect = DIALECTS[name]
        rows = [(aspect, text) for other, aspect, text in dialect_table() if other == name]
        spikes = "same spikes as the network" if dialect.exact else "spikes differ from the network"
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
        DASH if to_network is None else f"{to_network:,} bins",
        percent(row.performance) if row.performance is not None else DASH,
    )
