"""The figures of a run, as stages. Each draws what another stage has measured, and measures nothing."""

from pathlib import Path

from ..training import Run
from .analyzing import ANALYSIS, ANALYSIS_FILE
from .emergence import EMERGENCE, EMERGENCE_FILE
from .lesions import LESIONS, LESIONS_FILE
from .run_figures import draw_emergence, draw_lesions, draw_run, draw_transfer
from .runner import bring
from .stage import CONFIG, MODEL, Settings, Stage, fixed
from .transfer import TRANSFER, TRANSFER_FILE

RUN_FIGURES = ("brain_map", "performance", "weight_by_distance", "task_variance", "modularity_over_k")
_LESIONS, _TRANSFER, _EMERGENCE = (f"figures/{name}.png" for name in ("lesions", "transfer", "co_emergence"))


def _run_figures(run: Run, settings: Settings) -> tuple[str, ...]:  # noqa: ARG001  (the signature of Stage.writes)
    """Return the names of the figures; a run that was converted, not trained, has no training curves."""
    names = (*RUN_FIGURES, "training") if run.metrics() else RUN_FIGURES
    return tuple(f"figures/{name}.png" for name in names)


def _draw_transfer(run: Run) -> Path:
    return draw_transfer({run.path.name: bring(run, TRANSFER)}, run.path / _TRANSFER)


FIGURES = Stage(
    name="figures",
    reads=(ANALYSIS_FILE, MODEL, CONFIG, "metrics.csv"),
    writes=_run_figures,
    compute=lambda run: draw_run(run, bring(run, ANALYSIS)),
    load=lambda run, settings: [run.path / name for name in _run_figures(run, settings)],
    after=(ANALYSIS,),
)
"""Draws the analysis and the training curves."""

LESION_FIGURE = Stage(
    name="lesion-figure",
    reads=(LESIONS_FILE,),
    writes=fixed(_LESIONS),
    compute=lambda run: draw_lesions(run, bring(run, LESIONS)),
    load=lambda run, _: run.path / _LESIONS,
    after=(LESIONS,),
)
"""Draws the lesions."""

TRANSFER_FIGURE = Stage(
    name="transfer-figure",
    reads=(TRANSFER_FILE,),
    writes=fixed(_TRANSFER),
    compute=_draw_transfer,
    load=lambda run, _: run.path / _TRANSFER,
    after=(TRANSFER,),
)
"""Draws the learning curves of new tasks."""

EMERGENCE_FIGURE = Stage(
    name="emergence-figure",
    reads=(EMERGENCE_FILE,),
    writes=fixed(_EMERGENCE),
    compute=lambda run: draw_emergence(run, bring(run, EMERGENCE)),
    load=lambda run, _: run.path / _EMERGENCE,
    after=(EMERGENCE,),
)
"""Draws the modularity along training."""
