"""The figures of a run as a stage: it draws the analysis and the training curves, and measures nothing."""

from ..training import Run
from .analyzing import ANALYSIS, ANALYSIS_FILE
from .run_figures import draw_run
from .runner import bring
from .stage import CONFIG, MODEL, Settings, Stage

RUN_FIGURES = ("brain_map", "performance", "weight_by_distance", "task_variance", "modularity_over_k")


def _run_figures(run: Run, settings: Settings) -> tuple[str, ...]:  # noqa: ARG001  (the signature of Stage.writes)
    """Return the names of the figures; a run that was converted, not trained, has no training curves."""
    names = (*RUN_FIGURES, "training") if run.metrics() else RUN_FIGURES
    return tuple(f"figures/{name}.png" for name in names)


FIGURES = Stage(
    name="figures",
    reads=(ANALYSIS_FILE, MODEL, CONFIG, "metrics.csv"),
    writes=_run_figures,
    compute=lambda run: draw_run(run, bring(run, ANALYSIS)),
    load=lambda run, settings: [run.path / name for name in _run_figures(run, settings)],
    after=(ANALYSIS,),
)
"""Draws the analysis and the training curves."""
