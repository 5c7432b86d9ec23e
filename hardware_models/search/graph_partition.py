"""Partitions of the graph of spikes: our own multilevel search, METIS, and Mt-KaHyPar.

All lower the spike-weighted connectivity (km1): sum_u s_u |D_u|, the packets between parts. METIS minimises the edge
cut instead, and both libraries balance one weight only to within a fraction. Single moves then refine their parts, at
exact changes of km1 and within the size of a part.
"""

import importlib
from typing import Any

import numpy as np
from scipy import sparse

from neurogrow.arrays import IntArray
from neurogrow.errors import InputError

from ..topology.mesh import Mesh
from ..workload.nets import nets_of
from ..workload.workload import Workload
from .capacity import Capacity
from .joint import Schedule, annealed, multilevel
from .objective import packets

SEARCH = Schedule(trees=2e6, trees_per_pin=20)
"""Budget of the search for parts."""


def multilevel_parts(workload: Workload, n_parts: int, size: int, seed: int) -> IntArray:
    """Search for parts level by level, with :func:`~.joint.multilevel` on cores at equal distances."""
    if n_parts == 1:
        return np.zeros(workload.n_neurons, np.int64)
    columns = next(n for n in range(int(n_parts**0.5), 0, -1) if n_parts % n == 0)
    equal = packets(Mesh(columns, n_parts // columns))
    return multilevel(nets_of(workload), equal, Capacity((size,)), SEARCH, seed).core_V


def metis_parts(workload: Workload, n_parts: int, size: int, seed: int) -> IntArray:
    """METIS's k-way partition of the graph of spikes (Karypis & Kumar 1998), then single moves that lower km1.

    Raises
    ------
    InputError
        If pymetis is not installed.
    """
    if n_parts == 1:
        return np.zeros(workload.n_neurons, np.int64)
    pymetis = _library("pymetis", "metis")
    flow = workload.connectivity.multiply((1.0 + workload.spikes_M)[None])  # a column is a neuron that spikes
    graph = sparse.csr_array(flow + flow.T)
    graph.setdiag(0)
    graph.eliminate_zeros()
    _, part = pymetis.part_graph(
        n_parts,
        pymetis.CSRAdjacency(graph.indptr.tolist(), graph.indices.tolist()),
        eweights=graph.data.astype(int).tolist(),
        options=pymetis.Options(seed=seed),
    )
    return _refined(workload, np.asarray(part, np.int64), n_parts, size, seed)


def kahypar_parts(workload: Workload, n_parts: int, size: int, seed: int) -> IntArray:
    """Mt-KaHyPar's partition of the hypergraph of spikes by km1 (Gottesbüren et al. 2024), then single moves.

    A neuron and its targets are one hyperedge. With the deterministic preset, on one thread: the same seed gives the
    same parts.

    Raises
    ------
    InputError
        If mtkahypar is not installed.
    """
    if n_parts == 1:
        return np.zeros(workload.n_neurons, np.int64)
    part_M = hypergraph_parts(workload, n_parts, n_parts * size / workload.n_neurons - 1, seed)
    return _refined(workload, part_M, n_parts, size, seed)


def hypergraph_parts(workload: Workload, n_parts: int, imbalance: float, seed: int) -> IntArray:
    """Return Mt-KaHyPar's parts without refinement, each at most ``1 + imbalance`` times as large as the mean.

    Raises
    ------
    InputError
        If mtkahypar is not installed.
    """
    mtkahypar = _library("mtkahypar", "mt-kahypar")
    n = workload.n_neurons
    joined = sparse.csc_array(workload.connectivity + sparse.eye_array(n, dtype=np.int64))
    pins = [row.tolist() for row in np.split(joined.indices, joined.indptr[1:-1])]
    sending = [neuron for neuron in range(n) if len(pins[neuron]) > 1]
    library = mtkahypar.initialize(1, print_warnings=False)
    mtkahypar.set_seed(seed)
    context = library.context_from_preset(mtkahypar.PresetType.DETERMINISTIC)
    context.set_partitioning_parameters(n_parts, imbalance, mtkahypar.Objective.KM1)
    context.logging = False
    hypergraph = library.create_hypergraph(
        context,
        n,
        len(sending),
        [pins[neuron] for neuron in sending],
        [1] * n,
        (1 + workload.spikes_M[sending]).tolist(),
    )
    return np.asarray(hypergraph.partition(context).get_partition(), np.int64)


def _library(name: str, method: str) -> Any:  # noqa: ANN401  (a module without types)
    """Return an optional library, or raise ``InputError`` that says how to install it."""
    try:
        return importlib.import_module(name)
    except ImportError:
        raise InputError(
            f"The '{method}' partition needs {name}: pip install 'neurogrow[mapping]', or choose 'multilevel'."
        ) from None


def _refined(workload: Workload, part_M: IntArray, n_parts: int, size: int, seed: int) -> IntArray:
    """Move neurons out of parts that are too large, then lower km1 by moves that never raise it."""
    steps = 20 * workload.n_neurons
    rng, equal = np.random.default_rng(seed), packets(Mesh(n_parts, 1))
    return annealed(nets_of(workload), equal, Capacity((size,)), part_M, steps, 0.0, 0.0, rng).core_V
