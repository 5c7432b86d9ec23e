"""Does the file do what was trained? Measured from the written file, spike for spike, in every reader that is there."""

import tempfile
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, TypeAlias

import nir
import numpy as np

from neurogrow.arrays import AnyArray, FloatArray
from neurogrow.errors import InputError
from neurogrow.io.files import write_json
from neurogrow.progress import counted
from neurogrow.response import Recording

from .comparison import Comparison, compare, compare_spikes, largest
from .nir.dialects import DIALECTS, Dialect, write_dialect
from .nir.graph import check_form, read_graph
from .nir.hidden import flat, hidden_nodes, in_order
from .nir.reference import simulate
from .nir.semantics import NIR_EULER
from .onnx.parity import OnnxParity, measure_onnx
from .readers import READERS, ROUNDING, Reader
from .readers.readout import integrated

__all__ = ["NirParity", "OnnxParity", "ReaderParity", "measure_nir", "measure_onnx", "own_reference", "write_parity"]

TRAINING_MODEL = "training model"
ROUNDING_READERS = tuple(ROUNDING)
"""The names of the readers that compute in less precision than the file holds."""

Perform: TypeAlias = Callable[[FloatArray], float]
"""From logits (T, B, O), one row per task step, to the mean performance on the tasks."""


@dataclass(frozen=True)
class ReaderParity:
    """One reader of the file against the reference simulation by the reader's semantics."""

    name: str
    differing_bins: int
    """Number of (tick, lane, neuron) in which the numbers of spikes differ: 0 in an exact reader."""
    first_tick: int | None
    """The first tick with such a bin; None where there is none."""
    cosine: float
    """Cosine between the two spike trains as vectors over all bins; 1 where both are silent, 0 where one is."""
    max_output_difference: float | None
    """Largest difference of the readout at any tick; None where only spikes are known."""
    version: str | None = None
    """Of the tool."""
    dialect: str | None = None
    """In which the file was written; None for the canonical form."""
    semantics: str = NIR_EULER.name
    """By which the reader steps the file, and with which its reference was simulated."""
    semantics_in_words: str = NIR_EULER.words
    differing_bins_to_network: int | None = None
    """Bins in which the reader's spikes differ from the network's own, where its semantics are others."""
    cosine_to_network: float | None = None
    performance: float | None = None
    """Mean performance on the tasks in this reader; None where it was not asked for."""


@dataclass(frozen=True)
class NirParity:
    """How readers of a NIR file compare with the reference simulation of it."""

    ticks: int
    lanes: int
    neurons: int
    bins: int
    """ticks * lanes * neurons."""
    spikes: int
    """Spikes of the reference: parity over silence says nothing."""
    max_output: float
    """Largest magnitude of the reference's readout, the scale of its differences."""
    readers: tuple[ReaderParity, ...]
    not_run: Mapping[str, str] = field(default_factory=dict)
    """Readers that were not run, by name, with the reason."""

    def to_json(self) -> dict[str, Any]:
        """Return the fields as plain values."""
        return asdict(self) | {"readers": [asdict(reader) for reader in self.readers]}


def measure_nir(
    path: Path,
    inputs_TBI: FloatArray,
    expected_spikes_TBN: AnyArray | None = None,
    *,
    readers: Mapping[str, Reader] = READERS,
    perform: Perform | None = None,
    modular: Path | None = None,
) -> NirParity:
    """Run a NIR file of the canonical form in every reader and compare with the reference simulation of it.

    A reader that wants a dialect gets a file in that dialect, written from what the file at ``path`` holds. One with
    semantics of its own is compared with the reference simulation of *its* file by *its* semantics, and its distance
    to the network's own spikes stands beside it.

    Parameters
    ----------
    path
        The file; nothing else of the network is used.
    inputs_TBI
        One row per task step, as the trained model takes them; each is repeated for the file's ``substeps`` ticks.
    expected_spikes_TBN
        Spikes of the trained model on the same inputs, one row per tick, in float64: compared as one more row.
    readers
        What to run the file with.
    perform
        Measures the task performance of a reader from its logits.
    modular
        The same network as a file of one population per module: measured with the exact readers as well.

    Raises
    ------
    InputError
        If the file is not of the canonical form, or shapes do not agree.
    """
    graph = read_graph(path)
    try:
        check_form(graph)
        substeps = int(graph.metadata.get("substeps", 1))
    except (TypeError, ValueError) as error:
        raise InputError(f"{path} cannot be measured: {error}") from None
    bench = _Bench(np.repeat(np.asarray(inputs_TBI, dtype=np.float64), substeps, axis=0), substeps, perform, graph)
    rows: list[ReaderParity] = []
    not_run: dict[str, str] = {}
    for reader in counted(readers.values(), "readers"):
        row = bench.measure(reader, path, graph)
        if isinstance(row, str):
            not_run[reader.name] = row
            continue
        rows.append(row)
        if modular is not None and bench.takes_modules(reader):
            of_modules = bench.measure(reader, modular, read_graph(modular))
            if isinstance(of_modules, str):
                not_run[f"{reader.name}, modular"] = of_modules
            else:
                rows.append(replace(of_modules, name=f"{reader.name}, modular"))
    if expected_spikes_TBN is not None:
        difference = compare_spikes(TRAINING_MODEL, np.asarray(expected_spikes_TBN) > 0, bench.reference)
        rows.append(ReaderParity(TRAINING_MODEL, **asdict(difference)))
    ticks, lanes, neurons = bench.reference.spikes_TBN.shape
    return NirParity(
        ticks=ticks,
        lanes=lanes,
        neurons=neurons,
        bins=bench.reference.spikes_TBN.size,
        spikes=int(bench.reference.spikes_TBN.sum()),
        max_output=largest(bench.reference.readout_TBO),
        readers=tuple(rows),
        not_run=not_run,
    )


