"""The destination cores of every neuron, from which packets, hops and axons are counted."""

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from neurogrow.arrays import IntArray

from .workload import Workload


@dataclass(frozen=True, eq=False)
class Destinations:
    """The distinct pairs of a neuron and a core with at least one of its targets, sorted by neuron, then by core."""

    neuron_P: IntArray
    core_P: IntArray
    home_P: IntArray
    """Core of the pair's neuron."""
    spikes_P: IntArray
    """Spikes of the pair's neuron."""

    def remote(self) -> "Destinations":
        """Return the pairs whose core is not the neuron's own."""
        far_P = self.core_P != self.home_P
        return Destinations(self.neuron_P[far_P], self.core_P[far_P], self.home_P[far_P], self.spikes_P[far_P])


def destinations(workload: Workload, core_M: IntArray, n_cores: int) -> Destinations:
    """Return the destination cores of every neuron; its own core is one if it holds some of its targets.

    Parameters
    ----------
    workload
        The network and its spikes.
    core_M
        Core (or part) of every neuron, in ``range(n_cores)``.
    n_cores
        Number of cores (or parts).
    """
    synapses = workload.connectivity.tocoo()
    post_S, pre_S = synapses.coords
    neuron_P, core_P = np.divmod(np.unique(pre_S.astype(np.int64) * n_cores + core_M[post_S]), n_cores)
    return Destinations(neuron_P, core_P, core_M[neuron_P], workload.spikes_M[neuron_P])


def flow_between(workload: Workload, core_M: IntArray, n_cores: int) -> sparse.csr_array:
    """Return the packets between every two cores (or parts), both directions added, symmetric, shape (C, C).

    The diagonal is empty, because packets within a core cross no link. Free cores have empty rows.
    """
    far = destinations(workload, core_M, n_cores).remote()
    ends = (np.r_[far.core_P, far.home_P], np.r_[far.home_P, far.core_P])
    return sparse.csr_array(
        sparse.coo_array((np.r_[far.spikes_P, far.spikes_P].astype(float), ends), (n_cores, n_cores))
    )
