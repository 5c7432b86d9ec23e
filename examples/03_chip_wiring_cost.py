"""Map a NIR file of another tool onto Loihi: what its spikes travel, what that costs, and the source of each value.

This example shows that the chip models need only a NIR file, of any tool, and spike counts; they need no torch. A file
without positions is mapped by its order and by swaps of cores, unless you give the positions.

    python examples/03_chip_wiring_cost.py

It prints, exactly::

    256 neurons, 1054 synapses, 4 neurons to a core of Intel Loihi
      random     random    39818 hops   2222.5 nJ a trial valid
      sequential swap      21748 hops   2213.0 nJ a trial valid
      layout     layout     5434 hops   2147.2 nJ a trial valid
    the last one by cause, SANA-FE 2.2.9's regression on Nahuku boards
      soma_access      256000 x  51.2 pJ [M] SANA-FE 2.2.9, arch/loihi.yaml
      soma_update      256000 x  21.6 pJ [M] SANA-FE 2.2.9, arch/loihi.yaml
      soma_spike         5203 x  69.3 pJ [M] SANA-FE 2.2.9, arch/loihi.yaml
      synapse_sparse    21372 x  33.6 pJ [M] SANA-FE 2.2.9, arch/loihi.yaml
      packet            15616 x 111.0 pJ [M] SANA-FE 2.2.9, arch/loihi.yaml
      hop_east_west      3344 x   3.0 pJ [M] SANA-FE 2.2.9, arch/loihi.yaml
      hop_north_south    3224 x   4.2 pJ [M] SANA-FE 2.2.9, arch/loihi.yaml
      a mapping can change 8% of it
"""

from dataclasses import replace
from pathlib import Path

import nir
import numpy as np

from hardware_models.chips.spec import load_chip
from hardware_models.mapping import map_workload, mapping_report
from hardware_models.workload.workload import Workload

SIDE, TICKS = 16, 1000


def write_sheet(path: Path, places_N2: np.ndarray, rng: np.random.Generator) -> None:
    """Write a sheet of LIF neurons with short recurrent connections, listed in no order: a file without positions."""
    n = len(places_N2)
    distance_NN = np.abs(places_N2[:, None] - places_N2[None]).sum(-1)
    weights_NN = rng.normal(size=(n, n)) * (rng.random((n, n)) < np.exp(-distance_NN))
    ones_N = np.ones(n)
    nodes = {
        "input": nir.Input(np.array([n])),
        "sheet": nir.LIF(tau=0.02 * ones_N, r=ones_N, v_leak=0 * ones_N, v_threshold=ones_N),
        "lateral": nir.Linear(weights_NN),
        "output": nir.Output(np.array([n])),
    }
    edges = [("input", "sheet"), ("sheet", "lateral"), ("lateral", "sheet"), ("sheet", "output")]
    nir.write(path, nir.NIRGraph(nodes, edges))


def main() -> None:
    rng = np.random.default_rng(0)
    places_N2 = rng.permutation(np.argwhere(np.ones((SIDE, SIDE))))
    write_sheet(Path("sheet.nir"), places_N2, rng)
    spikes = {"sheet": rng.binomial(TICKS, 0.02, SIDE * SIDE), "ticks": TICKS, "trials": 10}

    chip = load_chip("loihi1")
    unplaced = Workload.from_nir("sheet.nir", spikes)
    placed = replace(unplaced, positions_M2=places_N2.astype(float))
    print(f"{unplaced.n_neurons} neurons, {unplaced.n_synapses} synapses, 4 neurons to a core of {chip.title}")
    methods = ((unplaced, "random", "random"), (unplaced, "sequential", "swap"), (placed, "layout", "layout"))
    for workload, partition, placement in methods:
        report = mapping_report(map_workload(workload, chip, partition, placement, neurons_per_core=4))
        energy, verdict = report.energy["per_trial"] * 1e9, "valid" if report.valid else "NOT VALID"
        print(f"  {partition:<10} {placement:<7} {report.spike_hops:>7} hops {energy:8.1f} nJ a trial {verdict}")

    print(f"the last one by cause, {report.energy['title']}")
    for term in report.energy["terms"]:
        figure = term["figure"]
        print(f"  {term['name']:<15} {term['count']:>7} x {figure['value']:5.1f} {figure['unit']}", end=" ")
        print(f"[{figure['evidence']}] {figure['source']}")
    print(f"  a mapping can change {report.energy['movable_share']:.0%} of it")


if __name__ == "__main__":
    main()
