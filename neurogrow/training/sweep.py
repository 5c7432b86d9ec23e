"""A sweep: many networks from one file, a run folder for each, and one table.

Networks that can train together form shards. Shards train one after the other in this process, or as tasks of a
cluster. Finished networks are not trained again. Interrupted ones continue from their shard's checkpoint.
"""

import csv
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

from ..errors import InputError
from ..io.files import locked, remove_leftovers, replacing, write_text
from ..progress import TRAINING_STEPS, counted_as_part
from .distributed import Cluster, connected, train_on_cluster
from .hooks import Hook
from .loop import DivergedError
from .run import Run
from .shards import Shard, lay_out_shards, run_folder, train_shard
from .sweep_file import SweptNetwork, lay_out

SWEEP_TABLE = "sweep.csv"
"""Name of the table in a sweep's folder."""


def run_sweep(
    path: Path, out: Path, cluster: Cluster | None = None, hooks: Iterable[Hook] = ()
) -> list[dict[str, Any]]:
    """Train the networks of a sweep file; return a row for each, and write the rows to ``sweep.csv`` and ``.parquet``.

    Training steps are told as progress (:mod:`neurogrow.progress`), summed over networks.

    Parameters
    ----------
    path
        The sweep file (:mod:`~neurogrow.training.sweep_file`).
    out
        Folder of the sweep; on a cluster, a folder that all its machines see under this path.
    cluster
        Where to train; by default in this process.
    hooks
        As for :func:`~neurogrow.training.train`, for every shard; in this process only.

    Returns
    -------
    list of dict
        The name of the ``run``, its swept settings, whether it has ``finished`` (a diverged network has not), and the
        last row of its metrics; None for a number that is missing.

    Raises
    ------
    InputError
        If the file is not a sweep, a combination of its settings is not a configuration, or the folder holds runs with
        other settings; nothing is trained then. If another process trains the sweep, or a file cannot be written.
    """
    if cluster is not None and (hooks := tuple(hooks)):
        raise InputError("Hooks see networks that train in this process; leave them out, or the cluster.")
    networks = lay_out(path)
    configs = [network.config for network in networks]
    after_each = partial(write_tables, networks, out)
    with locked(out / "sweep", f"Another process is training the sweep in {out}; wait for it or stop it."):
        remove_leftovers(out, "sweep.*")
        if cluster is None:
            train_in_turn(lay_out_shards(configs, out), after_each, tuple(hooks))
        else:
            with connected(cluster) as workers:
                shards = lay_out_shards(configs, out.absolute(), workers)
                train_on_cluster(shards, cluster, after_each)
        return write_tables(networks, out)


def train_in_turn(shards: Sequence[Shard], after_each: Callable[[], object], hooks: Sequence[Hook] = ()) -> None:
    """Train shards one after the other in this process. A shard whose networks all diverge does not stop the others.

    Parameters
    ----------
    shards
        What to train.
    after_each
        Called whenever a shard has ended.
    hooks
        As for :func:`~neurogrow.training.train`.
    """
    steps, before = sum(shard.steps for shard in shards), 0
    for shard in shards:
        with suppress(DivergedError), counted_as_part(TRAINING_STEPS, before, len(shard.configs), steps):
            train_shard(shard, hooks=hooks)
        before += shard.steps
        after_each()


def write_tables(networks: Sequence[SweptNetwork], out: Path) -> list[dict[str, Any]]:
    """Write ``sweep.csv`` and ``sweep.parquet`` from the run folders, and return their rows."""
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
    import pyarrow  # takes half a second, so only a sweep imports it
    import pyarrow.parquet

    with replacing(path) as beside:
        pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows), beside)
