"""What a mapper needs of a NIR file: neuron populations, the synapses between them, and where neurons sit.

NIR (Pedersen et al. 2024, Nature Communications 15) joins nodes by edges; a population drives another through a chain
of linear nodes. Each such chain is multiplied out, and what is not zero in the product is a synapse.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import nir
import numpy as np
from scipy import sparse

from neurogrow.arrays import AnyArray, FloatArray, IntArray
from neurogrow.errors import InputError

SPIKING = (nir.LIF, nir.CubaLIF, nir.IF)
SILENT = (nir.LI, nir.CubaLI)
"""Neurons that never spike: read-outs."""

_Sources: TypeAlias = dict[str, sparse.csr_array]
"""Weights [post, pre] from each population or input that reaches a node, by name."""


@dataclass(frozen=True)
class Population:
    """The neurons of one node of the file: neurons ``start`` to ``stop - 1`` of the workload."""

    name: str
    kind: str
    """NIR's type of the node, e.g. ``LIF``."""
    start: int
    stop: int
    spiking: bool

    @property
    def size(self) -> int:
        """Number of neurons."""
        return self.stop - self.start


@dataclass(frozen=True, eq=False)
class NeuronGraph:
    """The populations of a file, their synapses and positions."""

    populations: tuple[Population, ...]
    connectivity: sparse.csr_array
    """Synapses from each neuron to each neuron, [post, pre], counted: parallel chains give more than one."""
    input_synapses: int
    """Synapses from the graph's inputs."""
    positions_M2: FloatArray | None


def read_neurons(path: Path) -> NeuronGraph:
    """Read the neurons and synapses of a NIR file.

    Raises
    ------
    InputError
        If the file is not NIR, or holds a node that is neither a neuron population nor a linear map between vectors.
    """
    graph = _read(path)
    for name, node in graph.nodes.items():
        if not isinstance(node, (*SPIKING, *SILENT, *_LINEAR, nir.Input, nir.Output)):
            raise InputError(
                f"{path}: node '{name}' is of type {type(node).__name__}, which cannot be written as synapses between "
                f"neurons. Known types: {', '.join(k.__name__ for k in (*SPIKING, *SILENT, *_LINEAR))}."
            )
    populations = _populations(graph)
    if not populations:
        raise InputError(f"{path} holds no neurons (LIF, CubaLIF, IF, LI or CubaLI nodes): there is nothing to map.")
    try:
        connectivity, input_synapses = _synapses(graph, populations)
    except ValueError as error:
        raise InputError(f"{path}: {error}") from None
    except RecursionError:
        raise InputError(f"{path}: a chain of linear nodes is too long; multiply some of them together.") from None
    return NeuronGraph(
        populations, connectivity, input_synapses, _positions(graph, populations, connectivity, str(path))
    )


def _read(path: Path) -> nir.NIRGraph:
    if not path.is_file():
        raise InputError(f"{path} does not exist.")
    try:
        graph = nir.read(path)
    except Exception as error:  # (nir and h5py raise whatever the damage leads to)
        raise InputError(f"{path} cannot be read as NIR: {error or type(error).__name__}") from None
    if not isinstance(graph, nir.NIRGraph):
        raise InputError(f"{path} holds a single {type(graph).__name__} node, not a NIR graph.")
    return graph


def _populations(graph: nir.NIRGraph) -> tuple[Population, ...]:
    populations: list[Population] = []
    for name, node in sorted(graph.nodes.items()):
        if isinstance(node, (*SPIKING, *SILENT)):
            start = populations[-1].stop if populations else 0
            size = int(np.prod(node.input_type["input"]))
            populations.append(Population(name, type(node).__name__, start, start + size, isinstance(node, SPIKING)))
    return tuple(populations)


def _matrix(node: Any) -> sparse.csr_array:  # noqa: ANN401
    weight = np.asarray(node.weight)
    if weight.ndim != 2:
        raise ValueError(f"a {type(node).__name__} node has a weight of shape {weight.shape}; only matrices are known.")
    return sparse.csr_array(_finite(weight, node))


def _diagonal(node: Any) -> sparse.csr_array:  # noqa: ANN401
    scale = np.asarray(_finite(np.asarray(node.scale), node), dtype=np.float64)
    return sparse.csr_array(sparse.diags_array(scale.ravel()))


def _finite(weight: AnyArray, node: Any) -> AnyArray:  # noqa: ANN401
    if weight.dtype.kind not in "biuf" or not np.isfinite(weight).all():
        raise ValueError(f"a {type(node).__name__} node has a weight that is not a finite number.")
    return weight


