"""Networks that train together: one stream of trials, one batched product, and for each its own way to grow."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import torch
from torch import Tensor

from ..errors import InputError
from ..growth import ConnectionPenalty, FiringCost, SwapMethod
from ..io.files import plain
from ..models import GridRNN
from ..tasks import TASK_STEP
from .config import GrowthConfig, TrainConfig


def shared_part(config: TrainConfig) -> TrainConfig:
    """Return the configuration with all that may differ between replicas set to its default.

    Those are the ``growth`` table and ``model.seed``. Configurations with equal shared parts can train together.
    """
    return replace(config, growth=GrowthConfig(), model=replace(config.model, seed=0))


def shrinks(config: TrainConfig) -> bool:
    """Return whether neurons may leave the computation as training goes on.

    An ensemble computes as many neurons of each network as of the largest, so one that does not shrink keeps the others
    from getting faster.
    """
    growth = config.growth
    return config.training.active_set and growth.rule == "proximal" and growth.strength > 0


def strength_at(step: int, growth: GrowthConfig, steps: int) -> float:
    """Return lambda at a step: ``early_factor`` times as large at first, then going by equal ratios to ``strength``.

    The first lasts for ``early_fraction`` of all steps, the way for as long again.
    """
    early = growth.early_fraction * steps
    gone = min(1.0, max(0.0, step / early - 1)) if early else 1.0
    return growth.strength * math.pow(growth.early_factor, 1 - gone)


@dataclass(frozen=True)
class SwapSchedule:
    """Which replicas swap neurons, when and how."""

    every: int
    method: SwapMethod
    replicas: tuple[int, ...]

    def due(self, step: int) -> bool:
        """Return whether the neurons swap after this many steps."""
        return step % self.every == 0


@dataclass(frozen=True)
class Ensemble:
    """The configurations of R networks that see the same trials; a single network is an ensemble of one.

    Parameters
    ----------
    configs
        One for each replica. They differ in ``growth`` and ``model.seed`` at most.

    Raises
    ------
    InputError
        If there is none, or they differ in anything else.
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
        """The first network's configuration, which speaks for all in what they share."""
        return self.configs[0]

    @property
    def seeds(self) -> tuple[int, ...]:
        """Seed of each replica's initial weights."""
        return tuple(config.model.seed for config in self.configs)

    def penalty(self, model: GridRNN, rule: str) -> ConnectionPenalty | None:
        """Return what connections cost the replicas that follow ``rule``; None if none pays."""
        strengths = self.strengths(rule, step=0)
        if not any(strengths):
            return None
        return ConnectionPenalty.of(model, self._tensor(model, strengths), self.localities(model))

    def firing_cost(self, model: GridRNN) -> FiringCost | None:
        """Return what firing costs the replicas; None if none pays.

        Raises ``InputError`` if a rate network is to pay, or a range ends before it begins.
        """
        growths = [config.growth for config in self.configs]
        if not any(growth.firing_strength for growth in growths):
            return None
        if self.shared.model.kind != "spiking":
            raise InputError("growth.firing_strength is for spiking networks; set it to 0 for a rate network.")
        if any(growth.firing_low > growth.firing_high for growth in growths):
            raise InputError("growth.firing_low must not be above growth.firing_high.")
        return FiringCost(
            self._tensor(model, [growth.firing_strength for growth in growths]),
            self._tensor(model, [growth.firing_low for growth in growths]),
            self._tensor(model, [growth.firing_high for growth in growths]),
            ticks_per_second=self.shared.model.substeps / TASK_STEP,
        )

    def strengths(self, rule: str, step: int) -> tuple[float, ...]:
        """Return lambda of each replica at a step, zero for those that follow another rule."""
        steps = self.shared.training.steps
        return tuple(
            strength_at(step, config.growth, steps) if config.growth.rule == rule else 0.0 for config in self.configs
        )

    def reprice(self, penalty: ConnectionPenalty, rule: str, step: int, before: int | None = None) -> None:
        """Bring the prices to what they are at a step; does nothing where lambda is as it was at step ``before``."""
        strengths = self.strengths(rule, step)
        if before is None or strengths != self.strengths(rule, before):
            penalty.set_strength(torch.tensor(strengths).to(penalty.lengths_RNN.device, non_blocking=True))

    def localities(self, model: GridRNN) -> Tensor:
        """Return A of each replica, shape (R,), on the model's device."""
        return self._tensor(model, [config.growth.locality for config in self.configs])

    @cached_property
    def swaps(self) -> tuple[SwapSchedule, ...]:
        """The replicas that swap neurons, together where they do so at the same times in the same way."""
        ways: dict[tuple[int, SwapMethod], list[int]] = {}
        for replica, config in enumerate(self.configs):
            if config.growth.swap_every:
                ways.setdefault((config.growth.swap_every, config.growth.swap_method), []).append(replica)
        return tuple(SwapSchedule(every, method, tuple(members)) for (every, method), members in ways.items())

    @staticmethod
    def _tensor(model: GridRNN, values: Sequence[float]) -> Tensor:
        return torch.tensor(values, dtype=torch.float32, device=model.hidden_bias_RN.device)


def _differences(one: dict[str, dict[str, object]], other: dict[str, dict[str, object]]) -> list[str]:
    return [
        f"{section}.{name}" for section in one for name in one[section] if one[section][name] != other[section][name]
    ]
