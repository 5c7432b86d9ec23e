"""Shards: the networks of a sweep in groups, each of which trains in one process and has one checkpoint.

Networks that share their trials (:func:`~neurogrow.training.ensemble.shared_part`) train together, up to a useful
number. For several processes, groups are cut further until each process has a shard. The networks of a checkpoint stay
together, whatever the number of processes later: only networks without a checkpoint are grouped anew.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from ..errors import InputError
from ..io.files import locked, remove_leftovers
from ..io.tensors import read_header
from .build import choose_device, model_class
from .config import TrainConfig
from .ensemble import shared_part, shrinks
from .hooks import Hook
from .loop import SHARED_PRODUCT, tick_product, train_together
from .run import Run, has_ended, resumable

ACTIVITY_BYTES = 2 * 2**30
"""Largest memory for the activity of a shard's networks over one batch, in bytes."""
_COPIES = 3
"""Tensors of the activity's size that a training step holds: states, deltas, and temporary ones."""


@dataclass(frozen=True)
class Shard:
    """Networks that train together."""

    configs: tuple[TrainConfig, ...]
    """The configuration of each."""
    folders: tuple[Path, ...]
    """The run folder of each."""
    checkpoint: Path
    """The checkpoint of all."""

    @property
    def steps(self) -> int:
        """Training steps of all networks together."""
        return len(self.configs) * self.configs[0].training.steps

    @property
    def is_finished(self) -> bool:
        """Whether nothing is left to train. A network that has diverged is never trained to its end."""
        if self.checkpoint.exists():
            return has_ended(self.checkpoint, self.configs[0].training.steps)
        return all(Run(folder).is_finished(config) for folder, config in zip(self.folders, self.configs, strict=True))

    def logged(self) -> tuple[int, dict[str, float]]:
        """Return the number of logged training steps of all networks, and the mean of their last rows of metrics."""
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
    """Group the networks of a sweep that can train together, and cut the groups into shards.

    Parameters
    ----------
    configs
        The networks, in the order of their run folders ``out/0000``, ``out/0001``, ...
    out
        Folder of the sweep. Checkpoints are ``out/shards/NNNN.safetensors``, named after the shard's first network.
    workers
        Processes that will train. There are at least as many shards if there are as many networks.

    Returns
    -------
    list of Shard
        Each network is in one of them, except finished networks whose shard has no checkpoint.

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
    """Return groups of indices among ``chosen``: networks that train together, evenly cut into at least ``pieces``.

    Shrinking networks train separately, because others would keep them from becoming faster. Among them, groups are
    split by strength, because weakly penalised networks slow strongly penalised ones. A piece is at most as large as
    :func:`largest_piece` allows. To reach the number of pieces, groups with the largest pieces are cut further first.
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
    """Return how many networks of a configuration train together: at least one, at most what ``ACTIVITY_BYTES`` allows.

    On a processor it is the number that keeps a core busy. More networks would not be faster together, and smaller
    shards are stopped, resumed and compacted to their active neurons sooner.
    """
    most = ACTIVITY_BYTES // activity_bytes(config)
    if choose_device(config.training.device).type == "cpu":
        most = min(most, SHARED_PRODUCT // tick_product(config))
    return max(1, most)


def activity_bytes(config: TrainConfig) -> int:
    """Return the approximate memory of one network's activity during training: 3 T B N numbers.

    T counts the ticks of a spiking network. A number has 4 bytes, or 2 in a rate network in bfloat16.
    """
    training, model = config.training, config.model
    is_spiking = model_class(config).is_spiking
    ticks = training.ticks * (int(model.settings.get("substeps", model.substeps)) if is_spiking else 1)
    number = 2 if training.precision == "bfloat16" and not is_spiking else 4
    return _COPIES * ticks * training.batch_size * model.rows * model.cols * number


def train_shard(shard: Shard, patience: float = 0.0, hooks: Iterable[Hook] = ()) -> None:
    """Train a shard to its end, from its checkpoint if there is one. Does nothing if the shard is finished.

    Parameters
    ----------
    shard
        What to train.
    patience
        Seconds to wait for another process that trains it, such as a lost one whose lock is not yet released.
    hooks
        As for :func:`~neurogrow.training.train`.

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
            train_together(shard.configs, shard.folders, shard.checkpoint, resume=resume, hooks=hooks)


def _members(checkpoint: Path, runs: Sequence[Run]) -> list[int]:
    """Return the indices of the networks that a checkpoint holds."""
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
