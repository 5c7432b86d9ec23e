"""The core of every neuron, as a table for spreadsheets and scripts."""

import csv
import io
from pathlib import Path

from neurogrow.io.files import write_text

from .mapping import MappingReport

COLUMNS = ("neuron", "population", "index", "core", "tile", "x", "y")


def write_core_table(report: MappingReport, folder: Path) -> Path:
    """Write ``mapping-<chip>.csv``, with a row for every neuron; return its path.

    Columns: ``neuron`` (its index over all populations, in the order of the report), ``population``, ``index`` (within
    the population), ``core``, ``tile``, and ``x`` and ``y`` (the tile's column and row).
    """
    per_tile, rows = report.chip["cores_per_tile"], report.chip["rows"]
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(COLUMNS)
    for population in report.workload["populations"]:
        for neuron in range(population["start"], population["stop"]):
            core = report.core_of_neuron[neuron]
            tile = core // per_tile
            table.writerow([neuron, population["name"], neuron - population["start"], core, tile, *divmod(tile, rows)])
    return write_text(folder / f"mapping-{report.chip['name']}.csv", text.getvalue())
