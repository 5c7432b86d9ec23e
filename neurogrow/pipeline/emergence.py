"""A network measured along its training, at every snapshot that it kept."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from ..analysis.emergence import Emergence, emergence, measure_snapshot
from ..analysis.recording import record
from ..io.files import read_json, write_json
from ..progress import counted
from ..training import Run
from .analyzing import ANALYSIS_SEED
from .runner import bring, ensure, one_pass
from .stage import CONFIG, MODEL, Settings, Stage, fixed

EMERGENCE_FILE = "emergence.json"
_FIGURE = "figures/co_emergence.png"


def emergence_run(run: Run, k: int = 10, trials_per_task: int = 50) -> Emergence:
    """Measure the network at every snapshot of its training; write ``emergence.json`` and its figure.

    Earlier measurements of the same network with the same settings are read, not made again.

    Raises ``InputError`` if the run kept no snapshots (``training.snapshot_every``).
    """
    with one_pass():
        growth = bring(run, EMERGENCE, {"k": k, "trials_per_task": trials_per_task})
        ensure(run, EMERGENCE_FIGURE)
    return growth


def emergence_of_conditions(
    conditions: Mapping[str, Sequence[Run]], out: Path, k: int = 10, trials_per_task: int = 50
) -> dict[str, list[Emergence]]:
    """Measure the networks of several conditions along their training; write ``emergence.json`` and ``.png``."""
    from .run_figures import draw_emergences

    networks = counted([(name, run) for name, runs in conditions.items() for run in runs], "networks")
    measured: dict[str, list[Emergence]] = {}
    for name, run in networks:
        measured.setdefault(name, []).append(emergence_run(run, k, trials_per_task))
    draw_emergences(measured, out / "emergence.png")
    value = {
        name: {str(run.path): growth.to_json() for run, growth in zip(runs, measured[name], strict=True)}
        for name, runs in conditions.items()
    }
    write_json(out / EMERGENCE_FILE, {"conditions": value})
    return measured


def _measured(run: Run, k: int, trials_per_task: int) -> Emergence:
    tasks, measured = run.load_source(), {}
    for step, snapshot in counted(run.snapshots().items(), "snapshots"):
        model = run.load_model(snapshot)
        recording = record(model, tasks, trials_per_task, ANALYSIS_SEED)
        weights_NN = model.recurrent_weights_RNN[0].detach().double().numpy()
        measured[step] = measure_snapshot(weights_NN, model.layout, recording, k, ANALYSIS_SEED)
    growth = emergence(measured, k)
    settings = {"model": run.fingerprint(), "trials_per_task": trials_per_task, "k": k}
    write_json(run.path / EMERGENCE_FILE, growth.to_json() | settings)
    return growth


def _stated_settings(run: Run) -> Settings | None:
    value = read_json(run.path / EMERGENCE_FILE)
    return {name: value[name] for name in ("k", "trials_per_task")} if value["model"] == run.fingerprint() else None


EMERGENCE = Stage(
    name="emergence",
    reads=(MODEL, CONFIG, "snapshots/*.safetensors"),
    writes=fixed(EMERGENCE_FILE),
    compute=_measured,
    load=lambda run, _: Emergence.from_json(read_json(run.path / EMERGENCE_FILE)),
    defaults={"k": 10, "trials_per_task": 50},
    stated_settings=_stated_settings,
    sealed=False,  # the file itself states its weights and settings, and may be edited
)
"""Measures functional and anatomical modularity at every snapshot."""


def _draw(run: Run) -> Path:
    from .run_figures import draw_emergence  # imports matplotlib

    return draw_emergence(run, bring(run, EMERGENCE))


EMERGENCE_FIGURE = Stage(
    name="emergence-figure",
    reads=(EMERGENCE_FILE,),
    writes=fixed(_FIGURE),
    compute=_draw,
    load=lambda run, _: run.path / _FIGURE,
    after=(EMERGENCE,),
)
"""Draws the modularity along training."""
