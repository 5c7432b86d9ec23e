"""A sweep: many networks from one file, a run folder for each, and one table.

Networks that can train together do, in shards; shards train one after the other in this process, or as tasks of a
cluster. What is finished is not trained again, and what was interrupted goes on from its shard's checkpoint.
"""

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

from ..io.files import locked, remove_leftovers, replacing, write_text
from .distributed import Cluster, connected, train_on_cluster
from .loop import DivergedError, Progress
from .run import Run
from .shards import Shard, lay_out_shards, run_folder, train_shard
from .sweep_file import SweptNetwork, lay_out

SWEEP_TABLE = "sweep.csv"
"""The table in a sweep's folder."""


def run_sweep(
    path: Path, out: Path, progress: Progress | None = None, cluster: Cluster | None = None
) -> list[dict[str, Any]]:
    """Train what the sweep file lays out; return (and write to ``sweep.csv`` and ``sweep.parquet``) a row per network.

    Parameters
    ----------
    path
        The sweep file (:mod:`~neurogrow.training.sweep_file`).
    out
        Folder of the sweep; on a cluster, one that all its machines see under this path.
    progress
        Called with the steps done and in all, both summed over networks, and the last metrics of those in training.
    cluster
        Where to train; by default in this process.

    Returns
    -------
    list of dict
        The name of the ``run``, its swept settings, whether it ``finished`` (a network that diverged has not), and the
        last row of its metrics; None where there is no such number.

    Raises
    ------
    InputError
        If the file is not a sweep, a combination of its settings is not a configuration, or the folder holds runs with
        other settings: nothing is trained then. If another process trains the sweep, or a file cannot be written.
    """
    networks = lay_out(path)
    configs = [network.config for network in networks]
    after_each = partial(write_tables, networks, out)
    with locked(out / "sweep", f"Another process is training the sweep in {out}; wait for it or stop it."):
        remove_leftovers(out, "sweep.*")
        if cluster is None:
            train_in_turn(lay_out_shards(configs, out), progress, after_each)
        else:
            with connected(cluster) as workers:
                shards = lay_out_shards(configs, out.absolute(), workers)
                train_on_cluster(shards, cluster, progress, after_each)
        return write_tables(networks, out)


def train_in_turn(shards: Sequence[Shard], progress: Progress | None, after_each: Callable[[], object]) -> None:
    """Train shards one after the other in this process; one whose networks all diverge does not stop the others."""
    steps, before = sum(shard.steps for shard in shards), 0
    for shard in shards:
        within = progress and partial(_count_on, progress, before, steps, len(shard.configs))
        with suppress(DivergedError):
            train_shard(shard, within)
        before += shard.steps
        after_each()


def _count_on(
    progress: Progress, before: int, steps: int, networks: int, done: int, _: int, row: Mapping[str, float]
) -> None:
    progress(before + networks * done, steps, row)


def write_tables(networks: Sequence[SweptNetwork], out: Path) -> list[dict[str, Any]]:
    """Write ``sweep.csv`` and ``sweep.parquet`` from what the run folders hold, and return their rows."""
    rows = []
    for index, network in enumerate(networks):
        run = Run(run_folder(out, index))
        finished = {"finished": run.is_finished(network.config)}
        rows.append({"run": run.path.name} | network.settings | finished | run.last_metrics())
    columns = dict.fromkeys(name for row in rows for name in row)
    rows = [{name: row.get(name) for name in columns} for row in rows]
    write_text(out / SWEEP_TABLE, _as_csv(rows))
    _write_parquet(out / "sweep.parquet", rows)
    return rows


def _as_csv(rows: Sequence[Mapping[str, Any]]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def _write_parquet(path: Path, rows: list[dict[str, Any]]) -> None:
    import pyarrow  # takes half a second, which only a sweep has to wait for
    import pyarrow.parquet

    with replacing(path) as beside:
        pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows), beside)
