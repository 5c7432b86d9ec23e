"""The analysis of a run: every measure of the trained network, in ``analysis.json``."""

from ..analysis import ModularityReport, modularity_report
from ..analysis.recording import record
from ..io.files import read_json, write_json
from ..training import Run
from .freshness import would_replace
from .runner import bring
from .stage import CONFIG, MODEL, Settings, Stage, fixed

ANALYSIS_SEED = 20_000
"""Seed of the trials on which networks are measured; training draws from small seeds."""
ANALYSIS_FILE = "analysis.json"


def analysis_of(run: Run) -> ModularityReport:
    """Return the run's report. The network is measured now if it has not been, or if its weights have changed since."""
    return bring(run, ANALYSIS)


def analysis_with(run: Run, trials_per_task: int, seed: int = ANALYSIS_SEED) -> ModularityReport:
    """Return the report for these settings, and leave a valid ``analysis.json`` with other settings as it is."""
    settings = {"trials_per_task": trials_per_task, "seed": seed}
    return measured(run, **settings) if would_replace(run, ANALYSIS, settings) else bring(run, ANALYSIS, settings)


def measured(run: Run, trials_per_task: int, seed: int) -> ModularityReport:
    """Measure the trained network, and write nothing."""
    model, tasks = run.load_model(), run.load_source()
    recording = record(model, tasks, trials_per_task, seed)
    weights_NN = model.recurrent_weights_RNN[0].detach().double().numpy()
    return modularity_report(weights_NN, model.layout, recording, tasks.names, seed, ceiling_K=tasks.ceiling())


def _analyzed(run: Run, trials_per_task: int, seed: int) -> ModularityReport:
    report = measured(run, trials_per_task, seed)
    write_json(run.path / ANALYSIS_FILE, report.to_json() | {"model": run.fingerprint()})
    return report


def _stated_settings(run: Run) -> Settings | None:
    """Return the settings that ``analysis.json`` states; the number of trials is not among them."""
    value = read_json(run.path / ANALYSIS_FILE)
    if value.get("model") != run.fingerprint():
        return None
    return {"seed": ModularityReport.from_json(value).seed}


ANALYSIS = Stage(
    name="analysis",
    reads=(MODEL, CONFIG),
    writes=fixed(ANALYSIS_FILE),
    compute=_analyzed,
    load=lambda run, _: ModularityReport.from_json(read_json(run.path / ANALYSIS_FILE)),
    defaults={"trials_per_task": 100, "seed": ANALYSIS_SEED},
    stated_settings=_stated_settings,
)
"""Measures the trained network on single trials of every task."""
