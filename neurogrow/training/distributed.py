"""Sweeps on a Ray cluster: each shard is a task, on this machine's processors or on many machines.

A task trains one shard to its end, with one thread. It writes all its results to the sweep's folder, on a path that
every machine sees; tasks exchange nothing else. If a worker or its machine is lost, Ray starts the task again
elsewhere. The new task continues from the shard's last checkpoint as soon as the lost worker's lock is released. A
user's mistake (``InputError``) is not such a loss: it ends the sweep, and the task is not started again.

Ray (https://docs.ray.io) is the extra ``distributed``. Its usage reports, its dashboard and its logs are off.
"""

import logging
import os
import socket
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from typing import Any

import torch

from ..errors import InputError
from ..progress import TRAINING_STEPS, tell
from .loop import DivergedError
from .shards import Shard, train_shard

RETRIES = 10
"""Number of lost workers after which a shard is given up; its last checkpoint is kept."""
PATIENCE = 120.0
"""Seconds that a task waits for the lock of the worker that it replaces."""
LOOK_EVERY = 0.5
"""Seconds between two reports of progress."""
_OBJECT_STORE = 100 * 2**20
"""Bytes for Ray's object store. By default Ray takes a third of the memory, but here the store holds a few paths."""


@dataclass(frozen=True)
class Cluster:
    """The cluster on which shards train at the same time.

    Raises
    ------
    InputError
        If a number is negative.
    """

    address: str | None = None
    """Address of a Ray cluster: ``auto`` (this machine's) or ``HOST:PORT``; None: start one here for the sweep."""
    workers: int = 0
    """Shards that train at once; 0: one for each processor, or for each share of a GPU."""
    gpus: float = 0.0
    """GPUs for each shard, such as 0.25 for four shards on one GPU; 0: shards train on processors."""

    def __post_init__(self) -> None:
        if self.workers < 0 or self.gpus < 0:
            raise InputError("Numbers of workers and of GPUs for each shard are not negative.")


@contextmanager
def connected(cluster: Cluster) -> Iterator[int]:
    """Start or join the cluster, and yield how many shards can train on it at once.

    A cluster that is started here is stopped at the end. A connection that the program already has is used and kept.
    Ray reports lost machines on standard output. During the connection this output goes to standard error.

    Raises
    ------
    InputError
        If Ray is not installed, there is no cluster at the address, or it lacks the GPUs that shards ask for.
    """
    ray = _ray()
    ours = not ray.is_initialized()
    with redirect_stdout(sys.stderr):
        if ours:
            _start(ray, cluster)
        try:
            yield cluster.workers or _slots(ray.cluster_resources(), cluster)
        finally:
            if ours:
                ray.shutdown()


def train_on_cluster(shards: Sequence[Shard], cluster: Cluster, after_each: Callable[[], object]) -> None:
    """Train shards as tasks of the connected cluster.

    Parameters
    ----------
    shards
        What to train.
    cluster
        The resources of each shard.
    after_each
        Called whenever a shard has ended.

    Raises
    ------
    InputError
        If a shard meets a user's mistake, or loses its worker more than ``RETRIES`` times. Shards whose networks
        diverge are no error here.
    """
    ray = _ray()
    task = ray.remote(num_cpus=1, num_gpus=cluster.gpus, max_retries=RETRIES)(_train)
    waiting = {task.remote(shard): shard for shard in shards}
    while waiting:
        ended, _ = ray.wait(list(waiting), timeout=LOOK_EVERY)
        _tell_progress(shards)
        for reference in ended:
            shard = waiting.pop(reference)
            if mistake := _result(ray, reference, shard):
                raise mistake
            after_each()


def _train(shard: Shard) -> InputError | None:
    """Train a shard as a task. A user's mistake is returned and not raised, so that Ray does not wrap it."""
    torch.set_num_threads(1)
    try:
        train_shard(shard, patience=PATIENCE)
    except DivergedError:
        return None
    except InputError as mistake:
        return mistake
    return None


def _result(ray: Any, reference: Any, shard: Shard) -> InputError | None:  # noqa: ANN401  (ray is optional)
    try:
        mistake: InputError | None = ray.get(reference)
    except ray.exceptions.RayTaskError:  # an error in the program, with its own traceback
        raise
    except ray.exceptions.RayError as loss:
        names = ", ".join(folder.name for folder in shard.folders)
        return InputError(
            f"The workers that trained {names} were lost {RETRIES + 1} times ({type(loss).__name__}). "
            "Start the sweep again to go on from the last checkpoint."
        )
    return mistake


def _tell_progress(shards: Sequence[Shard]) -> None:
    """Tell the progress of all shards, read from their logs."""
    logged = [shard.logged() for shard in shards]
    rows = [row for _, row in logged if row]
    mean = {name: sum(row[name] for row in rows) / len(rows) for name in (rows[0] if rows else ())}
    tell(TRAINING_STEPS, sum(steps for steps, _ in logged), sum(shard.steps for shard in shards), mean)


def _ray() -> Any:  # noqa: ANN401  (ray is optional, and has types of its own)
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    try:
        import ray
    except ModuleNotFoundError:
        raise InputError("Ray is not installed; `pip install neurogrow[distributed]` installs it.") from None
    return ray


def _start(ray: Any, cluster: Cluster) -> None:  # noqa: ANN401
    quiet = {"log_to_driver": False, "logging_level": logging.ERROR}
    if cluster.address is None:
        os.environ.setdefault("RAY_worker_niceness", "0")  # the niceness of this process, not 15 more
        own = {"num_cpus": cluster.workers or None, "include_dashboard": False, "object_store_memory": _OBJECT_STORE}
        ray.init(address="local", **own, **quiet)
        return
    try:
        _check_address(cluster.address)
        ray.init(address=cluster.address, **quiet)
    except (OSError, RuntimeError, ValueError) as error:
        reason = str(error).splitlines()[0]
        raise InputError(
            f"No Ray cluster can be joined at '{cluster.address}' ({reason}); give HOST:PORT or auto."
        ) from None


def _check_address(address: str) -> None:
    """Raise ``OSError`` or ``ValueError`` if nothing listens at the address; Ray itself would try for minutes."""
    if address != "auto":
        host, _, port = address.removeprefix("ray://").rpartition(":")
        socket.create_connection((host, int(port)), timeout=10).close()


def _slots(resources: dict[str, float], cluster: Cluster) -> int:
    """Return how many shards can train at once on the cluster's processors, and on its GPUs if shards need them."""
    slots = resources.get("CPU", 0)
    if cluster.gpus:
        slots = min(slots, resources.get("GPU", 0) / cluster.gpus)
    if slots < 1:
        needed = f"{cluster.gpus:g} GPUs and a processor" if cluster.gpus else "a processor"
        raise InputError(f"The cluster has no {needed} for a shard to train on.")
    return int(slots)
