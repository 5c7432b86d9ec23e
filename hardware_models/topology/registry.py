"""The names of topologies, as chip files give them."""

from neurogrow.registry import Registry

from .base import Topology
from .hexagonal import HexagonalTorus
from .hierarchy import Hierarchy
from .mesh import Mesh
from .torus import Torus

TOPOLOGIES: Registry[type[Topology]] = Registry(
    "topology",
    "neurogrow.topologies",
    {"mesh": Mesh, "torus": Torus, "hexagonal torus": HexagonalTorus, "hierarchy": Hierarchy, "single core": Mesh},
)
"""Topologies by the name that ``topology.kind`` in a chip file gives them."""
