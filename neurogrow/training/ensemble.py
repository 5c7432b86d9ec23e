"""Networks that train together on the same trials in one batched product, each with its own settings of growth."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import torch
from torch import Tensor

from ..errors import InputError
from ..growth import SwapMethod
from ..io.files import plain
from ..models import GridRNN
from .config import GrowthConfig, TrainConfig
from .penalties import makes_exact_zeros


def shared_part(config: TrainConfig) -> TrainConfig:
    """Return the configuration with every setting that may differ between replicas at its default.

    These settings are the ``growth`` table and ``model.seed``. Configurations with equal shared parts can train
    together.
    """
    return replace(config, growth=GrowthConfig(), model=replace(config.model, seed=0))


def shrinks(config: TrainConfig) -> bool:
    """Return whether neurons may leave the computation as training goes on.

    An ensemble computes as many neurons of each network as of the largest. One network that does not shrink keeps all
    others from becoming faster.
    """
    return config.training.active_set and makes_exact_zeros(config.growth)


@dataclass(frozen=True)
class SwapSchedule:
    """The replicas that swap neurons at the same steps by the same method."""

    every: int
    """Steps between rounds of swaps."""
    method: SwapMethod
    """How swaps are chosen."""
    replicas: tuple[int, ...]
    """Indices of the replicas."""

    def due(self, step: int) -> bool:
        """Return whether the neurons swap after this many steps."""
        return step % self.every == 0


@dataclass(frozen=True)
class Ensemble:
    """The configurations of R networks that see the same trials; a single network is an ensemble of one.

    Parameters
    ----------
    configs
        One for each replica. They may differ in ``growth`` and ``model.seed`` only.

    Raises
    ------
    InputError
        If there is none, or they differ in another setting.
    """

    configs: tuple[TrainConfig, ...]

    def __post_init__(self) -> None:
        if not self.configs:
            raise InputError("An ensemble needs at least one network.")
        for config in self.configs[1:]:
            differing = _differences(plain(shared_part(self.shared)), plain(shared_part(config)))
            if differing:
                raise InputError(
                    "Networks that train together differ in growth and model.seed alone; "
                    f"these differ in {', '.join(differing)} as well. Train them in separate runs."
                )

    @property
    def shared(self) -> TrainConfig:
        """The first network's configuration; its shared part is that of all networks."""
        return self.configs[0]

    @property
    def seeds(self) -> tuple[int, ...]:
        """Seed of each replica's initial weights."""
        return tuple(config.model.seed for config in self.configs)

    def localities(self, model: GridRNN) -> Tensor:
        """Return A of each replica, shape (R,), on the model's device."""
        return self._tensor(model, [config.growth.locality for config in self.configs])

    @cached_property
    def swaps(self) -> tuple[SwapSchedule, ...]:
        """The replicas that swap neurons, grouped by steps and method."""
        groups: dict[tuple[int, SwapMethod], list[int]] = {}
        for replica, config in enumerate(self.configs):
            if config.growth.swap_every:
                groups.setdefault((config.growth.swap_every, config.growth.swap_method), []).append(replica)
        return tuple(SwapSchedule(every, method, tuple(members)) for (every, method), members in groups.items())

    @staticmethod
    def _tensor(model: GridRNN, values: Sequence[float]) -> Tensor:
        return torch.tensor(values, dtype=torch.float32, device=model.hidden_bias_RN.device)


def _differences(one: dict[str, dict[str, object]], other: dict[str, dict[str, object]]) -> list[str]:
    return [
        f"{section}.{name}" for section in one for name in one[section] if one[section][name] != other[section][name]
    ]
