"""The model card of a run, ``README.md``, as a stage."""

from pathlib import Path

from ..io.files import write_text
from ..training import Run
from .card import model_card
from .runner import bring
from .stage import CONFIG, MODEL, Stage, fixed

CARD_FILE = "README.md"


def write_card(run: Run, trials_per_task: int = 500) -> Path:
    """Write the run's card, ``README.md``, and return its path.

    The network is measured on so many trials of each task. A valid ``analysis.json`` with another number of trials
    stays as it is.
    """
    return bring(run, CARD, {"trials_per_task": trials_per_task})


def _written(run: Run, trials_per_task: int) -> Path:
    from .analyzing import analysis_with
    from .comparing import firing_of

    text = model_card(run, analysis_with(run, trials_per_task), trials_per_task, firing_of(run))
    return write_text(run.path / CARD_FILE, text)


CARD = Stage(
    name="card",
    reads=(MODEL, CONFIG, "environment.json", "origin.json"),
    writes=fixed(CARD_FILE),
    compute=_written,
    load=lambda run, _: run.path / CARD_FILE,
    defaults={"trials_per_task": 500},
)
"""Writes the model card."""
