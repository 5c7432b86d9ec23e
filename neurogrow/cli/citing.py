"""The command `cite`: papers to cite."""

from dataclasses import asdict
from pathlib import Path

from .app import Json
from .output import emit


def cite(run: Path | None = None, *, json: Json = False) -> None:
    """Print the papers to cite for a run as BibTeX: training, tasks, neurons, file formats and chips.

    Parameters
    ----------
    run
        Folder of a run; without a run, the papers to cite for neurogrow itself.
    """
    from ..pipeline.citations import citations
    from ..training.pretrained import find_run

    cited = citations(None if run is None else find_run(run))
    text = "\n".join(f"% {citation.why}\n{citation.bibtex}\n" for citation in cited)
    emit({"run": run and str(run), "citations": [asdict(citation) for citation in cited]}, json, text)
