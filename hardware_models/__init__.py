"""Mapping of spiking networks onto neuromorphic chips: from a NIR file and its spikes to cores, links and joules.

The usual flow::

    import hardware_models as hw

    workload = hw.Workload.from_nir("network.nir", "spikes.npz")
    mapping = hw.map_workload(workload, hw.load_chip("loihi1"))
    report = hw.mapping_report(mapping)

Every method (partition, placement, refinement, router, topology) is given by a name or as an object. The registries
(``PARTITIONS``, ``PLACEMENTS``, ...) hold the names.
"""

from typing import TYPE_CHECKING

from neurogrow._internal.lazy import lazily

if TYPE_CHECKING:
    from .arithmetic import ARITHMETIC, Arithmetic, ChipArithmetic
    from .checking import SURVEYORS, Surveyor, violations
    from .chips import CHIPS, ChipSpec, Quantity, chip_names, load_chip
    from .core_table import write_core_table
    from .layouts import chip_layout
    from .mapping import Mapping, MappingReport, map_workload, mapping_report
    from .sanafe_files import write_sanafe
    from .search import (
        PARTITIONS,
        PLACEMENTS,
        REFINEMENTS,
        NeuronOrder,
        Partition,
        Placement,
        Refined,
        RefinementSettings,
        WholeMapping,
        swap_search,
    )
    from .topology import ROUTERS, TOPOLOGIES, HexagonalTorus, Hierarchy, Mesh, Router, Topology, Torus, Traffic
    from .workload import Population, Workload
else:
    __getattr__ = lazily(
        __name__,
        "topology",
        "chips",
        "workload",
        "search",
        "checking",
        "arithmetic",
        "mapping",
        "core_table",
        "layouts",
        "sanafe_files",
    )

__all__ = [
    "ARITHMETIC",
    "CHIPS",
    "PARTITIONS",
    "PLACEMENTS",
    "REFINEMENTS",
    "ROUTERS",
    "SURVEYORS",
    "TOPOLOGIES",
    "Arithmetic",
    "ChipArithmetic",
    "ChipSpec",
    "HexagonalTorus",
    "Hierarchy",
    "Mapping",
    "MappingReport",
    "Mesh",
    "NeuronOrder",
    "Partition",
    "Placement",
    "Population",
    "Quantity",
    "Refined",
    "RefinementSettings",
    "Router",
    "Surveyor",
    "Topology",
    "Torus",
    "Traffic",
    "WholeMapping",
    "Workload",
    "chip_layout",
    "chip_names",
    "load_chip",
    "map_workload",
    "mapping_report",
    "swap_search",
    "violations",
    "write_core_table",
    "write_sanafe",
]


def __dir__() -> list[str]:
    return __all__
