"""Spectral starts: clusters in the plane of the network's two slowest modes, bisected together with the chip.

The coordinates are the second and third eigenvectors of the normalised Laplacian, by eigenvalue. They place nodes with
much traffic near each other (Hall 1970, Management Science 17(3): 219-229). Nodes and cores are then halved together,
recursively: the cores across the longer side of their rectangle, the nodes at the same share of their total size along
the same axis (recursive bisection, Berger & Bokhari 1987, IEEE Trans. Computers 36(5): 570-580).
"""

import numpy as np
from scipy import sparse
from scipy.sparse.linalg import eigsh

from neurogrow.arrays import AnyArray, FloatArray, IntArray

from ..topology.base import Topology
from ..workload.nets import Nets

_DENSE = 1500


def spectral_places(nets: Nets, rng: np.random.Generator) -> FloatArray:
    """Return coordinates of the nodes in the plane, shape (V, 2), by their two slowest modes."""
    share_P = (nets.spikes_E / np.maximum(1, np.diff(nets.start_E1)))[nets.net_P]
    ends = (nets.source_E[nets.net_P], nets.pin_P)
    one_way = sparse.coo_array((share_P, ends), (nets.n_nodes, nets.n_nodes)).tocsr()
    both = sparse.csr_array(one_way + one_way.T).tocoo()
    (row, column), strength = both.coords, np.where(both.coords[0] == both.coords[1], 0.0, both.data)
    degree_V = np.bincount(row, weights=strength, minlength=nets.n_nodes)
    root_V = 1 / np.sqrt(degree_V + 1e-6 * max(degree_V.mean(), 1e-12))
    scaled = sparse.csr_array(sparse.coo_array((strength * root_V[row] * root_V[column], (row, column)), both.shape))
    if nets.n_nodes <= _DENSE:
        _, modes = np.linalg.eigh(scaled.toarray())
    else:
        values, modes = eigsh(scaled, k=3, which="LA", v0=rng.random(nets.n_nodes), tol=1e-3)
        modes = modes[:, np.argsort(values)]
    places = np.zeros((nets.n_nodes, 2))
    slowest = modes[:, -2:-4:-1]
    places[:, : slowest.shape[1]] = slowest * root_V[:, None]
    return places


def bisected_together(place_V2: FloatArray, size_V: IntArray, fabric: Topology) -> IntArray:
    """Return a core for every node, shape (V,): halve cores and nodes together until one core is left."""
    core_V = np.zeros(len(place_V2), np.int64)
    waiting: list[tuple[AnyArray, AnyArray]] = [(np.arange(fabric.n_cores), np.arange(len(place_V2)))]
    while waiting:
        cores, nodes = waiting.pop()
        if len(cores) == 1 or not len(nodes):
            core_V[nodes] = cores[0]
            continue
        centre = fabric.centre_C2[cores]
        axis = int(np.ptp(centre[:, 1]) > np.ptp(centre[:, 0]))
        cores = cores[np.lexsort((centre[:, 1 - axis], centre[:, axis]))]
        half = len(cores) // 2
        nodes = nodes[np.argsort(place_V2[nodes, axis], kind="stable")]
        filled = np.cumsum(size_V[nodes])
        cut = int(np.searchsorted(filled, filled[-1] * half / len(cores)))
        waiting += [(cores[:half], nodes[:cut]), (cores[half:], nodes[cut:])]
    return core_V


def spectral_starts(nets: Nets, fabric: Topology, rng: np.random.Generator) -> list[IntArray]:
    """Return the bisections of the plane of modes, upright and turned by 45 degrees."""
    place_V2 = spectral_places(nets, rng)
    turned_V2 = place_V2 @ np.array([[1.0, -1.0], [1.0, 1.0]])
    return [bisected_together(plane_V2, nets.need_VR[:, 0], fabric) for plane_V2 in (place_V2, turned_V2)]
