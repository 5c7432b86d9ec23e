"""The command that says whom to cite."""

from dataclasses import asdict
from pathlib import Path

from .app import Json, app
from .output import emit


@app.command
def cite(run: Path | None = None, *, json: Json = False) -> None:
    """Print the papers behind what a run used, as BibTeX: training, tasks, neurons, file formats, chips.

    Parameters
    ----------
    run
        Folder of a run; without one, what stands behind neurogrow itself.
    """
    from ..pipeline.citations import citations
    from ..training.pretrained import find_run

    found = citations(None if run is None else find_run(run))
    text = "\n".join(f"% {each.why}\n{each.bibtex}\n" for each in found)
    emit({"run": run and str(run), "citations": [asdict(each) for each in found]}, json, text)
