"""Report of the trade-off between sparsity and error over the networks of sweeps, by condition."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..errors import InputError
from ..io.files import plain
from .frontier import Hypervolume, TradeOff, compare_trade_offs, pareto_frontier

FORMAT = "neurogrow-trade-off-1"
MEASURES = {"important_neurons": "active neurons", "wiring_length": "wiring length"}
"""Labels of the paper's two measures of sparsity (figure 1 g and h), by their field in :class:`SweptPoint`."""


@dataclass(frozen=True)
class SweptPoint:
    """Settings, error and sparsity of one network of a sweep."""

    run: str
    """Folder of the run."""
    condition: str
    """Name of its condition."""
    strength: float
    """Strength of the connection cost, lambda."""
    seed: int
    """Seed of the network."""
    error: float
    """1 - performance averaged over tasks."""
    important_neurons: int
    """Number of important neurons."""
    wiring_length: float
    """Sum of distances over active connections."""


@dataclass(frozen=True)
class TradeOffReport:
    """The networks of sweeps, and the hypervolume of each condition."""

    networks: tuple[SweptPoint, ...]
    """All networks."""
    hypervolume: Mapping[str, Mapping[str, Hypervolume]]
    """Hypervolumes by measure of sparsity (a key of :data:`MEASURES`), then by condition."""
    worst_error: float
    """Error at the reference point of the hypervolumes."""

    @classmethod
    def from_networks(cls, networks: Sequence[SweptPoint], worst_error: float | None = None) -> "TradeOffReport":
        """Return the report, with every condition's hypervolume in the box around the networks of all conditions.

        Parameters
        ----------
        networks
            The networks of all conditions.
        worst_error
            Reference error for the hypervolume; by default the largest error of a network with active neurons.

        Raises
        ------
        InputError
            If the networks do not differ in sparsity, or all errors are 0.
        """
        plotted = [network for network in networks if all(getattr(network, measure) > 0 for measure in MEASURES)]
        worst = max((network.error for network in plotted), default=0.0) if worst_error is None else worst_error
        areas = {name: compare_trade_offs(by_condition(networks, name), worst=worst) for name in MEASURES}
        return cls(tuple(networks), areas, worst)

    @property
    def conditions(self) -> tuple[str, ...]:
        """Names of the conditions, in the order in which the networks list them."""
        return tuple(dict.fromkeys(network.condition for network in self.networks))

    def frontier(self, measure: str, condition: str) -> list[SweptPoint]:
        """Return the networks of a condition on its Pareto frontier of sparsity and error, the sparsest first.

        ``measure`` says how sparsity is measured: a key of :data:`MEASURES`. Networks with a measure of 0 are left out.
        """
        own = _nonempty_networks(self.networks, condition, measure)
        points = _trade_off(own, measure)
        return [own[index] for index in pareto_frontier(points.sparsity_P, points.error_P)]

    def dominated(self, measure: str, condition: str) -> list[SweptPoint]:
        """Return a condition's networks that are not on its frontier, without networks of sparsity 0."""
        frontier = self.frontier(measure, condition)
        own = _nonempty_networks(self.networks, condition, measure)
        return [network for network in own if network not in frontier]

    def to_json(self) -> dict[str, Any]:
        """Return the report as values that JSON can store. The runs on each frontier are added for readers."""
        frontiers = {
            measure: {name: [network.run for network in self.frontier(measure, name)] for name in areas}
            for measure, areas in self.hypervolume.items()
        }
        value: dict[str, Any] = plain(self)
        return {"format": FORMAT} | value | {"frontier": frontiers}

    @classmethod
    def from_json(cls, value: object) -> "TradeOffReport":
        """Return the report that :meth:`to_json` wrote. Raises ``InputError`` for other input."""
        if not isinstance(value, Mapping) or value.get("format") != FORMAT:
            raise InputError(f"This is not a trade-off report: its format is not {FORMAT!r}.")
        try:
            networks = tuple(_network(part) for part in value["networks"])
            areas = {measure: _areas(value["hypervolume"][measure]) for measure in MEASURES}
            worst = float(value["worst_error"])
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise InputError(f"The trade-off report is not complete; run `tradeoff` again. Cause: {error}") from None
        for measure, label in MEASURES.items():
            if not any(getattr(network, measure) > 0 for network in networks):
                raise InputError(f"No network of the trade-off report has {label} above 0; run `tradeoff` again.")
        return cls(networks, areas, worst)


def by_condition(networks: Sequence[SweptPoint], measure: str) -> dict[str, TradeOff]:
    """Return the sparsity and error of the networks of each condition.

    ``measure`` is a key of :data:`MEASURES`. Networks with sparsity 0 are left out.
    """
    conditions = dict.fromkeys(network.condition for network in networks)
    return {name: _trade_off(_nonempty_networks(networks, name, measure), measure) for name in conditions}


def _trade_off(networks: Sequence[SweptPoint], measure: str) -> TradeOff:
    return TradeOff(
        sparsity_P=np.array([getattr(network, measure) for network in networks], dtype=np.float64),
        error_P=np.array([network.error for network in networks]),
        seed_P=tuple(network.seed for network in networks),
    )


def _nonempty_networks(networks: Sequence[SweptPoint], condition: str, measure: str) -> list[SweptPoint]:
    """Return a condition's networks with a measure above 0; the others have no place on a logarithmic axis."""
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
