"""The stages after training: each reads a run folder, computes, and adds its files to the folder.

The command line and the demo are thin layers over these; a notebook can call them as well. Every stage makes what it
needs of the stages before it, so any of them may be called first.
"""

from .exporting import Exported, Pruned, export_run, prune_run, pruned_before, spike_counts
from .growing import convert_run, spike_run
from .mapping import Mapped, map_network, map_on_each, map_run
from .analyzing import (
    ANALYSIS_SEED,
    CEILING_SEED,
    CEILING_TRIALS,
    analysis_of,
    analyze,
    compare_conditions_of_runs,
    compare_runs,
    emergence_of_conditions,
    emergence_run,
    example_spikes,
    firing_of,
    matched_reports,
    save_arrays,
)
from .lesions import LESION_SEED, lesion_run, transfer_run

__all__ = [
    "ANALYSIS_SEED",
    "CEILING_SEED",
    "CEILING_TRIALS",
    "LESION_SEED",
    "Exported",
    "Mapped",
    "Pruned",
    "analysis_of",
    "analyze",
    "compare_conditions_of_runs",
    "compare_runs",
    "convert_run",
    "emergence_of_conditions",
    "emergence_run",
    "example_spikes",
    "export_run",
    "firing_of",
    "lesion_run",
    "map_network",
    "map_on_each",
    "map_run",
    "matched_reports",
    "prune_run",
    "pruned_before",
    "save_arrays",
    "spike_counts",
    "spike_run",
    "transfer_run",
]
