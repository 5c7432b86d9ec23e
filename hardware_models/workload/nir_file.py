"""A NIR file as a mapper needs it: populations of neurons, the synapses between them, and positions of neurons.

NIR (Pedersen et al. 2024, Nature Communications 15) joins nodes by edges. One population drives another through a chain
of linear nodes (:mod:`~hardware_models.workload.linear_nodes`). Each chain is multiplied out, and every element of the
product that is not zero is a synapse. Subgraphs are taken apart first (:mod:`neurogrow.io.nir`): their nodes are called
``subgraph.node``.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import nir
import numpy as np
from scipy import sparse

from neurogrow.arrays import AnyArray, FloatArray, IntArray
from neurogrow.errors import InputError
from neurogrow.io.nir import SPIKING, Shape, flatten, invented_inputs, read_graph, size_of

from .linear_nodes import LINEAR

SILENT = (nir.LI, nir.CubaLI)
"""The types of neurons that never spike: readouts."""

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
    read = read_graph(path, sparse=True)
    try:
        graph = flatten(read)
    except InputError as error:
        raise InputError(f"{path}: {error}") from None
    for name, node in graph.nodes.items():
        if not isinstance(node, (*SPIKING, *SILENT, *LINEAR, nir.Input, nir.Output)):
            raise InputError(
                f"{path}: node '{name}' is of type {type(node).__name__}, which cannot be written as synapses between "
                f"neurons. Known types: {', '.join(k.__name__ for k in (*SPIKING, *SILENT, *LINEAR))}."
            )
    populations = _populations(graph)
    if not populations:
        raise InputError(f"{path} holds no neurons (LIF, CubaLIF, IF, LI or CubaLI nodes): there is nothing to map.")
    try:
        connectivity, input_synapses = _synapses(graph, populations)
    except ValueError as error:
        raise InputError(f"{path}: {error}") from None
    except MemoryError:
        raise InputError(f"{path}: its synapses do not fit into memory.") from None
    except RecursionError:
        raise InputError(f"{path}: a chain of linear nodes is too long; multiply some of them together.") from None
    return NeuronGraph(
        populations, connectivity, input_synapses, _positions(graph, populations, connectivity, str(path))
    )


def _populations(graph: nir.NIRGraph) -> tuple[Population, ...]:
    populations: list[Population] = []
    for name, node in sorted(graph.nodes.items()):
        if isinstance(node, (*SPIKING, *SILENT)):
            start = populations[-1].stop if populations else 0
            size = size_of(node)
            populations.append(Population(name, type(node).__name__, start, start + size, isinstance(node, SPIKING)))
    return tuple(populations)


class _Wiring:
    """Follows the edges into a node back to the populations and inputs they start from."""

    def __init__(self, graph: nir.NIRGraph) -> None:
        self.nodes = graph.nodes
        self.incoming: dict[str, list[str]] = {name: [] for name in graph.nodes}
        for pre, post in graph.edges:
            self.incoming[post].append(pre)
        self._output: dict[str, tuple[_Sources, Shape]] = {}

    def output(self, name: str, above: tuple[str, ...] = ()) -> tuple[_Sources, Shape]:
        """Return the weights from every source to the output of a node, and the shape of that output."""
        node = self.nodes[name]
        if name in above:
            raise ValueError(f"node '{name}' drives itself without a neuron in between.")
        if type(node) not in LINEAR and not isinstance(node, nir.Output):
            shape = tuple(int(size) for size in np.atleast_1d(next(iter(node.output_type.values()))))
            return {name: sparse.csr_array(sparse.eye_array(int(np.prod(shape))))}, shape
        if name not in self._output:
            total: _Sources = {}
            shape = ()
            for pre in self.incoming[name]:
                sources, entering = self.output(pre, (*above, name))
                if shape and int(np.prod(entering)) != int(np.prod(shape)):
                    raise ValueError(f"node '{name}' gets arrays of the shapes {shape} and {entering}.")
                shape = shape or entering
                for source, weights in sources.items():
                    total[source] = total[source] + weights if source in total else weights
            self._output[name] = self._through(name, total, shape)
        return self._output[name]

    def _through(self, name: str, total: _Sources, shape: Shape) -> tuple[_Sources, Shape]:
        """Return what leaves a linear node, or an Output that an edge leaves, from what enters it."""
        if not total or isinstance(self.nodes[name], nir.Output):
            return total, shape
        matrix, leaving = LINEAR[type(self.nodes[name])](self.nodes[name], shape)
        return {source: sparse.csr_array(matrix @ weights) for source, weights in total.items()}, leaving


def _synapses(graph: nir.NIRGraph, populations: tuple[Population, ...]) -> tuple[sparse.csr_array, int]:
    """Return the synapse counts [post, pre] between all neurons, and the number of synapses from inputs."""
    wiring, by_name = _Wiring(graph), {population.name: population for population in populations}
    invented = invented_inputs(graph)
    posts: list[IntArray] = [np.empty(0, np.int64)]
    pres: list[IntArray] = [np.empty(0, np.int64)]
    input_synapses = 0
    for post in populations:
        for edge in wiring.incoming[post.name]:
            for source, weights in wiring.output(edge)[0].items():
                if weights.shape[0] != post.size:
                    raise ValueError(
                        f"node '{edge}' sends {weights.shape[0]} values to the {post.size} of '{post.name}'."
                    )
                post_S, pre_S = weights.nonzero()
                if source not in by_name:
                    input_synapses += 0 if source in invented else len(post_S)
                    continue
                posts.append(post_S + post.start)
                pres.append(pre_S + by_name[source].start)
    post_all_S, pre_all_S, n = np.concatenate(posts), np.concatenate(pres), populations[-1].stop
    counts = sparse.coo_array((np.ones(len(post_all_S), np.int64), (post_all_S, pre_all_S)), shape=(n, n))
    return sparse.csr_array(counts), input_synapses  # the conversion adds what stands at the same place


def _positions(
    graph: nir.NIRGraph, populations: tuple[Population, ...], connectivity: sparse.csr_array, file: str
) -> FloatArray | None:
    """Return the positions in the nodes' metadata; other neurons sit at the centroid of their presynaptic neurons."""
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

    This is repeated, so that positions spread along chains. Neurons that it never reaches sit at the centroid of all.
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
