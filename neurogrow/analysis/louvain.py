r"""Newman's modularity of a weighted graph, and the Louvain method, which finds communities of high modularity.

A graph is given as a symmetric matrix of strengths S, with degrees :math:`k_i = \sum_j S_{ij}` and
:math:`2m = \sum_i k_i`. Modularity is

.. math:: Q = \frac{1}{2m} \sum_{ij} \Big( S_{ij} - \frac{k_i k_j}{2m} \Big)\, \delta(c_i, c_j)

the fraction of strength inside communities, minus its expectation for random wiring with the same degrees [1]_.

References
----------
.. [1] M. E. J. Newman, "Modularity and community structure in networks", PNAS 103, 8577-8582 (2006),
   doi:10.1073/pnas.0601602103.
.. [2] V. D. Blondel, J.-L. Guillaume, R. Lambiotte, E. Lefebvre, "Fast unfolding of communities in large networks",
   J. Stat. Mech. P10008 (2008), doi:10.1088/1742-5468/2008/10/P10008.
"""

import numba
import numpy as np

from ..arrays import FloatArray, IntArray
from ..errors import InputError

_AT_ONCE = 64
"""Partitions measured in one matrix product; the number bounds its memory."""


def newman_modularity(strength_MM: FloatArray, community_SM: IntArray) -> FloatArray:
    """Return Newman's modularity Q of one partition of the graph into communities, or of many.

    Parameters
    ----------
    strength_MM
        Strengths, symmetric and not negative, at least one above zero, shape (M, M).
    community_SM
        Community of each neuron, from 0, shape (..., M).

    Returns
    -------
    FloatArray
        Shape (...), in [-1/2, 1).

    Raises
    ------
    InputError
        If the graph has no connection.
    """
    degree_M = strength_MM.sum(axis=1)
    total = _total(degree_M)
    flat_SM = community_SM.reshape(-1, len(degree_M))
    numbers_C = np.arange(int(flat_SM.max()) + 1)
    q_S = np.empty(len(flat_SM))
    for start in range(0, len(flat_SM), _AT_ONCE):
        chunk = slice(start, start + _AT_ONCE)
        member_SMC = (flat_SM[chunk, :, None] == numbers_C).astype(np.float64)
        inside_S = ((strength_MM @ member_SMC) * member_SMC).sum(axis=(1, 2)) / total
        q_S[chunk] = inside_S - np.square(degree_M @ member_SMC / total).sum(axis=1)
    return q_S.reshape(community_SM.shape[:-1])


def louvain(strength_MM: FloatArray) -> IntArray:
    """Partition a graph into communities of high modularity by the Louvain method ([2]_ of the module's docstring).

    1. Start with one community per neuron. Visit the neurons in turn, and move each to the community that increases Q
       most. Repeat until no move increases Q.
    2. Merge every community into one node, and sum the strengths between communities. Go back to step 1 with the
       smaller graph, until nothing merges.

    Neurons are visited in order of falling degree. So the result depends on the graph only, not on a seed or on the
    numbering of neurons.

    Parameters
    ----------
    strength_MM
        Strengths, symmetric and not negative, at least one above zero.

    Returns
    -------
    IntArray
        Community of each neuron, numbered from 0 by falling size. A neuron without connections forms its own community.

    Raises
    ------
    InputError
        If the graph has no connection.
    """
    graph_MM = strength_MM / _total(strength_MM.sum(axis=1))
    community_M = np.arange(len(graph_MM))
    while True:
        order_M = np.argsort(-graph_MM.sum(axis=1), kind="stable")
        merged, merged_M = np.unique(_move_neurons(graph_MM, order_M), return_inverse=True)
        community_M = merged_M[community_M]
        if len(merged) == len(graph_MM):
            return _number_by_size(community_M)
        member_MC = (merged_M[:, None] == np.arange(len(merged))).astype(np.float64)
        graph_MM = member_MC.T @ graph_MM @ member_MC


def _total(degree_M: FloatArray) -> float:
    total = float(degree_M.sum())
    if not total > 0:
        raise InputError("A graph without connections has no modularity.")
    return total


def _number_by_size(community_M: IntArray) -> IntArray:
    """Number communities by falling size; communities of equal size by their first neuron."""
    _, first = np.unique(community_M, return_index=True)
    return np.argsort(np.lexsort((first, -np.bincount(community_M))))[community_M]


@numba.njit(cache=True)
def _move_neurons(graph_MM: FloatArray, order_M: IntArray) -> IntArray:
    """Return the community of each neuron after step 1. The strengths of the graph sum to 1."""
    n = len(graph_MM)
    degree_M = graph_MM.sum(axis=1)
    community_M = np.arange(n)
    volume_M = degree_M.copy()  # sum of degrees in each community
    into_MM = graph_MM.copy()  # [community, neuron]: summed strength between them
    moves = True
    while moves:
        moves = False
        candidates = np.unique(community_M)
        for neuron in order_M:
            own = best = community_M[neuron]
            degree = degree_M[neuron]
            # Gain of staying; the neuron's own degree and its strength to itself do not count.
            most = into_MM[own, neuron] - graph_MM[neuron, neuron] - degree * (volume_M[own] - degree) + 1e-12
            for community in candidates:
                gain = into_MM[community, neuron] - degree * volume_M[community]
                if gain > most and community != own:
                    best, most = community, gain
            if best != own:
                moves = True
                community_M[neuron] = best
                volume_M[own] -= degree
                volume_M[best] += degree
                into_MM[own] -= graph_MM[neuron]
                into_MM[best] += graph_MM[neuron]
    return community_M