_LINEAR: dict[type, Callable[[Any], sparse.csr_array]] = {
    nir.Affine: _matrix,
    nir.Linear: _matrix,
    nir.Scale: _diagonal,
}


class _Wiring:
    """Follows the edges into a node back to the populations and inputs they start from."""

    def __init__(self, graph: nir.NIRGraph) -> None:
        self.nodes = graph.nodes
        self.incoming: dict[str, list[str]] = {name: [] for name in graph.nodes}
        for pre, post in graph.edges:
            self.incoming[post].append(pre)
        self._output: dict[str, _Sources] = {}

    def output(self, name: str, above: tuple[str, ...] = ()) -> _Sources:
        """Weights from every source to the output of a node."""
        node = self.nodes[name]
        if name in above:
            raise ValueError(f"node '{name}' drives itself without a neuron in between.")
        if type(node) not in _LINEAR:
            size = int(np.prod(next(iter(node.output_type.values()))))
            return {name: sparse.csr_array(sparse.eye_array(size))}
        if name not in self._output:
            matrix = _LINEAR[type(node)](node)
            total: _Sources = {}
            for pre in self.incoming[name]:
                for source, weights in self.output(pre, (*above, name)).items():
                    total[source] = total[source] + weights if source in total else weights
            self._output[name] = {source: sparse.csr_array(matrix @ weights) for source, weights in total.items()}
        return self._output[name]


def _synapses(graph: nir.NIRGraph, populations: tuple[Population, ...]) -> tuple[sparse.csr_array, int]:
    """Synapse counts [post, pre] between all neurons, and how many synapses come from inputs."""
    wiring, by_name = _Wiring(graph), {p.name: p for p in populations}
    posts: list[IntArray] = [np.empty(0, np.int64)]
    pres: list[IntArray] = [np.empty(0, np.int64)]
    input_synapses = 0
    for post in populations:
        for edge in wiring.incoming[post.name]:
            for source, weights in wiring.output(edge).items():
                post_S, pre_S = weights.nonzero()
                if source not in by_name:
                    input_synapses += len(post_S)
                    continue
                posts.append(post_S + post.start)
                pres.append(pre_S + by_name[source].start)
    post_all_S, pre_all_S, n = np.concatenate(posts), np.concatenate(pres), populations[-1].stop
    counts = sparse.coo_array((np.ones(len(post_all_S), np.int64), (post_all_S, pre_all_S)), shape=(n, n))
    return sparse.csr_array(counts), input_synapses  # the conversion adds what stands at the same place


def _positions(
    graph: nir.NIRGraph, populations: tuple[Population, ...], connectivity: sparse.csr_array, file: str
) -> FloatArray | None:
    """Positions in the nodes' metadata; a neuron without one sits at the centroid of its presynaptic neurons."""
    positions_M2 = np.full((populations[-1].stop, 2), np.nan)
    for population in populations:
        given = graph.nodes[population.name].metadata.get("positions")
        if given is None:
            continue
        given = np.asarray(given)
        if given.shape != (population.size, 2) or given.dtype.kind not in "biuf" or not _is_moderate(given):
            raise InputError(
                f"{file}: the positions of node '{population.name}' must be {population.size} pairs of finite numbers."
            )
        positions_M2[population.start : population.stop] = given
    known_M = np.isfinite(positions_M2[:, 0])
    return centroids_filled(positions_M2, connectivity) if known_M.any() else None


def _is_moderate(given: AnyArray) -> bool:
    """Whether all numbers are finite, and small enough for differences and their squares to be so too."""
    return bool((np.abs(given.astype(float)) < 1e100).all())


def centroids_filled(positions_M2: FloatArray, connectivity: sparse.csr_array) -> FloatArray:
    """Put every neuron without a position (NaN) at the centroid of the presynaptic neurons that have one.

    Repeated, so that positions spread along chains; what nothing reaches sits at the centroid of all.
    """
    positions_M2 = positions_M2.copy()
    while True:
        known_M = np.isfinite(positions_M2[:, 0])
        weight_M = connectivity @ known_M.astype(float)
        found_M = ~known_M & (weight_M > 0)
        if not found_M.any():
            positions_M2[~known_M] = positions_M2[known_M].mean(0)
            return positions_M2
        total_M2 = connectivity @ np.nan_to_num(positions_M2)
        positions_M2[found_M] = total_M2[found_M] / weight_M[found_M, None]
