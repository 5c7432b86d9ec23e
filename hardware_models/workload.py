"""A network at work: its neurons, its synapses, and how often each neuron spiked. What every mapping starts from."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from scipy import sparse

from neurogrow.arrays import FloatArray, IntArray
from neurogrow.errors import InputError, nearest

from .nir_file import NeuronGraph, Population, read_neurons

Counts: TypeAlias = Mapping[str, Any]
"""Spikes of each neuron by node name, and the scalars ``ticks`` and ``trials``."""

_ASSUMPTIONS = (
    "Inputs reach neurons as currents: they take no packets, axons or synaptic events.",
    "Neurons that do not spike (read-outs) take a place on a core and send nothing.",
)


@dataclass(frozen=True, eq=False)
class Workload:
    """M neurons, the synapses between them, and their spikes over one recording.

    Raises
    ------
    InputError
        If shapes do not agree, a count is negative, or a neuron spikes more than once per tick.
    """

    source: str
    """Where it comes from, for messages and reports."""
    connectivity: sparse.csr_array
    """Number of synapses [post, pre], shape (M, M); what is stored is at least one."""
    spikes_M: IntArray
    """Spikes of each neuron over the whole recording."""
    ticks: int
    """Ticks of the recording, all trials together."""
    trials: int
    populations: tuple[Population, ...]
    positions_M2: FloatArray | None = None
    """Where each neuron sits, in any unit; None where nobody said."""
    input_synapses: int = 0
    delay_ticks: int = 1
    """Longest delay of a synapse."""
    assumptions: tuple[str, ...] = _ASSUMPTIONS

    def __post_init__(self) -> None:
        n = self.n_neurons
        if not n:
            raise InputError(f"{self.source} holds no neurons: there is nothing to map.")
        if self.connectivity.shape != (n, n):
            raise InputError(f"{self.source}: {n} spike counts, but the connectivity is {self.connectivity.shape}.")
        if self.positions_M2 is not None and self.positions_M2.shape != (n, 2):
            raise InputError(f"{self.source}: positions of shape {self.positions_M2.shape} for {n} neurons.")
        if self.ticks < 1 or self.trials < 1:
            raise InputError(f"{self.source}: ticks ({self.ticks}) and trials ({self.trials}) must be at least 1.")
        bad = np.flatnonzero((self.spikes_M < 0) | (self.spikes_M > self.ticks))
        if len(bad):
            raise InputError(
                f"{self.source}: {self.label(int(bad[0]))} has {self.spikes_M[bad[0]]} spikes in {self.ticks} ticks; "
                "a neuron spikes at most once per tick."
            )

    @classmethod
    def from_nir(cls, path: str | Path, spikes: str | Path | Counts) -> "Workload":
        """Read a network from a NIR file, and its spikes from an .npz file or from memory.

        Parameters
        ----------
        path
            Any NIR file whose neurons are joined by Affine, Linear, Scale, convolution, pooling and Flatten nodes.
        spikes
            One integer vector per spiking node, by the node's name, and the scalars ``ticks`` and ``trials``.

        Raises
        ------
        InputError
            If a file is not what it should be, or the spikes are not those of this network.
        """
        graph = read_neurons(Path(path))
        counts = read_spikes(Path(spikes)) if isinstance(spikes, (str, Path)) else dict(spikes)
        source = str(spikes) if isinstance(spikes, (str, Path)) else "the spike counts"
        return cls(
            source=str(path),
            connectivity=graph.connectivity,
            spikes_M=_spikes(graph, counts, source),
            ticks=_scalar(counts, "ticks", source),
            trials=_scalar(counts, "trials", source),
            populations=graph.populations,
            positions_M2=graph.positions_M2,
            input_synapses=graph.input_synapses,
        )

    @property
    def n_neurons(self) -> int:
        """Number of neurons over all populations, M."""
        return len(self.spikes_M)

    @property
    def n_synapses(self) -> int:
        """Number of synapses between neurons."""
        return int(self.connectivity.sum())

    @cached_property
    def fan_out_M(self) -> IntArray:
        """Synapses that each neuron sends to, shape (M,)."""
        return np.asarray(self.connectivity.sum(axis=0)).astype(np.int64)

    @cached_property
    def events_M(self) -> IntArray:
        """Synaptic events that reach each neuron over the recording, shape (M,)."""
        return np.asarray(self.connectivity @ self.spikes_M).astype(np.int64)

    def label(self, neuron: int) -> str:
        """Name a neuron the way the file does, e.g. ``hidden[17]``."""
        for population in self.populations:
            if population.start <= neuron < population.stop:
                return f"{population.name}[{neuron - population.start}]"
        return f"neuron {neuron}"


def read_spikes(path: Path) -> dict[str, Any]:
    """Read every array of an .npz file; pickled objects are refused.

    Raises
    ------
    InputError
        If the file is missing or is not an .npz of plain arrays.
    """
    if not path.is_file():
        raise InputError(f"{path} does not exist.")
    try:
        loaded = np.load(path, allow_pickle=False)
        if not isinstance(loaded, np.lib.npyio.NpzFile):
            raise InputError(f"{path} holds one array; spikes come as an .npz with one vector per spiking node.")
        with loaded:
            return {name: loaded[name] for name in loaded.files}
    except InputError:
        raise
    except Exception as error:  # (zip, zlib and npy errors share no base class; numpy's words advise to unpickle)
        raise InputError(
            f"{path} cannot be read as an .npz of plain arrays ({type(error).__name__}); write it with numpy.savez."
        ) from None


def _scalar(counts: Counts, name: str, source: str) -> int:
    value = np.asarray(counts.get(name, np.empty(0)))
    if value.size != 1 or not np.issubdtype(value.dtype, np.integer):
        raise InputError(f"{source}: '{name}' must be one whole number.")
    return int(value.item())


def _spikes(graph: NeuronGraph, counts: Counts, source: str) -> IntArray:
    """Spikes of all neurons; silent populations may be left out."""
    names = [population.name for population in graph.populations]
    strange = sorted(set(counts) - {*names, "ticks", "trials"})
    if strange:
        raise InputError(f"{source}: the network has no neurons named '{strange[0]}'.{nearest(strange[0], names)}")
    spikes_M = np.zeros(graph.populations[-1].stop, dtype=np.int64)
    for population in graph.populations:
        if population.name not in counts:
            if population.spiking:
                raise InputError(f"{source}: the spikes of '{population.name}' are missing.")
            continue
        given = np.asarray(counts[population.name])
        if given.shape != (population.size,) or not np.issubdtype(given.dtype, np.integer):
            raise InputError(
                f"{source}: '{population.name}' must be {population.size} whole numbers, one per neuron, "
                f"not {given.dtype} of shape {given.shape}."
            )
        if not population.spiking and given.any():
            raise InputError(f"{source}: '{population.name}' is {population.kind}, which never spikes.")
        spikes_M[population.start : population.stop] = given
    return spikes_M
