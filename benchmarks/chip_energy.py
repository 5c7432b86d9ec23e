"""Energy on a chip of networks that were trained by different rules, mapped with the same effort.

    python benchmarks/chip_energy.py runs bimt=RUN,RUN l1=RUN none=RUN [--chip loihi1] [--neurons-per-core 4]
    python benchmarks/chip_energy.py grow [--seeds 0,1] [--steps 1500] [--chip loihi1] [--neurons-per-core 4]

`runs` takes trained networks: run folders, or names of pretrained networks. `grow` trains small networks with the
distances of the grid and with those of the chip (:mod:`hardware_models.layouts`). Spikes of a rate network are
those of its converted counterpart: one spike per tick at each neuron's peak activity
(:mod:`neurogrow.models.conversion`), and proportionally fewer below. Readout neurons are left out, because they cost
the same in every network.
"""

import argparse
import json
import sys
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import torch

from hardware_models.chips.spec import ChipSpec, load_chip
from hardware_models.layouts import chip_layout
from hardware_models.mapping import map_workload, mapping_report
from hardware_models.workload.nir_file import Population
from hardware_models.workload.workload import Workload
from neurogrow.analysis.recording import record
from neurogrow.models.conversion import peak_activity
from neurogrow.pruning import prune
from neurogrow.training import Run, load_config, train
from neurogrow.training.build import build_tasks
from neurogrow.training.pretrained import find_run

TRIALS = 20
"""Trials of each task that spikes are counted in."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=["runs", "grow"])
    parser.add_argument("networks", nargs="*", help="name=RUN,RUN")
    parser.add_argument("--chip", default="loihi1")
    parser.add_argument("--neurons-per-core", type=int, default=4)
    parser.add_argument("--effort", default="balanced")
    parser.add_argument("--seeds", default="0,1")
    parser.add_argument("--steps", type=int, default=1500)
    asked = parser.parse_args()
    chip = load_chip(asked.chip)
    if asked.what == "grow":
        for seed in (int(each) for each in asked.seeds.split(",")):
            for name, grown in grown_both_ways(chip, asked.neurons_per_core, seed, asked.steps).items():
                print(json.dumps({"rule": name, "seed": seed} | grown), flush=True)
        return
    for group in asked.networks:
        name, _, paths = group.partition("=")
        for path in paths.split(","):
            measured = energies(find_run(Path(path)), chip, asked.neurons_per_core, asked.effort)
            print(json.dumps({"rule": name, "run": path} | measured), flush=True)


def energies(run: Run, chip: ChipSpec, neurons_per_core: int, effort: str = "balanced") -> dict[str, Any]:
    """Return the energy per trial by cause after mapping with `effort`, and the energy of a random mapping."""
    workload, performance = rate_workload(run)
    found = mapping_report(map_workload(workload, chip, "joint", neurons_per_core=neurons_per_core, effort=effort))
    chance = mapping_report(map_workload(workload, chip, "random", "random", neurons_per_core=neurons_per_core))
    assert found.valid, found.violations  # noqa: S101
    nanojoules = {term["name"]: round(term["joules"] / workload.trials * 1e9, 3) for term in found.energy["terms"]}
    return {
        "performance": performance, "neurons": workload.n_neurons, "synapses": workload.n_synapses,
        "spikes_per_trial": int(workload.spikes_M.sum()) / workload.trials,
        "nJ_per_trial": found.energy["per_trial"] * 1e9, "nJ_per_trial_random": chance.energy["per_trial"] * 1e9,
        "movable_share": found.energy["movable_share"], "movable_share_random": chance.energy["movable_share"],
        "packets_per_spike": found.packets["sent"] / max(1, int(workload.spikes_M.sum())),
        "remote_packets_per_trial": found.packets["remote"] / workload.trials,
        "hops_per_trial": found.unicast_hops / workload.trials,
        "hops_per_trial_random": chance.unicast_hops / workload.trials, "cores": found.cores_used, "terms": nanojoules,
    }  # fmt: skip


def rate_workload(run: Run) -> tuple[Workload, float]:
    """Return the pruned recurrent network with the spikes of its converted counterpart, and its performance."""
    torch.set_num_threads(1)
    model, tasks = run.load_model(), build_tasks(run.config)
    network = prune(model)
    recording = record(model, tasks, TRIALS, seed=50_000)
    activity_TBN, mask_TB = torch.from_numpy(recording.activity_TBN), torch.from_numpy(recording.mask_TB)
    peak_N = peak_activity(activity_TBN[None], mask_TB)[0]
    rate_TBN = (activity_TBN.abs() / peak_N).clamp(0, 1) * mask_TB[..., None]
    spikes_N = np.rint(rate_TBN.double().sum((0, 1)).numpy()).astype(np.int64)[network.neuron_id_N]
    connectivity = (network.recurrent_weights_NN != 0).astype(np.int64)
    n, positions = network.n_neurons, model.layout.positions_N2[network.neuron_id_N]
    everyone = (Population("hidden", "converted rate neurons", 0, n, True),)
    ticks, trials = int(mask_TB.sum()), mask_TB.shape[1]
    workload = Workload(str(run.path), connectivity, spikes_N, ticks, trials, everyone, positions)
    return workload, float(recording.performance_K.mean())


def grown_both_ways(chip: ChipSpec, neurons_per_core: int, seed: int, steps: int) -> dict[str, dict[str, Any]]:
    """Train the small preset with the distances of the grid and of the chip, and map both without a given layout."""
    preset = Path(__file__).parents[1] / "neurogrow" / "presets" / "small-bimt.toml"
    config, found = load_config(preset), {}
    with TemporaryDirectory() as scratch:
        distances = Path(scratch) / "distances.npy"
        np.save(distances, chip_layout(chip, config.model.rows, config.model.cols, neurons_per_core).distance_NN)
        for name, path in (("grid", ""), (chip.name, str(distances))):
            changed = replace(
                config,
                model=replace(config.model, seed=seed),
                growth=replace(config.growth, distances=path),
                training=replace(config.training, seed=seed, steps=steps),
            )
            run = train(changed, Path(scratch) / name)
            found[f"grown on {name}"] = energies(run, chip, neurons_per_core)
            print(f"seed {seed}, {name}: done", file=sys.stderr, flush=True)
    return found


if __name__ == "__main__":
    main()
