"""Each functional module of a run silenced in turn, in ``lesions.json``."""

from pathlib import Path

from ..analysis.lesion_report import LesionReport
from ..analysis.lesions import lesion_modules
from ..io.files import read_json, write_json
from ..training import Run
from ..training.build import choose_device
from ..training.loop import processor_threads
from .analyzing import ANALYSIS, ANALYSIS_FILE
from .runner import bring, ensure, one_pass
from .stage import CONFIG, MODEL, Stage, fixed

LESION_SEED = 40_000
"""Seed of the trials on which lesions are measured. They are not the trials on which the modules were found."""
LESIONS_FILE = "lesions.json"
_FIGURE = "figures/lesions.png"


def lesion_run(run: Run, trials_per_task: int = 100, draws: int = 20, seed: int = LESION_SEED) -> LesionReport:
    """Silence each functional module in turn, and random neurons as a control; write ``lesions.json`` and its figure.

    Earlier measurements of the same network with the same settings are read, not made again.
    """
    with one_pass():
        report = bring(run, LESIONS, {"trials_per_task": trials_per_task, "draws": draws, "seed": seed})
        ensure(run, LESION_FIGURE)
    return report


def _measured(run: Run, trials_per_task: int, draws: int, seed: int) -> LesionReport:
    module_N = bring(run, ANALYSIS).module_N
    model = run.load_model().to(choose_device(run.config.training.device))
    with processor_threads(run.config):
        report = lesion_modules(model, run.load_source(), module_N, trials_per_task, draws, seed)
    write_json(run.path / LESIONS_FILE, report.to_json() | {"model": run.fingerprint()})
    return report


LESIONS = Stage(
    name="lesions",
    reads=(ANALYSIS_FILE, MODEL, CONFIG),
    writes=fixed(LESIONS_FILE),
    compute=_measured,
    load=lambda run, _: LesionReport.from_json(read_json(run.path / LESIONS_FILE)),
    after=(ANALYSIS,),
    defaults={"trials_per_task": 100, "draws": 20, "seed": LESION_SEED},
)
"""Measures what each module's silence does to each task."""


def _draw(run: Run) -> Path:
    from .run_figures import draw_lesions  # imports matplotlib

    return draw_lesions(run, bring(run, LESIONS))


LESION_FIGURE = Stage(
    name="lesion-figure",
    reads=(LESIONS_FILE,),
    writes=fixed(_FIGURE),
    compute=_draw,
    load=lambda run, _: run.path / _FIGURE,
    after=(LESIONS,),
)
"""Draws the lesions."""
