"""Comparison of our mappings with published ones, on the same graphs and with the same measures.

    python benchmarks/mapping.py [--json] [--cases local400,local20k,hysmap,asplos,exhaustive,sanafe,scale,million]

Every mapping is checked by an independent count. `SHARED` (or --data) is the folder with mapping_graphs.py,
mapping_hysmap80.npz and mapping_asplos23.npz. Times are processor times (`time.process_time`) without compilation.
METIS and Mt-KaHyPar are included if pymetis and mtkahypar are installed. Values marked `quoted` were measured elsewhere
on the same graphs, seed 0; see `QUOTED`.
"""

import argparse
import importlib.util
import json
import math
import resource
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from itertools import permutations
from pathlib import Path
from typing import Any

import numpy as np
from sanafe_replay import compared
from scipy import sparse

from hardware_models.chips.spec import load_chip
from hardware_models.mapping import map_workload, mapping_report
from hardware_models.search.graph_partition import hypergraph_parts
from hardware_models.search.joint import Capacity, Schedule, improved, multilevel
from hardware_models.search.objective import multicast_hops
from hardware_models.search.partition import Partition
from hardware_models.search.placement import place_parts, placement_cost
from hardware_models.search.swap_annealing import anneal_swaps
from hardware_models.topology.mesh import Mesh
from hardware_models.topology.routing import multicast
from hardware_models.workload.destinations import destinations
from hardware_models.workload.nets import Nets
from hardware_models.workload.nir_file import Population
from hardware_models.workload.workload import Workload

SHARED = Path(__file__).resolve().parents[2] / "shared"

QUOTED = {
    "local400_4x4": {"mt-KaHyPar + Hilbert + force-directed": 10653, "mt-KaHyPar Steiner mapping": 8432,
                     "METIS + Hilbert + force-directed": 13960, "annealing, 35 s": 7783, "HydroFlow": 20556,
                     "sequential + Hilbert + force-directed": 33891},
    "local400_8x8": {"mt-KaHyPar + force-directed": 24520, "METIS + force-directed": 50341, "annealing, 45 s": 20403,
                     "HydroFlow": 49026, "sequential + Hilbert + force-directed": 86646},
    "local20k_8x8": {"METIS + force-directed": 189174, "mt-KaHyPar + force-directed": 152517,
                     "METIS + swaps of cores": 125615, "the same + joint moves, 53 s": 105401},
    "asplos": {"dnn_16": 7308, "dnn_32": 99788, "cnn4_16": 761, "cnn4_32": 3636, "cnn4_64": 18664},
}  # fmt: skip
"""Multicast hops, and for the ASPLOS'23 networks the best sum of weight times distance, of others on these graphs."""

FORCE_DIRECTED = {"dnn_16": 8094, "dnn_32": 99983, "cnn4_16": 1196, "cnn4_32": 7142, "cnn4_64": 41676}
"""ASPLOS'23's own results on its networks, quoted."""

