"""Which core every neuron sits on, as a table for spreadsheets and scripts."""

import csv
import io
from pathlib import Path

from neurogrow.io.files import write_text

from .mapping import MappingReport

COLUMNS = ("neuron", "population", "index", "core", "tile", "x", "y")


def write_core_table(report: MappingReport, folder: Path) -> Path:
    """Write ``mapping-<chip>.csv``: for every neuron its population, its number there, and its core's place.

    ``neuron`` counts all populations in the order of the report, ``x`` and ``y`` are the tile's column and row.
    """
    per_tile, rows = report.chip["cores_per_tile"], report.chip["rows"]
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(COLUMNS)
    for each in report.workload["populations"]:
        for neuron in range(each["start"], each["stop"]):
            core = report.core_of_neuron[neuron]
            tile = core // per_tile
            table.writerow([neuron, each["name"], neuron - each["start"], core, tile, *divmod(tile, rows)])
    return write_text(folder / f"mapping-{report.chip['name']}.csv", text.getvalue())
