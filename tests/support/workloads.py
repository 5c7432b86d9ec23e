"""Small workloads and chips that several tests share."""

from dataclasses import replace

import numpy as np
from hypothesis import strategies as st
from scipy import sparse
from scipy.spatial import cKDTree

from hardware_models.chips.spec import load_chip
from hardware_models.workload.nir_file import Population
from hardware_models.workload.workload import Workload


def workload(edges, spikes, positions=None, ticks=100, **changed):
    """A workload from (pre, post) pairs and spikes per neuron."""
    n = len(spikes)
    pre, post = np.array(edges, dtype=int).reshape(-1, 2).T
    connectivity = sparse.csr_array(sparse.coo_array((np.ones(len(pre), int), (post, pre)), shape=(n, n)))
    parts = {
        "source": "a test",
        "connectivity": connectivity,
        "spikes_M": np.array(spikes, dtype=int),
        "ticks": ticks,
        "trials": 1,
        "populations": (Population("hidden", "LIF", 0, n, True),),
        "positions_M2": None if positions is None else np.asarray(positions, dtype=float),
    }
    return Workload(**(parts | changed))


def local_workload(n=144, k=6, seed=0):
    """Neurons on a jittered grid, shuffled, each with about k targets among its nearest 3 k."""
    rng = np.random.default_rng(seed)
    side = int(np.ceil(np.sqrt(n)))
    positions = (np.stack(np.divmod(rng.permutation(side * side)[:n], side), 1) + rng.uniform(-0.3, 0.3, (n, 2))) / side
    near = cKDTree(positions).query(positions, 3 * k + 1)[1][:, 1:]
    edges = [(pre, post) for pre in range(n) for post in rng.choice(near[pre], k, replace=False)]
    return workload(edges, rng.integers(0, 12, n), positions)


def mesh_chip(columns=3, rows=3, cores_per_tile=1, neurons=64, kind="multicast", own=False, **limits):
    """The plain mesh with other sizes, routing and limits."""
    chip = load_chip("mesh8x8")

    def figure(value):
        return replace(chip.topology.rows, value=value)

    sizes = {"columns": columns, "rows": rows, "cores_per_tile": cores_per_tile}
    topology = replace(chip.topology, **{name: figure(value) for name, value in sizes.items()})
    wanted = {name: figure(value) for name, value in {"neurons_per_core": neurons, **limits}.items()}
    routing = replace(chip.routing, kind=kind, own_core_packets=own)
    return replace(chip, name="mesh", topology=topology, routing=routing, limits=replace(chip.limits, **wanted))


@st.composite
def any_workloads(draw, most=24):
    """Random networks with random spikes and positions."""
    n = draw(st.integers(2, most))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    dense = rng.random((n, n)) < draw(st.floats(0, 0.5))
    return workload(np.argwhere(dense.T), rng.integers(0, 9, n), rng.random((n, 2)))