LOCAL = {"local400_4x4": (400, 4, 26), "local400_8x8": (400, 8, 7), "local20k_8x8": (20_000, 8, 322)}
"""Neurons, side of the mesh, neurons per core; of 20,000 the equal share and 3 %."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--data", type=Path, default=SHARED)
    parser.add_argument("--cases", default="local400,local20k,hysmap,asplos,exhaustive")
    parser.add_argument("--efforts", default="fast,best")
    parser.add_argument("--seeds", default="0")
    asked = parser.parse_args()
    sys.path.insert(0, str(asked.data))
    _compile()
    efforts, seeds = asked.efforts.split(","), [int(seed) for seed in asked.seeds.split(",")]
    found: dict[str, Any] = {"machine": "processor seconds, compilation left out", "quoted": QUOTED}
    for case in asked.cases.split(","):
        found |= CASES[case](asked.data, efforts, seeds)
        note(f"{case}: done")
    print(json.dumps(found, indent=None if asked.json else 2))


def note(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def timed(action: Callable[[], Any]) -> tuple[Any, float]:
    start = time.process_time()
    return action(), time.process_time() - start


def local_workload(n: int, seed: int) -> Workload:
    """Return the graph as a workload without positions, so that no mapper knows the places of neurons."""
    _, targets, spikes = importlib.import_module("mapping_graphs").local_graph(n, seed=seed)
    pre, post = np.repeat(np.arange(n), [len(each) for each in targets]), np.concatenate(targets)
    connectivity = sparse.csr_array(sparse.coo_array((np.ones(len(pre), np.int64), (post, pre)), (n, n)))
    ticks = int(spikes.max()) + 1
    return Workload("local graph", connectivity, spikes, ticks, 1, (Population("hidden", "LIF", 0, n, True),))


def mesh(side: int, neurons: int) -> Any:
    chip = load_chip("mesh8x8")
    size = replace(chip.topology.rows, value=side)
    limits = replace(chip.limits, neurons_per_core=replace(chip.limits.neurons_per_core, value=neurons))
    return replace(chip, topology=replace(chip.topology, columns=size, rows=size), limits=limits)


def local(names: tuple[str, ...], efforts: list[str], seeds: list[int]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name in names:
        n, side, most = LOCAL[name]
        for seed in seeds:
            workload, chip = local_workload(n, seed), mesh(side, most)
            suffix = "" if seed == 0 else f".seed{seed}"
            for effort in efforts:
                mapped, seconds = timed(lambda: map_workload(workload, chip, "joint", seed=seed, effort=effort))  # noqa: B023
                report = mapping_report(mapped)
                found[f"{name}.{effort}{suffix}"] = {
                    "hops": report.spike_hops, "seconds": round(seconds, 2), "valid": report.valid,
                    "packets": report.packets["remote"], "largest_link": report.multicast["largest_link"],
                    "gap_of_routing": report.bounds["spike_hops_of_placement_gap"],
                }  # fmt: skip
                note(f"{name} {effort} {seed}: {found[f'{name}.{effort}{suffix}']}")
            found[f"{name}.mt-kahypar{suffix}"] = kahypar(workload, chip)
            peer = found[f"{name}.metis{suffix}"] = metis(workload, chip)
            if peer is not None:
                for effort in efforts:
                    ours = found[f"{name}.{effort}{suffix}"]
                    ours["ratio_to_metis_force_directed"] = ours["hops"] / peer["force_directed"]["hops"]
    return found


def metis(workload: Workload, chip: Any) -> dict[str, Any] | None:
    """Map with METIS's partition, placed in the two ways of `placed_in_two_ways`; None without pymetis."""
    if importlib.util.find_spec("pymetis") is None:
        return None
    pymetis = importlib.import_module("pymetis")
    joined = sparse.csr_array(workload.connectivity + workload.connectivity.T)
    adjacency = pymetis.CSRAdjacency(joined.indptr.tolist(), joined.indices.tolist())
    (_, part), seconds = timed(lambda: pymetis.part_graph(chip.fabric.n_cores, adjacency))
    return placed_in_two_ways(workload, chip, np.asarray(part, np.int64), seconds)


def kahypar(workload: Workload, chip: Any) -> dict[str, Any] | None:
    """Map with Mt-KaHyPar's partition, placed in the same two ways; None without mtkahypar."""
    if importlib.util.find_spec("mtkahypar") is None:
        return None
    cores, most = chip.fabric.n_cores, chip.limits.neurons_per_core.value
    part_M, seconds = timed(lambda: hypergraph_parts(workload, cores, cores * most / workload.n_neurons - 1, 0))
    return placed_in_two_ways(workload, chip, part_M, seconds)


def placed_in_two_ways(workload: Workload, chip: Any, part_M: np.ndarray, seconds: float) -> dict[str, Any]:
    """Return multicast hops of a given partition, placed by swaps of cores, and by Hilbert curve and forces."""
    fabric, found = chip.fabric, {"seconds": round(seconds, 2)}
    for name, method in (("swaps", "swap"), ("force_directed", "force_directed")):
        placed, more = timed(lambda: place_parts(workload, Partition(part_M, fabric.n_cores, "peer"), fabric, method))  # noqa: B023
        pairs = destinations(workload, placed.core_P[part_M], fabric.n_cores)
        found[name] = {"hops": multicast(fabric, pairs).hops, "seconds": round(seconds + more, 2)}
    return found


