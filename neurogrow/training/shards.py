"""Shards: the networks of a sweep cut into ensembles, each of which trains in one process, from one checkpoint.

Networks that share their trials (:func:`~neurogrow.training.ensemble.shared_part`) train together, as many as that is
good for; where several processes work, they are cut further until each has a shard. What a checkpoint holds stays
together however many processes come to work on it later: a shard with a checkpoint is read back from there, and only
the rest is cut anew.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from ..errors import InputError
from ..io.files import locked, remove_leftovers
from ..io.tensors import read_header
from .build import choose_device
from .config import TrainConfig
from .ensemble import shared_part, shrinks
from .loop import SHARED_PRODUCT, Progress, tick_product, train_together
from .run import Run, resumable

ACTIVITY_BYTES = 2 * 2**30
"""Most memory for the activity of a shard's networks over one batch, in bytes."""
_COPIES = 3
"""Tensors of about the size of the activity that a training step holds: states, deltas, and what stands beside them."""


@dataclass(frozen=True)
class Shard:
    """Networks that train together, a run folder for each, and the checkpoint of all."""

    configs: tuple[TrainConfig, ...]
    folders: tuple[Path, ...]
    checkpoint: Path

    @property
    def steps(self) -> int:
        """Training steps of all networks together."""
        return len(self.configs) * self.configs[0].training.steps

    @property
    def is_finished(self) -> bool:
        """Whether there is nothing left to train; a network that diverged on the way stays unfinished for good."""
        if self.checkpoint.exists():
            saved = read_header(self.checkpoint).get("step")
            return saved == str(self.configs[0].training.steps)
        return all(Run(folder).is_finished(config) for folder, config in zip(self.folders, self.configs, strict=True))

    def logged(self) -> tuple[int, dict[str, float]]:
        """Return how many training steps of all networks are logged, and the mean of the last rows of metrics."""
        rows = [row for folder in self.folders if (row := Run(folder).last_metrics())]
        if not rows:
            return 0, {}
        step = max(row["step"] for row in rows)
        newest = [row for row in rows if row["step"] == step]
        return len(self.configs) * int(step), {name: sum(r[name] for r in newest) / len(newest) for name in newest[0]}


def run_folder(out: Path, index: int) -> Path:
    """Return the run folder of a sweep's network: ``out/0000``, ``out/0001``, ..."""
    return out / f"{index:04d}"


def lay_out_shards(configs: Sequence[TrainConfig], out: Path, workers: int = 1) -> list[Shard]:
    """Group the networks of a sweep by what can train together, and cut the groups.

    Parameters
    ----------
    configs
        The networks, in the order of their run folders ``out/0000``, ``out/0001``, ...
    out
        Folder of the sweep. Checkpoints are ``out/shards/NNNN.safetensors``, after the shard's first network.
    workers
        Processes that will train: there are at least as many shards where there are as many networks.

    Returns
    -------
    list of Shard
        Each network is in one of them, except those that are finished without a checkpoint of their shard.

    Raises
    ------
    InputError
        If the folder holds runs with other settings, or checkpoints that are not of this sweep.
    """
    runs = [Run(run_folder(out, index)) for index in range(len(configs))]
    for run, config in zip(runs, configs, strict=True):
        run.check_settings(config)
    held = [_members(checkpoint, runs) for checkpoint in sorted((out / "shards").glob("*.safetensors"))]
    known = {member for members in held for member in members}
    free = [i for i, run in enumerate(runs) if i not in known and not run.is_finished(configs[i])]
    return [
        Shard(
            tuple(configs[member] for member in members),
            tuple(runs[member].path for member in members),
            out / "shards" / f"{runs[members[0]].path.name}.safetensors",
        )
        for members in sorted(held + cut_groups(configs, free, workers - len(held)))
    ]


