"""The sections of a chip file."""

from typing import Annotated

from pydantic import PlainValidator
from pydantic.dataclasses import dataclass

from .._methods import name_of
from ..topology.base import Topology
from ..topology.registry import TOPOLOGIES
from ..topology.routers import ROUTERS, Router, find_router
from .evidence import CHECKED, Quantity


def _topology(kind: object) -> str | type[Topology]:
    """Return a registered name of a topology, or a subclass of Topology; anything else is a ``ValueError``."""
    if isinstance(kind, str) and TOPOLOGIES.find(kind):
        return kind
    if isinstance(kind, type) and issubclass(kind, Topology):
        return kind
    raise ValueError(f"a topology is a name or a subclass of Topology, not {kind!r}")


def _router(kind: object) -> str | Router:
    """Return a registered name of a router, or a Router; anything else is a ``ValueError``."""
    if isinstance(kind, str) and kind in ROUTERS:
        return kind  # a built-in router is imported when it is used
    return find_router(kind)


@dataclass(frozen=True, kw_only=True, config=CHECKED)
class Wiring:
    """The section ``[topology]`` of a chip file: the cores of one chip, and how they are wired."""

    kind: Annotated[str | type[Topology], PlainValidator(_topology)]
    """A name in ``TOPOLOGIES``, or a subclass of ``Topology``."""
    columns: Quantity
    rows: Quantity
    cores_per_tile: Quantity

    def __post_init__(self) -> None:
        sizes = (self.columns.value, self.rows.value, self.cores_per_tile.value)
        if self.kind == "single core" and sizes != (1, 1, 1):
            raise ValueError("a single core has one column, one row and one core per tile")

    @property
    def name(self) -> str:
        """Name of the topology."""
        return self.kind if isinstance(self.kind, str) else name_of(TOPOLOGIES, self.kind)

    @property
    def topology(self) -> type[Topology]:
        """Class of the topology."""
        return TOPOLOGIES.find(self.kind) if isinstance(self.kind, str) else self.kind


@dataclass(frozen=True, kw_only=True, config=CHECKED)
class Tiling:
    """The section ``[tiling]``: several chips side by side form a larger chip with the same topology."""

    source: str
    conditions: str | None = None


@dataclass(frozen=True, kw_only=True, config=CHECKED)
class Routing:
    """The section ``[routing]``: how spikes travel."""

    order: str
    """The order of a route's links. It must be the ``order`` of the chip's topology."""
    kind: Annotated[str | Router, PlainValidator(_router)]
    """A name in ``ROUTERS``, or a ``Router``. ``unicast``: one packet for each destination core. ``multicast``: one
    packet that branches on its way. ``core_multicast``: one packet that branches to all cores to which any neuron of
    the sender's core sends."""
    own_core_packets: bool
    """Whether a spike for its own core is a packet and takes an output axon, like a spike for another core."""
    source: str

    @property
    def name(self) -> str:
        """Name of the router."""
        return self.kind if isinstance(self.kind, str) else name_of(ROUTERS, self.kind)

    @property
    def router(self) -> Router:
        """The router."""
        return find_router(self.kind)


@dataclass(frozen=True, kw_only=True, config=CHECKED)
class Limits:
    """The section ``[limits]``: what fits on a core, neuron, tile or chip; unpublished limits are absent."""

    neurons_per_core: Quantity
    spiking_neurons_per_core: Quantity | None = None
    """Neurons on a core that spike."""
    silent_neurons_per_core: Quantity | None = None
    """Neurons on a core that never spike (readouts)."""
    input_axons_per_core: Quantity | None = None
    """Distinct presynaptic neurons with a synapse on the core."""
    output_axons_per_core: Quantity | None = None
    """Pairs of a neuron on the core and a destination core."""
    synapses_per_core: Quantity | None = None
    synapse_bits_per_core: Quantity | None = None
    bits_per_synapse: Quantity | None = None
    """Memory of one synapse at the chip's precision; a size, not a limit."""
    fan_in_per_neuron: Quantity | None = None
    """Presynaptic neurons of one neuron."""
    fan_out_per_neuron: Quantity | None = None
    """Postsynaptic neurons of one neuron."""
    destination_tiles_per_neuron: Quantity | None = None
    """Distinct tiles that one neuron sends to, its own tile included."""
    table_entries_per_tile: Quantity | None = None
    """Entries of a router's table; one entry serves all neurons of a core."""
    delay_ticks: Quantity | None = None
    """Longest delay of a synapse."""
    cores_per_chip: Quantity | None = None
    """Cores that can hold neurons, if the topology has more."""
