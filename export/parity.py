"""Parity: every installed reader runs the written file, and its spikes are compared bin by bin with a reference."""

import tempfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, TypeAlias

import nir
import numpy as np

from neurogrow.arrays import AnyArray, FloatArray
from neurogrow.errors import InputError
from neurogrow.io.files import write_json
from neurogrow.io.nir import flatten
from neurogrow.progress import counted
from neurogrow.response import Response

from .comparison import SpikeDifference, compare_responses, compare_spikes, largest
from .nir.dialects import Dialect, write_dialect
from .nir.graph import check_form, read_graph
from .nir.hidden import hidden_nodes, in_order
from .nir.reference import simulate
from .nir.semantics import NIR_EULER
from .onnx.parity import OnnxParity, measure_onnx
from .readers import READERS, ROUNDING, Reader, dialect_of, find_readers, missing_of, version_of
from .readers.readout import integrated

__all__ = ["NirParity", "OnnxParity", "ReaderParity", "measure_nir", "measure_onnx", "own_reference", "write_parity"]

TRAINING_MODEL = "training model"
ROUNDING_READERS = tuple(ROUNDING)
"""The names of the readers that compute in less precision than the file holds."""

Perform: TypeAlias = Callable[[FloatArray], float]
"""From logits (T, B, O), one row per task step, to the mean performance on the tasks."""


@dataclass(frozen=True)
class ReaderParity:
    """One reader of the file, compared with the reference simulation by the reader's semantics."""

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
    """Version of the tool."""
    dialect: str | None = None
    """Dialect of its file; None for the canonical form."""
    semantics: str = NIR_EULER.name
    """Semantics by which the reader steps the file; its reference was simulated with the same."""
    semantics_in_words: str = NIR_EULER.words
    differing_bins_to_network: int | None = None
    """Bins in which the reader's spikes differ from the network's own, where its semantics are others."""
    cosine_to_network: float | None = None
    performance: float | None = None
    """Mean performance on the tasks in this reader; None if it was not measured."""


@dataclass(frozen=True)
class NirParity:
    """How readers of a NIR file compare with the reference simulation of it."""

    ticks: int
    lanes: int
    neurons: int
    bins: int
    """ticks * lanes * neurons."""
    spikes: int
    """Number of spikes of the reference: parity without spikes would mean nothing."""
    max_output: float
    """Largest magnitude of the reference's readout, the scale of its differences."""
    readers: tuple[ReaderParity, ...]
    not_run: Mapping[str, str] = field(default_factory=dict)
    """Readers that were not run, by name, with the reason."""

    def to_json(self) -> dict[str, Any]:
        """Return the fields as plain values."""
        return asdict(self) | {"readers": [asdict(reader) for reader in self.readers]}


def measure_nir(
    path: str | Path,
    inputs_TBI: FloatArray,
    expected_spikes_TBN: AnyArray | None = None,
    *,
    readers: Mapping[str, Reader] | Iterable[str | Reader] | None = None,
    perform: Perform | None = None,
    modular: str | Path | None = None,
) -> NirParity:
    """Run a NIR file of the canonical form in every reader and compare with the reference simulation of it.

    A reader with a dialect gets a file in that dialect, which is written from the file at ``path``. A reader with other
    semantics is compared with the reference simulation of *its* file by *its* semantics. Its difference from the
    network's own spikes is reported as well.

    Parameters
    ----------
    path
        The file. Nothing else of the network is used.
    inputs_TBI
        One row per task step, as the trained model takes them; each is repeated for the file's ``substeps`` ticks.
    expected_spikes_TBN
        Spikes of the trained model on the same inputs, one row per tick, computed in float64. They become one more row.
    readers
        Readers by name, or a sequence of names and readers; by default all that are registered or installed.
    perform
        Function that measures the task performance of a reader from its logits.
    modular
        The same network as a file with one population per module. The exact readers are measured on it too.

    Raises
    ------
    InputError
        If the file is not of the canonical form, or shapes do not agree.
    """
    path = Path(path)
    graph = read_graph(path)
    try:
        check_form(graph)
        substeps = int(graph.metadata.get("substeps", 1))
    except (TypeError, ValueError) as error:
        raise InputError(f"{path} cannot be measured: {error}") from None
    bench = _Bench(np.repeat(np.asarray(inputs_TBI, dtype=np.float64), substeps, axis=0), substeps, perform, graph)
    rows: list[ReaderParity] = []
    not_run: dict[str, str] = {}
    chosen = find_readers(READERS if readers is None else readers)
    for name, reader in counted(chosen.items(), "readers"):
        row = bench.measure(name, reader, path, graph)
        if isinstance(row, str):
            not_run[name] = row
            continue
        rows.append(row)
        if modular is not None and bench.takes_modules(name, reader):
            of_modules = bench.measure(name, reader, Path(modular), read_graph(modular))
            if isinstance(of_modules, str):
                not_run[f"{name}, modular"] = of_modules
            else:
                rows.append(replace(of_modules, name=f"{name}, modular"))
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


