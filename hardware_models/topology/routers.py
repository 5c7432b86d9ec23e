"""Routers: ways of routing, by name or as objects."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from neurogrow.errors import InputError
from neurogrow.registry import Registry

from .base import Topology
from .traffic import Traffic

if TYPE_CHECKING:
    from ..workload.destinations import Destinations

Place: TypeAlias = tuple[int, ...]
Route: TypeAlias = Callable[[int, int], Sequence[tuple[Place, Place]]]
"""(source core, target core) -> the links of the route, in order."""
Survey: TypeAlias = Callable[[Route, int, list[int]], Iterable[tuple[Place, Place]]]
"""(route, core of a neuron, its destination cores) -> the links that one spike crosses; listed once per crossing."""


@dataclass(frozen=True)
class Router:
    """A way of routing."""

    traffic: Callable[[Topology, "Destinations"], Traffic]
    """(topology, destination cores of every neuron) -> spikes over every link."""
    packet_per_core: bool = False
    """Whether a spike is one packet for each destination core; otherwise it is one packet in all."""
    survey: Survey | None = None
    """Counts the links of one spike again, for the independent checker; without it, mappings are not checked."""

    def __call__(self, topology: Topology, pairs: "Destinations") -> Traffic:
        """Return the traffic on a topology.

        Raises
        ------
        InputError
            If the router returns something other than loads of links of the topology.
        """
        traffic = self.traffic(topology, pairs)
        if not _is_traffic(traffic, topology.n_routers):
            raise InputError(
                f"The router '{self.__name__}' must return a Traffic: arrays of routers from 0 to "
                f"{topology.n_routers - 1} at the start and at the end of each link, and of loads of at least 0."
            )
        return traffic

    @property
    def __name__(self) -> str:
        """Name of the function that computes the traffic."""
        return str(getattr(self.traffic, "__name__", type(self.traffic).__name__))


def _is_traffic(traffic: Any, n_routers: int) -> bool:  # noqa: ANN401  (whatever a user's router returns)
    """Return whether a value holds loads of links between routers."""
    if not isinstance(traffic, Traffic):
        return False
    arrays = [np.asarray(array) for array in (traffic.start_L, traffic.end_L, traffic.load_L)]
    if any(array.shape != arrays[0].shape or array.ndim != 1 or array.dtype.kind not in "iu" for array in arrays):
        return False
    start_L, end_L, load_L = arrays
    routers = np.concatenate([start_L, end_L])
    return bool((routers >= 0).all() and (routers < n_routers).all() and (load_L >= 0).all())


ROUTERS: Registry[Router] = Registry(
    "router",
    "neurogrow.routers",
    {
        "multicast": "hardware_models.topology.routing:MULTICAST",
        "unicast": "hardware_models.topology.routing:UNICAST",
        "core_multicast": "hardware_models.topology.routing:CORE_MULTICAST",
    },
)
"""Routers by the name that ``routing.kind`` in a chip file gives them."""


def find_router(method: object) -> Router:
    """Return a router for a name in ``ROUTERS``, a :class:`Router`, or a function of a topology and destinations.

    Raises
    ------
    InputError
        If there is no such name, or if the method is none of these.
    """
    if isinstance(method, str):
        method = ROUTERS.find(method)
    if isinstance(method, Router):
        return method
    if callable(method):
        return Router(method)
    raise InputError(f"A router is a name, a Router, or a function that returns a Traffic, not {method!r}.")