def hysmap(data: Path, efforts: list[str], _: list[int]) -> dict[str, Any]:
    """J = multicast hops + 0.1 largest link load + 0.01 variance of the loads of all directed links."""
    arrays, gains, seconds, each = np.load(data / "mapping_hysmap80.npz"), {}, {}, {}
    schedules = {name: Schedule(trees, 0, hot=0.5) for name, trees in (("fast", 7e5), ("balanced", 5e6), ("best", 8e6))}
    for effort in efforts:
        for name in sorted({key.rpartition("_")[0] for key in arrays.files if key.endswith("_rate")}):
            published = float(arrays[f"{name}_published_objective"][0])
            side = int(name.split("_")[1][0])
            (core, cost), spent = timed(lambda: hysmap_case(arrays, name, side, schedules[effort]))  # noqa: B023
            recount = hysmap_objective(arrays, name, side, core)
            assert math.isclose(recount, cost, rel_tol=1e-9), (recount, cost)  # noqa: S101
            each[f"{name}.{effort}"] = {"J": cost, "published": published, "seconds": round(spent, 2)}
            gains.setdefault(effort, []).append(1 - cost / published)
            seconds.setdefault(effort, []).append(spent)
            note(f"{name} {effort}: {each[f'{name}.{effort}']}")
    last = efforts[-1]
    return {
        "hysmap.mean_gain": float(np.mean(gains[last])),
        **{f"hysmap.{effort}.mean_gain": float(np.mean(gains[effort])) for effort in efforts},
        **{f"hysmap.{effort}.least_gain": float(np.min(gains[effort])) for effort in efforts},
        **{f"hysmap.{effort}.most_seconds": float(np.max(seconds[effort])) for effort in efforts},
        "hysmap.networks": each,
    }


def hysmap_case(arrays: Any, name: str, side: int, schedule: Schedule) -> tuple[np.ndarray, float]:
    rate, start = arrays[f"{name}_rate"].astype(float), arrays[f"{name}_indptr"].astype(np.int64)
    n, cores = len(rate), side * side
    nets = Nets(np.arange(n), rate, start, arrays[f"{name}_indices"].astype(np.int64), np.ones((n, 1), np.int64))
    capacity = Capacity((math.ceil(1.15 * n / cores),), least=(math.floor(0.85 * n / cores),))
    objective = replace(multicast_hops(Mesh(side, side)), largest=0.1, variance=0.01)
    rng = np.random.default_rng(0)
    dealt = rng.permutation(np.arange(n) % cores)
    found = improved(nets, objective, capacity, schedule, dealt, 0)
    return found.core_V, found.cost


def hysmap_objective(arrays: Any, name: str, side: int, core: np.ndarray) -> float:
    """Compute J a second time, by following every route."""
    rate, start, post = (arrays[f"{name}_{key}"] for key in ("rate", "indptr", "indices"))
    held = np.bincount(core, minlength=side * side)
    assert math.floor(0.85 * len(rate) / side**2) <= held.min() <= held.max() <= math.ceil(1.15 * len(rate) / side**2)  # noqa: S101
    load: dict[tuple[tuple[int, int], tuple[int, int]], float] = {}
    for u in range(len(rate)):
        tree = set()
        for target in {int(core[v]) for v in post[start[u] : start[u + 1]]}:
            (x, y), (x1, y1) = divmod(int(core[u]), side), divmod(target, side)
            while (x, y) != (x1, y1):
                step = (x + (x1 > x) - (x1 < x), y) if x != x1 else (x, y + (y1 > y) - (y1 < y))
                tree.add(((x, y), step))
                x, y = step
        for link in tree:
            load[link] = load.get(link, 0.0) + float(rate[u])
    loads = np.zeros(4 * side * (side - 1))
    loads[: len(load)] = list(load.values())
    return float(loads.sum() + 0.1 * loads.max() + 0.01 * loads.var())


def asplos(data: Path, efforts: list[str], _: list[int]) -> dict[str, Any]:
    """Place one cluster on each core. The cost is the sum over connections of weight times Manhattan distance."""
    arrays, found = np.load(data / "mapping_asplos23.npz"), {}
    for name in ("cnn4_16", "cnn4_32", "dnn_16", "cnn4_64", "dnn_32"):
        side = int(name.rpartition("_")[2])
        pre, post, weight = (arrays[f"{name}_{key}"] for key in ("pre", "post", "weight"))
        n = side * side
        flow = sparse.csr_array(sparse.coo_array((weight.astype(float), (pre, post)), (n, n)))
        raster = np.arange(n)
        cost = {"raster": place_distance(pre, post, weight, side, raster)}
        steps = {"fast": 1000, "balanced": 3000, "best": 8000}[efforts[-1]]
        together = sparse.csr_array(flow + flow.T)
        core, seconds = timed(lambda: anneal_swaps(together, Mesh(side, side).distance_CC(), raster, steps))  # noqa: B023
        value = place_distance(pre, post, weight, side, core)
        assert sorted(core) == list(range(n))  # noqa: S101
        found[f"asplos.{name}"] = {
            "cost": value,
            "raster": cost["raster"],
            "force_directed_quoted": FORCE_DIRECTED[name],
            "annealing_quoted": QUOTED["asplos"][name],
            "seconds": round(seconds, 2),
        }
        note(f"{name}: {found[f'asplos.{name}']}")
    return found