def own_reference(path: str | Path, currents_TBI: FloatArray, dialect: Dialect | None = None) -> Response:
    """Return the response of a file by the semantics of its dialect's reader, in our simulator, from rest."""
    graph = flatten(read_graph(path))
    hidden, semantics = list(hidden_nodes(graph)), NIR_EULER if dialect is None else dialect.semantics
    given = simulate(graph, currents_TBI, record=[*hidden, "output"], semantics=semantics)
    readout_TBO = integrated(given["output"], graph) if "readout_beta" in graph.metadata else given["output"]
    return Response(in_order(graph, given), readout_TBO)


def write_parity(path: Path, *, nir: NirParity | None = None, onnx: OnnxParity | None = None) -> Path:
    """Write ``{"nir": ..., "onnx": ...}`` to ``path`` (parity.json), null where a format was not exported."""
    return write_json(path, {"nir": nir and nir.to_json(), "onnx": onnx and onnx.to_json()})


class _Bench:
    """Inputs, and the response of the canonical file to them, with which readers are compared one after the other."""

    def __init__(self, currents_TBI: FloatArray, substeps: int, perform: Perform | None, graph: nir.NIRGraph) -> None:
        self.currents_TBI, self.substeps, self.perform = currents_TBI, substeps, perform
        given = simulate(graph, currents_TBI, record=("hidden", "output"))
        self.reference = Response(given["hidden"], given["output"])

    def takes_modules(self, name: str, reader: Reader) -> bool:
        """Whether a reader runs files of several populations and gives the network's own spikes."""
        dialect = dialect_of(reader)
        return name not in ROUNDING and dialect is not None and dialect.exact

    def measure(self, name: str, reader: Reader, path: Path, graph: nir.NIRGraph) -> ReaderParity | str:
        """Return the comparison with the reader, or the reason why it was not run."""
        if missing := missing_of(reader):
            return f"{', '.join(missing)} not installed: pip install 'neurogrow[readers]'"
        try:
            dialect = dialect_of(reader)
            with tempfile.TemporaryDirectory() as folder:
                if dialect is not None:
                    path = write_dialect(graph, dialect, Path(folder) / f"{dialect.name}.nir")
                exact = dialect is None or dialect.exact
                own = self.reference if exact else own_reference(path, self.currents_TBI, dialect)
                response = reader.run(path, self.currents_TBI)
        except InputError as error:
            return str(error)
        except Exception as error:  # a foreign tool may raise anything, and the other readers are still to run
            return f"{name} failed: {type(error).__name__}: {' '.join(str(error).split())}"
        row = ReaderParity(name, **asdict(compare_responses(name, response, own)), version=version_of(reader))
        return self._with_dialect(self._with_performance(row, response), response, dialect)

    def _with_performance(self, row: ReaderParity, response: Response) -> ReaderParity:
        if self.perform is None:
            return row
        return replace(row, performance=self.perform(response.readout_TBO[self.substeps - 1 :: self.substeps]))

    def _with_dialect(self, row: ReaderParity, response: Response, dialect: Dialect | None) -> ReaderParity:
        if dialect is None:
            return row
        steps = dialect.semantics
        row = replace(row, dialect=dialect.name, semantics=steps.name, semantics_in_words=steps.words)
        if dialect.exact:
            return row
        to_network: SpikeDifference = compare_spikes(row.name, response.spikes_TBN, self.reference)
        return replace(row, differing_bins_to_network=to_network.differing_bins, cosine_to_network=to_network.cosine)
