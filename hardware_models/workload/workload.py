"""A workload: the neurons of a network, its synapses, and the spike count of each neuron. It is what gets mapped."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from scipy import sparse

from neurogrow.arrays import FloatArray, IntArray
from neurogrow.errors import InputError

from .nir_file import Population, read_neurons
from .spike_counts import RATE, Spikes, at_one_rate, counted, read_spikes

_ASSUMPTIONS = (
    "Inputs reach neurons as currents: they cause no packets, axons or synaptic events.",
    "Neurons that do not spike (readouts) occupy a place on a core and send nothing.",
)


@dataclass(frozen=True, eq=False)
class Workload:
    """M neurons, the synapses between them, and their spike counts over one recording.

    Raises
    ------
    InputError
        If shapes do not agree, a count is negative, or a neuron spikes more often than ``most_per_tick`` allows.
    """

    source: str
    """Origin of the network, for messages and reports."""
    connectivity: sparse.csr_array
    """Number of synapses [post, pre], shape (M, M); stored entries are at least 1."""
    spikes_M: IntArray
    """Spikes of each neuron over the whole recording."""
    ticks: int
    """Ticks of the recording, summed over trials."""
    trials: int
    populations: tuple[Population, ...]
    positions_M2: FloatArray | None = None
    """Position of each neuron, in any unit; None if unknown."""
    input_synapses: int = 0
    delay_ticks: int = 1
    """Longest delay of a synapse."""
    assumptions: tuple[str, ...] = _ASSUMPTIONS
    most_per_tick: int = 1
    """Most spikes of a neuron in one tick."""

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
        bad = np.flatnonzero((self.spikes_M < 0) | (self.spikes_M > self.ticks * self.most_per_tick))
        if len(bad):
            raise InputError(
                f"{self.source}: {self.label(int(bad[0]))} has {self.spikes_M[bad[0]]} spikes in {self.ticks} ticks; "
                + ("a neuron spikes at most once per tick." if self.most_per_tick == 1 else "that is too many.")
            )

    @classmethod
    def from_nir(cls, path: str | Path, spikes: str | Path | Spikes | None = None, rate: float = RATE) -> "Workload":
        """Read a network from a NIR file, and its spikes from an .npz file or from memory.

        Parameters
        ----------
        path
            A NIR file whose neurons are joined by Affine, Linear, Scale, convolution, pooling and Flatten nodes.
        spikes
            Counts, rasters or rates by node name, see :func:`~hardware_models.workload.spike_counts.counted`.
        rate
            Assumed spikes per tick of every neuron if ``spikes`` is None. The report states the assumption.

        Raises
        ------
        InputError
            If a file cannot be read, or if the spikes do not belong to this network.
        """
        graph = read_neurons(Path(path))
        if spikes is None:
            counts = at_one_rate(graph, rate)
        elif isinstance(spikes, (str, Path)):
            counts = counted(graph, read_spikes(Path(spikes)), str(spikes))
        else:
            counts = counted(graph, spikes, "the spikes")
        return cls(
            source=str(path),
            connectivity=graph.connectivity,
            spikes_M=counts.spikes_M,
            ticks=counts.ticks,
            trials=counts.trials,
            populations=graph.populations,
            positions_M2=graph.positions_M2,
            input_synapses=graph.input_synapses,
            most_per_tick=counts.most_per_tick,
            assumptions=_ASSUMPTIONS if counts.assumption is None else (counts.assumption, *_ASSUMPTIONS),
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
        """Outgoing synapses of each neuron, shape (M,)."""
        return np.asarray(self.connectivity.sum(axis=0)).astype(np.int64)

    @cached_property
    def events_M(self) -> IntArray:
        """Synaptic events that reach each neuron over the recording, shape (M,)."""
        return np.asarray(self.connectivity @ self.spikes_M).astype(np.int64)

    def label(self, neuron: int) -> str:
        """Return a neuron's name by its node in the file, such as ``hidden[17]``."""
        for population in self.populations:
            if population.start <= neuron < population.stop:
                return f"{population.name}[{neuron - population.start}]"
        return f"neuron {neuron}"
