"""Topologies and routing: how cores are wired, and which links a spike crosses."""

from typing import TYPE_CHECKING

from neurogrow._internal.lazy import lazily

if TYPE_CHECKING:
    from .base import Topology
    from .hexagonal import HexagonalTorus
    from .hierarchy import Hierarchy
    from .mesh import Mesh
    from .registry import TOPOLOGIES
    from .routers import ROUTERS, Router
    from .torus import Torus
    from .traffic import Traffic
else:
    __getattr__ = lazily(__name__, "base", "mesh", "torus", "hexagonal", "hierarchy", "registry", "traffic", "routers")

__all__ = ["ROUTERS", "TOPOLOGIES", "HexagonalTorus", "Hierarchy", "Mesh", "Router", "Topology", "Torus", "Traffic"]
