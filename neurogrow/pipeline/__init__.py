"""The stages after training: each reads a run folder, computes one thing, and adds its files to the folder.

The command line and the demo are thin layers over these functions, and a notebook can call them as well. A function
brings the stages that it needs up to date (:mod:`~neurogrow.pipeline.runner`), so any of them may be called first.
"""

from typing import TYPE_CHECKING

from .._internal.lazy import lazily

if TYPE_CHECKING:
    from ..tasks.ceilings import CEILING_SEED, CEILING_TRIALS
    from .analyzing import ANALYSIS_SEED, analysis_of
    from .card_stage import write_card
    from .comparing import compare_conditions_of_runs, compare_runs, firing_of, matched_reports
    from .emergence import emergence_of_conditions, emergence_run
    from .exporting import Exported, export_run
    from .full_analysis import analyze
    from .growing import convert_run, spike_run
    from .lesions import LESION_SEED, lesion_run
    from .mapping import Mapped, map_network, map_on_each
    from .pruning import Pruned, prune_run, pruned_before
    from .raster import example_spikes, save_arrays
    from .run_mapping import map_run
    from .spikes import spike_counts
    from .transfer import transfer_run
else:  # heavy packages are last: a name is looked for in one module after the other
    _MODULES = (
        "card_stage",
        "analyzing",
        "raster",
        "full_analysis",
        "pruning",
        "lesions",
        "transfer",
        "emergence",
    )
    _MODULES += ("growing", "comparing", "spikes", "exporting", "mapping", "run_mapping", ".tasks.ceilings")
    __getattr__ = lazily(__name__, *_MODULES)

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
    "write_card",
]
