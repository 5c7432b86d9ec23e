"""Search: partition, placement, and the refinement of both together."""

from typing import TYPE_CHECKING

from neurogrow._internal.lazy import lazily

if TYPE_CHECKING:
    from .objective import Objective, objective_of
    from .orders import NeuronOrder
    from .partition import PARTITIONS, Partition, WholeMapping, partition_neurons
    from .placement import PLACEMENTS, Placement, place_parts, placement_cost
    from .refinement import REFINEMENTS, Refined, RefinementSettings, refined
    from .swaps import swap_search
else:
    __getattr__ = lazily(__name__, "orders", "swaps", "objective", "partition", "placement", "refinement")

__all__ = [
    "PARTITIONS",
    "PLACEMENTS",
    "REFINEMENTS",
    "NeuronOrder",
    "Objective",
    "Partition",
    "Placement",
    "Refined",
    "RefinementSettings",
    "WholeMapping",
    "objective_of",
    "partition_neurons",
    "place_parts",
    "placement_cost",
    "refined",
    "swap_search",
]
