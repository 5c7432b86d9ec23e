"""Compute the ideal observer's performance on every built-in task, and write it to neurogrow/tasks/ceilings.json.

    python tools/ideal_ceilings.py

Run it after a change to the tasks or to the ideal observer. It takes about half a minute.
"""
# ruff: noqa: T201  (a script's output)

from pathlib import Path

from neurogrow.io.files import write_json
from neurogrow.tasks.ceilings import TABLE_FILE, computed_table

if __name__ == "__main__":
    folder = Path(__file__).parents[1] / "neurogrow" / "tasks"
    print(write_json(folder / TABLE_FILE, computed_table()))