def cut_groups(configs: Sequence[TrainConfig], chosen: Sequence[int], pieces: int = 1) -> list[list[int]]:
    """Return indices among ``chosen`` of networks that train together, evenly cut, in at least so many pieces.

    Networks that shrink train apart from those that do not, which would hold them up; so would, among them, those with
    a low price those with a high one, and where a group is cut it is by price. A piece is as large as ``largest_piece``
    allows. To come to the number of pieces, groups are cut further, those with the largest pieces first.
    """
    groups: dict[tuple[TrainConfig, bool], list[int]] = {}
    for index in chosen:
        groups.setdefault((shared_part(configs[index]), shrinks(configs[index])), []).append(index)
    for (_, shrinking), members in groups.items():
        if shrinking:
            members.sort(key=lambda index: configs[index].growth.strength)
    cuts = {kind: -(-len(members) // largest_piece(kind[0])) for kind, members in groups.items()}
    while sum(cuts.values()) < min(pieces, len(chosen)):
        cuts[max(groups, key=lambda kind: len(groups[kind]) / cuts[kind])] += 1
    return [part for kind, members in groups.items() for part in _evenly(members, cuts[kind])]


def largest_piece(config: TrainConfig) -> int:
    """Return how many networks of a configuration train together, at least one: as many as ``ACTIVITY_BYTES`` allows.

    On a processor only as many as keep a core busy: more of them are no faster together, and each is stopped, resumed
    and compacted to its active neurons sooner by itself.
    """
    most = ACTIVITY_BYTES // activity_bytes(config)
    if choose_device(config.training.device).type == "cpu":
        most = min(most, SHARED_PRODUCT // tick_product(config))
    return max(1, most)


def activity_bytes(config: TrainConfig) -> int:
    """Return about how much memory one network's activity takes while it trains: 3 T B N numbers.

    T counts the ticks of a spiking network; numbers have 4 bytes, those of rate networks in bfloat16 2.
    """
    training, model = config.training, config.model
    ticks = training.ticks * (model.substeps if model.kind == "spiking" else 1)
    number = 2 if training.precision == "bfloat16" and model.kind == "rate" else 4
    return _COPIES * ticks * training.batch_size * model.rows * model.cols * number


def train_shard(shard: Shard, progress: Progress | None = None, patience: float = 0.0) -> None:
    """Train a shard to its end: from its checkpoint, or from the start where there is none; nothing if it is finished.

    Parameters
    ----------
    shard
        What to train.
    progress
        As for :func:`~neurogrow.training.train`.
    patience
        Seconds to wait for another process that trains it, such as one that is about to be found dead.

    Raises
    ------
    InputError
        As for :func:`~neurogrow.training.loop.train_together`.
    DivergedError
        If none of its networks has a finite loss any more.
    """
    taken = f"Another process is training {shard.folders[0]}; wait for it or stop it."
    with locked(shard.checkpoint.with_suffix(""), taken, patience):
        remove_leftovers(shard.checkpoint.parent, shard.checkpoint.name)
        if not shard.is_finished:
            resume = resumable([Run(folder) for folder in shard.folders], shard.checkpoint)
            train_together(shard.configs, shard.folders, shard.checkpoint, resume=resume, progress=progress)


def _members(checkpoint: Path, runs: Sequence[Run]) -> list[int]:
    """Return the networks that a checkpoint holds."""
    index = {run.path.name: index for index, run in enumerate(runs)}
    members = []
    for name in read_header(checkpoint).get("runs", "").split("/"):
        if name not in index or not runs[index[name]].config_path.exists():
            raise InputError(
                f"{checkpoint} holds a network '{name}' of which there is no run folder in this sweep; "
                "choose another folder with --out, or remove that file to train its networks anew."
            )
        members.append(index[name])
    return members


def _evenly(members: Sequence[int], parts: int) -> list[list[int]]:
    bounds = [len(members) * part // parts for part in range(parts + 1)]
    return [list(members[start:stop]) for start, stop in pairwise(bounds)]
