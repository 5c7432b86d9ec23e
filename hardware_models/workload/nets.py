"""A network as a hypergraph: one net for every neuron that sends, with the nodes that its spikes must reach.

A mapper moves nodes. A node is a single neuron or, after :meth:`Nets.contracted`, a cluster of neurons. A cluster is
the source of the nets of all its neurons. Clusters and whole cores therefore move by the same code as single neurons,
and at the same exact costs.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import sparse

from neurogrow.arrays import AnyArray, FloatArray, IntArray

from .workload import Workload


@dataclass(frozen=True, eq=False)
class Nets:
    """E nets over V nodes."""

    source_E: IntArray
    """Source node of each net."""
    spikes_E: FloatArray
    """Spikes of each net."""
    start_E1: IntArray
    """Index in ``pin_P`` of the first pin of each net; the number of pins is last. Shape (E + 1,)."""
    pin_P: IntArray
    """Nodes that hold targets of a net, each once per net. The source is one of them if it holds targets."""
    need_VR: IntArray
    """How much of each resource of a core each node needs; the first resource is the number of neurons."""

    @property
    def n_nodes(self) -> int:
        """Number of nodes, V."""
        return len(self.need_VR)

    @property
    def n_nets(self) -> int:
        """Number of nets, E."""
        return len(self.source_E)

    @cached_property
    def net_P(self) -> IntArray:
        """Net of every pin, shape (P,)."""
        return np.repeat(np.arange(self.n_nets), np.diff(self.start_E1))

    @cached_property
    def inner_E(self) -> AnyArray:
        """Whether a net's source is one of its pins, shape (E,)."""
        inner = np.zeros(self.n_nets, dtype=np.bool_)
        inner[self.net_P[self.pin_P == self.source_E[self.net_P]]] = True
        return inner

    def entering(self) -> tuple[IntArray, IntArray]:
        """Return the nets with a pin on each node, except its own nets: first indices (V + 1,), and nets."""
        foreign_P = self.pin_P != self.source_E[self.net_P]
        return _by_node(self.pin_P[foreign_P], self.net_P[foreign_P], self.n_nodes)

    def leaving(self) -> tuple[IntArray, IntArray]:
        """Return the nets of which each node is the source: first indices (V + 1,), and nets."""
        return _by_node(self.source_E, np.arange(self.n_nets), self.n_nodes)

    def contracted(self, cluster_V: IntArray, n_clusters: int, keep_inner: bool = False) -> "Nets":
        """Return the nets between clusters of nodes.

        Nets within one cluster are left out, and nets with the same source and the same set of pins are joined. Neither
        changes a cost. Sets of pins are compared by a sum of random 64-bit numbers.

        Parameters
        ----------
        cluster_V
            Cluster of every node, in ``range(n_clusters)``, shape (V,).
        keep_inner
            Keep every net. Limits of axons count nets, so they need all of them.
        """
        key_P = np.unique(self.net_P * n_clusters + cluster_V[self.pin_P])
        net_P, pin_P = np.divmod(key_P, n_clusters)
        source_E, spikes_E = cluster_V[self.source_E], self.spikes_E
        if not keep_inner:
            crosses_E = np.zeros(self.n_nets, dtype=np.bool_)
            crosses_E[net_P[pin_P != source_E[net_P]]] = True
            name_C = np.random.default_rng(0).integers(0, 2**63, n_clusters, dtype=np.uint64)
            name_E = np.zeros(self.n_nets, dtype=np.uint64)
            np.add.at(name_E, net_P, name_C[pin_P])
            name_E += name_C[source_E] * np.uint64(0x9E3779B97F4A7C15)
            crossing = np.flatnonzero(crosses_E)
            _, first, joined = np.unique(name_E[crossing], return_index=True, return_inverse=True)
            new_E, order = np.full(self.n_nets, -1), crossing[first]
            new_E[order] = np.arange(len(order))
            spikes_E = np.bincount(joined, weights=spikes_E[crossing], minlength=len(order)).astype(np.float64)
            source_E, net_P = source_E[order], new_E[net_P]
            net_P, pin_P = net_P[net_P >= 0], pin_P[net_P >= 0]
            by_net = np.argsort(net_P, kind="stable")
            net_P, pin_P = net_P[by_net], pin_P[by_net]
        start_E1 = np.r_[0, np.cumsum(np.bincount(net_P, minlength=len(source_E)))]
        needs = [np.bincount(cluster_V, weights=need_V, minlength=n_clusters) for need_V in self.need_VR.T]
        return Nets(source_E, spikes_E, start_E1, pin_P, np.stack(needs, axis=1).astype(np.int64))


def nets_of(workload: Workload, keep_silent: bool = False, need_MR: IntArray | None = None) -> Nets:
    """Return the nets of a network, one for every neuron that spikes and has targets.

    Parameters
    ----------
    keep_silent
        Keep the nets of neurons without spikes. Limits of axons count nets, so they need all of them.
    need_MR
        How much of each resource of a core each neuron needs. The first resource is the number of neurons, 1 each. By
        default it is the only one.
    """
    need = np.ones((workload.n_neurons, 1), np.int64) if need_MR is None else need_MR
    by_pre = sparse.csc_array(workload.connectivity)
    sends_M = np.diff(by_pre.indptr) > 0
    if not keep_silent:
        sends_M &= workload.spikes_M > 0
    source = np.flatnonzero(sends_M)
    degree = np.diff(by_pre.indptr)[source]
    pins = by_pre.indices[np.repeat(sends_M, np.diff(by_pre.indptr))].astype(np.int64)
    start = np.r_[0, np.cumsum(degree)].astype(np.int64)
    return Nets(source, workload.spikes_M[source].astype(float), start, pins, need)


def _by_node(node_K: IntArray, net_K: IntArray, n_nodes: int) -> tuple[IntArray, IntArray]:
    order = np.argsort(node_K, kind="stable")
    return np.r_[0, np.cumsum(np.bincount(node_K, minlength=n_nodes))], net_K[order]
