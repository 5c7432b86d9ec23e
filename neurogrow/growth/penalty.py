"""Penalties: what a network pays for beside its errors on the tasks.

Training calls a penalty at four places of every step:

1. :meth:`Penalty.reprice` sets what changes with the step, such as a strength that rises;
2. :meth:`Penalty.loss` returns a term of the loss;
3. :meth:`Penalty.after_backward` may add to the gradients;
4. :meth:`Penalty.after_step` may change the weights after the optimiser's step.

A penalty of your own is a subclass of :class:`Penalty` in a file of yours. Give it a name with ``PENALTIES.register``,
or declare the name as an entry point of your package, and a configuration can ask for it::

    [[growth.penalties]]
    name = "activity"
    settings = { strength = 1e-3 }
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, TypeAlias

from ..errors import InputError, nearest
from ..registry import Registry

if TYPE_CHECKING:
    from torch import Tensor, optim

    from ..models import GridRNN, Output
    from ..tasks import TaskBatch


class Penalty(Protocol):
    """What R replicas pay for beside their errors. Every method does nothing unless a subclass overrides it.

    On a GPU, ``loss``, ``after_backward`` and ``after_step`` are recorded once and replayed from a CUDA graph. They may
    only compute with tensors, must read no number back from the device, and must change tensors in place. What depends
    on the step belongs in ``reprice``, which is never recorded.
    """

    makes_exact_zeros: ClassVar[bool] = False
    """Whether the penalty sets weights to exactly zero, so that neurons can leave the computation."""

    def reprice(self, step: int) -> None:  # noqa: ARG002
        """Set what changes along training. Called before each step, and after a checkpoint has been read.

        Parameters
        ----------
        step
            Number of training steps done.
        """
        return

    def loss(self, output: "Output", batch: "TaskBatch") -> "Tensor | None":  # noqa: ARG002
        """Return a term of the loss for each replica, shape (R,); None for no term.

        Parameters
        ----------
        output
            Logits (R, T, B, O) and activity (R, T, B, M) at each task step. M is below N once neurons have left.
        batch
            The trials: T task steps of B lanes.
        """
        return None

    def after_backward(self, model: "GridRNN") -> None:  # noqa: ARG002
        """Change the gradients of the model's parameters, before they are clipped."""
        return

    def after_step(self, model: "GridRNN", optimiser: "optim.Adam") -> None:  # noqa: ARG002
        """Change the model's parameters after the optimiser's step."""
        return

    def state(self) -> "dict[str, Tensor]":
        """Return the tensors that a checkpoint must hold; empty if the settings and the step are enough."""
        return {}

    def restore(self, state: "Mapping[str, Tensor]") -> None:  # noqa: ARG002
        """Take over the tensors that :meth:`state` returned. They are on the CPU.

        Raises
        ------
        KeyError, RuntimeError or ValueError
            If a tensor is missing or does not fit. Training reports it as a checkpoint that is not complete.
        """
        return


@dataclass(frozen=True, eq=False)
class PenaltyContext:
    """What a penalty is built from: the networks, and the settings of each.

    Examples
    --------
    >>> from neurogrow.layout import GridLayout
    >>> from neurogrow.models import RateRNN
    >>> model = RateRNN(GridLayout(2, 2), 3, 2, replicas=2)
    >>> PenaltyContext(model, ({"strength": 0.5}, None), steps=100).values_R("strength").tolist()
    [0.5, 0.0]
    """

    model: "GridRNN"
    """The R networks that are trained, on their device. Swaps and steps change their tensors in place."""
    settings_R: tuple[Mapping[str, Any] | None, ...]
    """The settings of each replica; None for a replica that does not have this penalty."""
    steps: int
    """Training steps in all."""

    def values(self, name: str, default: float | None = None, without: float = 0.0) -> tuple[float, ...]:
        """Return a number that is set for each replica.

        Parameters
        ----------
        name
            Name of the setting.
        default
            The number of a replica whose settings do not have it; None: it must be set.
        without
            The number of a replica that does not have this penalty.

        Raises
        ------
        InputError
            If the setting is missing and has no default, or is not a number.
        """
        return tuple(without if settings is None else _number(settings, name, default) for settings in self.settings_R)

    def values_R(self, name: str, default: float | None = None, without: float = 0.0) -> "Tensor":
        """Return :meth:`values` as a tensor, float32, shape (R,), on the model's device."""
        import torch

        values = self.values(name, default, without)
        return torch.tensor(values, dtype=torch.float32, device=self.model.hidden_bias_RN.device)

    def check_names(self, *known: str) -> None:
        """Raise ``InputError`` if a replica has a setting other than these."""
        for settings in self.settings_R:
            for name in settings or ():
                if name not in known:
                    raise InputError(
                        f"A penalty has an unknown setting '{name}'.{nearest(name, list(known))} "
                        f"Known: {', '.join(known)}."
                    )


PenaltyFactory: TypeAlias = Callable[[PenaltyContext], Penalty]
"""Builds a penalty for all replicas: a subclass of :class:`Penalty`, or a function."""

PENALTIES: Registry[PenaltyFactory] = Registry(
    "penalty",
    "neurogrow.penalties",
    {
        "connection-subgradient": "neurogrow.growth.subgradient:SubgradientPenalty",
        "connection-proximal": "neurogrow.growth.proximal:ProximalPenalty",
        "firing-rate": "neurogrow.growth.firing:firing_cost_from_settings",
    },
)
"""Penalties by name."""


def _number(settings: Mapping[str, Any], name: str, default: float | None) -> float:
    value = settings.get(name, default)
    if value is None:
        raise InputError(f"A penalty needs the setting '{name}'; add it to the table settings in growth.penalties.")
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InputError(f"The setting '{name}' of a penalty must be a number, not {value!r}.")
    return float(value)
