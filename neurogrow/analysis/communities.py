"""Communities of the wiring, and their agreement with the functional modules.

The nodes of the graph are the important neurons; its strengths are (|w_ij| + |w_ji|) / 2 (:mod:`.pairs`). Modules come
from task variance only, communities from the weights only. Neither uses the places of neurons.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from scipy.spatial.distance import squareform

from ..arrays import FloatArray, IntArray
from ..progress import counted
from .louvain import louvain, newman_modularity
from .mutual_information import adjusted_mutual_information
from .nulls import (
    NullComparison,
    compare_with_null,
    distance_bins,
    null_comparison,
    scaled_to_degrees,
    shuffle_within_bins,
)
from .pairs import NeuronPairs

_NULLS = ("q", "module_q", "module_q_spatial", "agreement", "agreement_spatial")


@dataclass(frozen=True, eq=False)
class Communities:
    """Louvain communities of the wiring, compared with the functional modules on the same graph.

    Larger Q and larger adjusted mutual information (AMI) mean a more modular network. Louvain communities of *any*
    graph have Q > 0, because the method maximises Q. Therefore compare Q with the spatial null, in which the same
    method finds the communities.
    """

    community_N: IntArray
    """Community of each neuron, 0 for the largest; -1 where it is not important."""
    count: int
    """Number of communities of two neurons or more."""
    q: NullComparison
    """Q of the communities, compared with weights shuffled at equal distance. Each neuron keeps its summed weight."""
    module_q: NullComparison
    """Q of the functional modules, compared with shuffled modules."""
    module_q_spatial: NullComparison
    """Q of the functional modules, compared with weights shuffled at equal distance."""
    agreement: NullComparison
    """AMI of communities and modules, compared with shuffled modules."""
    agreement_spatial: NullComparison
    """AMI of communities and modules, compared with the communities of weights shuffled at equal distance."""

    @classmethod
    def from_json(cls, part: Mapping[str, Any]) -> "Communities":
        """Rebuild the communities from the output of :func:`neurogrow.io.files.plain`.

        Raises ``KeyError``, ``TypeError`` or ``ValueError`` for other input.
        """
        return cls(
            community_N=np.array(part["community_N"], dtype=int),
            count=int(part["count"]),
            **{name: NullComparison.from_json(part[name]) for name in _NULLS},
        )


def communities(pairs: NeuronPairs, module_N: IntArray, n_shuffles: int = 1000, seed: int = 0) -> Communities | None:
    """Find the communities of the wiring and compare them with the functional modules.

    Parameters
    ----------
    pairs
        Pairs of important neurons.
    module_N
        Functional module of each neuron; -1 where it is not important.
    n_shuffles, seed
        Number and seed of the shuffles of both nulls.

    Returns
    -------
    Communities or None
        None if no two important neurons are connected, because Q is then undefined.

    Raises
    ------
    InputError
        If ``n_shuffles`` is below 2.
    """
    if not pairs.strength_P.any():
        return None
    member_N = module_N >= 0
    module_M = module_N[member_N]
    strength_MM = squareform(pairs.strength_P)
    community_M = louvain(strength_MM)
    community_N = np.full(len(module_N), -1)
    community_N[member_N] = community_M
    measure_q = partial(newman_modularity, strength_MM)
    measure_ami = partial(adjusted_mutual_information, community_M)
    module_q = compare_with_null(measure_q, module_M, n_shuffles, seed, larger=True)
    agreement = compare_with_null(measure_ami, module_M, n_shuffles, seed, larger=True)
    q_S, module_q_S, agreement_S = _spatial(pairs, module_M, n_shuffles, seed)
    return Communities(
        community_N=community_N,
        count=int((np.bincount(community_M) > 1).sum()),
        q=null_comparison(float(measure_q(community_M)), q_S, larger=True),
        module_q=module_q,
        module_q_spatial=null_comparison(module_q.value, module_q_S, larger=True),
        agreement=agreement,
        agreement_spatial=null_comparison(agreement.value, agreement_S, larger=True),
    )


def _spatial(
    pairs: NeuronPairs, module_M: IntArray, n_shuffles: int, seed: int
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return Q of communities, Q of modules and their AMI for S shuffles of weights at equal distance, each (S,)."""
    q_S, module_q_S = np.empty(n_shuffles), np.empty(n_shuffles)
    community_SM = np.empty((n_shuffles, len(module_M)), dtype=np.int64)
    degree_M = squareform(pairs.strength_P).sum(axis=1)
    orders = shuffle_within_bins(distance_bins(pairs.distance_P), n_shuffles, seed)
    for shuffle, order_P in zip(counted(range(n_shuffles), "shuffles of the wiring"), orders, strict=True):
        strength_MM = scaled_to_degrees(squareform(pairs.strength_P[order_P]), degree_M)
        community_SM[shuffle] = louvain(strength_MM)
        q_S[shuffle], module_q_S[shuffle] = newman_modularity(strength_MM, np.stack([community_SM[shuffle], module_M]))
    return q_S, module_q_S, adjusted_mutual_information(module_M, community_SM)