def place_distance(pre: np.ndarray, post: np.ndarray, weight: np.ndarray, side: int, core: np.ndarray) -> float:
    (x0, y0), (x1, y1) = np.divmod(core[pre], side), np.divmod(core[post], side)
    return float(weight @ (np.abs(x0 - x1) + np.abs(y0 - y1)))


def exhaustive(*_: object) -> dict[str, Any]:
    """Place nine clusters of random networks on 3 x 3 cores, and compare with all 9! arrangements."""
    hits, count = 0, 100
    every_AC = np.array(list(permutations(range(9))), np.int8)
    apart_CC = Mesh(3, 3).distance_CC()
    for case in range(count):
        rng = np.random.default_rng(case)
        dense = (rng.random((9, 9)) < rng.uniform(0.2, 0.8)) & ~np.eye(9, dtype=bool)
        flow_CC = np.where(dense, rng.integers(1, 20, 9)[None], 0)  # a column is a neuron that spikes
        both_CC = flow_CC + flow_CC.T
        pairs = np.argwhere(np.triu(both_CC))
        cost_A = sum(both_CC[p, q] * apart_CC.astype(np.float32)[every_AC[:, p], every_AC[:, q]] for p, q in pairs)
        flow = sparse.csr_array(both_CC)
        found = anneal_swaps(flow, apart_CC, rng.permutation(9))
        hits += placement_cost(flow, apart_CC, found) <= float(np.min(cost_A)) + 1e-3
    return {"exhaustive.hit_rate": hits / count}


SCALE = {400: (4, 26), 4_000: (8, 65), 20_000: (8, 322), 100_000: (16, 403), 1_000_000: (32, 1006)}
"""Neurons: side of the mesh, and neurons per core, the equal share and 3 %."""


def scale(sizes: tuple[int, ...]) -> dict[str, Any]:
    """Measure time and memory at ``fast``, and with METIS + Hilbert + forces. Memory is the process's peak so far."""
    found: dict[str, Any] = {}
    for n in sizes:
        side, most = SCALE[n]
        workload, chip = local_workload(n, 0), mesh(side, most)
        before = peak_gib()
        mapped, seconds = timed(lambda: map_workload(workload, chip, "joint", effort="fast"))  # noqa: B023
        gib, core_M = peak_gib(), mapped.core_M
        assert np.bincount(core_M).max() <= most  # noqa: S101
        hops = multicast(chip.fabric, destinations(workload, core_M, chip.fabric.n_cores)).hops
        found[f"scale.{n}"] = {"hops": hops, "seconds": round(seconds, 2), "gib": round(gib, 2),
                               "gib_before": round(before, 2), "synapses": workload.n_synapses}  # fmt: skip
        note(f"{n}: {found[f'scale.{n}']}")
        found[f"scale.{n}"]["metis"] = metis(workload, chip)
    return found


def peak_gib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


def million(*_: object) -> dict[str, Any]:
    """Map a million neurons with 16 million synapses onto 32 x 32 cores."""
    found = scale((1_000_000,))
    one = found["scale.1000000"]
    return found | {"million.seconds": one["seconds"], "million.gib": one["gib"], "million.hops": one["hops"]}


def sanafe(*_: object) -> dict[str, Any]:
    """Compare packets, hops, energies and time with SANA-FE, for three networks on Loihi with two mappings each."""
    if importlib.util.find_spec("sanafe") is None:
        return {"sanafe.max_relative_error": None}
    networks = {f"local{seed}": replace(local_workload(n, seed), ticks=60) for seed, n in enumerate((100, 200, 400))}
    return compared({name: replace(each, spikes_M=np.minimum(each.spikes_M, 60)) for name, each in networks.items()})


CASES: dict[str, Callable[[Path, list[str], list[int]], dict[str, Any]]] = {
    "local400": lambda _, efforts, seeds: local(("local400_4x4", "local400_8x8"), efforts, seeds),
    "local20k": lambda _, efforts, seeds: local(("local20k_8x8",), efforts, seeds),
    "hysmap": hysmap,
    "asplos": asplos,
    "exhaustive": exhaustive,
    "scale": lambda *_: scale((400, 4_000, 20_000, 100_000)),
    "million": million,
    "sanafe": sanafe,
}


def _compile() -> None:
    nets = Nets(np.arange(9), np.ones(9), np.arange(10), (np.arange(9) + 1) % 9, np.ones((9, 1), np.int64))
    multilevel(nets, multicast_hops(Mesh(3, 3)), Capacity((2,)), Schedule(1e3, 0))


if __name__ == "__main__":
    main()
