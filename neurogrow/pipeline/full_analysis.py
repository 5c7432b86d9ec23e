"""What ``neurogrow analyze`` leaves: the analysis, its figures and, of a spiking network, example spikes."""

from ..analysis import ModularityReport
from ..training import Run
from .analyzing import ANALYSIS, ANALYSIS_SEED
from .runner import bring, ensure, one_pass
from .stage import is_spiking


def analyze(run: Run, trials_per_task: int = 100, seed: int = ANALYSIS_SEED) -> ModularityReport:
    """Measure and draw the trained network: ``analysis.json``, ``figures/`` and, of a spiking one, ``raster.npz``.

    What is up to date with these settings is read, not made again.
    """
    from .drawing import FIGURES  # imports matplotlib
    from .raster import RASTER

    with one_pass():
        report = bring(run, ANALYSIS, {"trials_per_task": trials_per_task, "seed": seed})
        if is_spiking(run):
            ensure(run, RASTER, {"seed": seed})
        ensure(run, FIGURES)
    return report
