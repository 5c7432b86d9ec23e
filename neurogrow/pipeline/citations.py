"""The works to cite for a run, from its settings and the files in its folder."""

from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hardware_models.chips.spec import CHIPS, load_chip

from .._internal.version import __version__
from ..io.files import read_json
from ..tasks import YANG19
from ..training.config import TrainConfig

if TYPE_CHECKING:
    from ..training import Run

_METHODS = {
    "metis": ("karypis1998fast", "partition by METIS"),
    "mt-kahypar": ("gottesbueren2024scalable", "partition by Mt-KaHyPar"),
    "multilevel": ("karypis1998fast", "multilevel partition"),
    "joint": ("kirkpatrick1983optimization", "search over neurons and cores by annealing"),
}


@dataclass(frozen=True)
class Citation:
    """A work to cite."""

    key: str
    """Its BibTeX key."""
    why: str
    """The part of the run that it is the source of."""
    bibtex: str
    """Its BibTeX entry."""


def citations(run: "Run | None" = None) -> list[Citation]:
    """Return the works to cite for a run, each once with its first reason; without a run, those for neurogrow itself.

    Raises ``InputError`` if the run's settings or a file of its results cannot be read.
    """
    works = dict[str, str]()
    for key, why in _used(run):
        works.setdefault(key, why)
    entries = bibliography()
    unknown = "% {}: cited by a chip file; neurogrow has no BibTeX entry for it"
    return [Citation(key, why, entries.get(key, unknown.format(key))) for key, why in works.items()]


def bibliography() -> dict[str, str]:
    """Return every known BibTeX entry by its key; neurogrow's own is first."""
    text = (Path(str(files("neurogrow"))) / "citations.bib").read_text(encoding="utf-8")
    entries = {entry.partition("{")[2].partition(",")[0]: entry for entry in text.strip().split("\n\n")}
    return {"neurogrow": _software()} | entries


def _software() -> str:
    title = "neurogrow: recurrent networks whose neurons have a place, from training to neuromorphic chips"
    lines = (f"title = {{{title}}}", "author = {{The neurogrow developers}}", f"version = {{{__version__}}}")
    return "@software{neurogrow,\n  " + ",\n  ".join(lines) + "\n}"


def _used(run: "Run | None") -> Iterator[tuple[str, str]]:
    yield "neurogrow", "the software"
    yield "liu2023growing", "the experiment: networks on a grid, their measures of modularity"
    if run is not None:
        yield from _of_settings(run.config)
        yield from _of_files(run.path)


def _of_settings(config: TrainConfig) -> Iterator[tuple[str, str]]:
    growth, model = config.growth, config.model
    if growth.strength and (growth.locality or growth.swap_every):
        yield "liu2023seeing", "brain-inspired modular training"
    if growth.strength and growth.rule == "proximal":
        yield "yun2020proximal", "the proximal rule in the optimiser's scale"
    built_in = config.tasks.source == "cognitive"
    yield "yang2019task", "the tasks, task variance" if built_in else "task variance"
    if built_in:
        yield "molano2022neurogym", "timing and noise of the tasks"
    if built_in and set(config.tasks.names) - set(YANG19):
        yield "khona2023winning", "Mod-Cog, variants of the tasks"
    yield "kingma2015adam", "the optimiser"
    if model.kind == "spiking":
        yield "eshraghian2023training", "neurons as in snnTorch"
        yield "neftci2019surrogate", "surrogate gradients"


def _of_files(folder: Path) -> Iterator[tuple[str, str]]:
    if (folder / "origin.json").exists():
        yield "diehl2015fast", "spiking weights balanced from a rate network"
        yield "rueckauer2017conversion", "spiking weights balanced from a rate network"
    if (folder / "analysis.json").exists():
        yield "newman2006modularity", "modularity Q of the wiring"
        yield "blondel2008fast", "communities of the wiring"
    if (folder / "transfer.json").exists():
        yield "driscoll2024flexible", "transfer with recurrent weights frozen"
    if (folder / "network.nir").exists():
        yield "pedersen2024nir", "the file network.nir"
    for path in sorted(folder.glob("mapping-*.json")):
        yield from _of_mapping(read_json(path))


def _of_mapping(mapping: Any) -> Iterator[tuple[str, str]]:  # noqa: ANN401  (JSON)
    value = mapping if isinstance(mapping, dict) else {}
    chip, methods = value.get("chip") or {}, value.get("methods") or {}
    for key in _chip_citations(chip):
        yield key, f"figures of {chip['title']}"
    for method in (str(methods.get("partition")), str(methods.get("placement"))):
        if method in _METHODS:
            yield _METHODS[method]
    if methods.get("effort"):
        yield _METHODS["joint"]


def _chip_citations(chip: dict[str, Any]) -> list[str]:
    """Return the keys that a mapping states for its chip; for older files, those of the chip of that name."""
    name, keys = str(chip.get("name")), chip.get("citations")
    if isinstance(keys, list):
        return [str(key) for key in keys]
    return list(load_chip(name).citations) if name in CHIPS else []
