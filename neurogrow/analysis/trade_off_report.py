"""What the networks of sweeps trade: sparsity against error, by condition, each condition with its Pareto frontier."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..errors import InputError
from ..io.files import plain
from .frontier import Hypervolume, TradeOff, compare_trade_offs, pareto_frontier

FORMAT = "neurogrow-trade-off-1"
MEASURES = {"important_neurons": "active neurons", "wiring_length": "wiring length"}
"""The paper's two measures of sparsity (figure 1 g and h), and what they are called in figures."""


@dataclass(frozen=True)
class SweptPoint:
    """What counts of one network of a sweep."""

    run: str
    """Its folder."""
    condition: str
    strength: float
    """lambda."""
    seed: int
    error: float
    """1 - mean performance."""
    important_neurons: int
    wiring_length: float


@dataclass(frozen=True)
class TradeOffReport:
    """The networks of sweeps, and the hypervolume of each condition."""

    networks: tuple[SweptPoint, ...]
    hypervolume: Mapping[str, Mapping[str, Hypervolume]]
    """By measure of sparsity (a key of :data:`MEASURES`), then by condition."""
    worst_error: float
    """Error at the reference point of the hypervolumes."""

    @classmethod
    def of(cls, networks: Sequence[SweptPoint], worst_error: float | None = None) -> "TradeOffReport":
        """Measure every condition's hypervolume within the box around them all, up to an error (by default, the worst).

        Raises
        ------
        InputError
            If the networks do not differ in sparsity, or none makes an error.
        """
        left = [network for network in networks if all(getattr(network, measure) > 0 for measure in MEASURES)]
        worst = max((network.error for network in left), default=0.0) if worst_error is None else worst_error
        areas = {name: compare_trade_offs(by_condition(networks, name), worst=worst) for name in MEASURES}
        return cls(tuple(networks), areas, worst)

    @property
    def conditions(self) -> tuple[str, ...]:
        """Names of the conditions, in the order of the networks."""
        return tuple(dict.fromkeys(network.condition for network in self.networks))

    def frontier(self, measure: str, condition: str) -> list[SweptPoint]:
        """Return a condition's networks that none of it is better than in both, the sparsest first."""
        own = _with_something_left(self.networks, condition, measure)
        traded = _trade_off(own, measure)
        return [own[index] for index in pareto_frontier(traded.sparsity_P, traded.error_P)]

    def behind(self, measure: str, condition: str) -> list[SweptPoint]:
        """Return a condition's networks that are not on its frontier, those with nothing left aside."""
        on = self.frontier(measure, condition)
        return [network for network in _with_something_left(self.networks, condition, measure) if network not in on]

    def to_json(self) -> dict[str, Any]:
        """Return the report as plain values that JSON can hold, with the frontiers' runs for those who read it."""
        frontiers = {
            measure: {name: [network.run for network in self.frontier(measure, name)] for name in areas}
            for measure, areas in self.hypervolume.items()
        }
        value: dict[str, Any] = plain(self)
        return {"format": FORMAT} | value | {"frontier": frontiers}

    @classmethod
    def from_json(cls, value: object) -> "TradeOffReport":
        """Return the report that :meth:`to_json` wrote. Raises ``InputError`` for anything else."""
        if not isinstance(value, Mapping) or value.get("format") != FORMAT:
            raise InputError(f"This is no trade-off of sweeps: its format is not {FORMAT!r}.")
        try:
            networks = tuple(_network(part) for part in value["networks"])
            areas = {measure: _areas(value["hypervolume"][measure]) for measure in MEASURES}
            worst = float(value["worst_error"])
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise InputError(f"The trade-off is not complete; run it again. What is wrong: {error}") from None
        for measure, words in MEASURES.items():
            if not any(getattr(network, measure) > 0 for network in networks):
                raise InputError(f"The trade-off holds no network of any {words}; run it again.")
        return cls(networks, areas, worst)


def by_condition(networks: Sequence[SweptPoint], measure: str) -> dict[str, TradeOff]:
    """Return what each condition trades: a measure of sparsity (a key of :data:`MEASURES`) against error."""
    conditions = dict.fromkeys(network.condition for network in networks)
    return {name: _trade_off(_with_something_left(networks, name, measure), measure) for name in conditions}


def _trade_off(networks: Sequence[SweptPoint], measure: str) -> TradeOff:
    return TradeOff(
        sparsity_P=np.array([getattr(network, measure) for network in networks], dtype=np.float64),
        error_P=np.array([network.error for network in networks]),
        seed_P=tuple(network.seed for network in networks),
    )


def _with_something_left(networks: Sequence[SweptPoint], condition: str, measure: str) -> list[SweptPoint]:
    """Return a condition's networks but those with nothing left, which have no place on a logarithmic axis."""
    return [network for network in networks if network.condition == condition and getattr(network, measure) > 0]


def _network(part: Mapping[str, Any]) -> SweptPoint:
    return SweptPoint(
        run=str(part["run"]),
        condition=str(part["condition"]),
        strength=float(part["strength"]),
        seed=int(part["seed"]),
        error=float(part["error"]),
        important_neurons=int(part["important_neurons"]),
        wiring_length=float(part["wiring_length"]),
    )


def _areas(part: Mapping[str, Any]) -> dict[str, Hypervolume]:
    return {
        str(name): Hypervolume(float(area["value"]), float(area["low"]), float(area["high"]), int(area["seeds"]))
        for name, area in part.items()
    }