def own_reference(path: Path, currents_TBI: FloatArray, dialect: Dialect | None = None) -> Recording:
    """Return what a file gives by the semantics of its dialect's reader, in our simulator, from rest."""
    graph = flat(read_graph(path))
    hidden, semantics = list(hidden_nodes(graph)), NIR_EULER if dialect is None else dialect.semantics
    given = simulate(graph, currents_TBI, record=[*hidden, "output"], semantics=semantics)
    readout_TBO = integrated(given["output"], graph) if "readout_beta" in graph.metadata else given["output"]
    return Recording(in_order(graph, given), readout_TBO)


def write_parity(path: Path, *, nir: NirParity | None = None, onnx: OnnxParity | None = None) -> Path:
    """Write ``{"nir": ..., "onnx": ...}`` to ``path`` (parity.json), null where a format was not exported."""
    return write_json(path, {"nir": nir and nir.to_json(), "onnx": onnx and onnx.to_json()})


class _Bench:
    """Inputs, the canonical file's own spikes on them, and readers measured against these one after the other."""

    def __init__(self, currents_TBI: FloatArray, substeps: int, perform: Perform | None, graph: nir.NIRGraph) -> None:
        self.currents_TBI, self.substeps, self.perform = currents_TBI, substeps, perform
        given = simulate(graph, currents_TBI, record=("hidden", "output"))
        self.reference = Recording(given["hidden"], given["output"])

    def takes_modules(self, reader: Reader) -> bool:
        """Whether a reader runs files of several populations and gives the network's own spikes."""
        return reader.name not in ROUNDING and reader.dialect is not None and DIALECTS[reader.dialect].exact

    def measure(self, reader: Reader, path: Path, graph: nir.NIRGraph) -> ReaderParity | str:
        """Return how the reader compares, or why it was not run."""
        if reader.missing:
            return f"{', '.join(reader.missing)} not installed: pip install 'neurogrow[readers]'"
        dialect = DIALECTS[reader.dialect] if reader.dialect else None
        try:
            with tempfile.TemporaryDirectory() as folder:
                if dialect is not None:
                    path = write_dialect(graph, dialect, Path(folder) / f"{dialect.name}.nir")
                exact = dialect is None or dialect.exact
                own = self.reference if exact else own_reference(path, self.currents_TBI, dialect)
                recording = reader.run(path, self.currents_TBI)
        except InputError as error:
            return str(error)
        except Exception as error:  # other people's code fails in ways of its own, and the others are still to be run
            return f"{reader.name} failed: {type(error).__name__}: {' '.join(str(error).split())}"
        row = ReaderParity(reader.name, **asdict(compare(reader.name, recording, own)), version=reader.version)
        return self._with_dialect(self._with_performance(row, recording), recording, dialect)

    def _with_performance(self, row: ReaderParity, recording: Recording) -> ReaderParity:
        if self.perform is None:
            return row
        return replace(row, performance=self.perform(recording.readout_TBO[self.substeps - 1 :: self.substeps]))

    def _with_dialect(self, row: ReaderParity, recording: Recording, dialect: Dialect | None) -> ReaderParity:
        if dialect is None:
            return row
        steps = dialect.semantics
        row = replace(row, dialect=dialect.name, semantics=steps.name, semantics_in_words=steps.words)
        if dialect.exact:
            return row
        to_network: Comparison = compare_spikes(row.name, recording.spikes_TBN, self.reference)
        return replace(row, differing_bins_to_network=to_network.differing_bins, cosine_to_network=to_network.cosine)
