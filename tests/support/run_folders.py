"""A small complete run folder, made without training."""

from dataclasses import replace
from pathlib import Path

import numpy as np
from scipy import sparse

from export.parity import NirParity, OnnxParity, ReaderParity, write_parity
from hardware_models.chips.spec import load_chip
from hardware_models.mapping import map_workload, mapping_report
from neurogrow.io.files import write_json
from neurogrow.layout import GridLayout
from neurogrow.network import GrownNetwork, LIFNeurons, RateNeurons
from neurogrow.training import GrowthConfig, ModelConfig, Run, TasksConfig, TrainConfig
from support.planted import quadrants
from support.reports import local_weights, planted_report
from support.workloads import local_workload

TASKS = ("go", "anti", "dm1", "dm2", "dms", "dmc")


def bare_folder(path: Path, kind="spiking", side=6, tasks=TASKS) -> Run:
    """What training leaves before its first logged step."""
    model = ModelConfig(kind=kind, rows=side, cols=side, substeps=3)
    return Run.create(path, TrainConfig(TasksConfig(tasks), model, GrowthConfig()))


def full_folder(path: Path, kind="spiking", side=6, tasks=TASKS) -> Run:
    """Everything a report can read."""
    run = bare_folder(path, kind, side, tasks)
    layout = GridLayout(side, side)
    module_N = np.where(np.arange(side * side) % 5 == 0, -1, quadrants(layout, 3))
    ceiling_K = np.linspace(0.9, 1, len(tasks))
    report = planted_report(module_N, side, len(tasks), n_shuffles=50, task_names=tasks, ceiling_K=ceiling_K)
    write_json(path / "analysis.json", report.to_json())
    add_network(run, report.module_N)
    rows = "".join(f"{step},{1 / step},{step / 400},{5 / step}\n" for step in range(100, 401, 100))
    run.metrics_path.write_text("step,cross_entropy,performance,wiring_cost\n" + rows)
    add_parity(run)
    if kind == "spiking":
        add_raster(run, tasks)
        add_mappings(run)
    return run


def add_network(run: Run, module_N) -> None:
    """A grown network without the neurons of no module."""
    model = run.config.model
    layout = GridLayout(model.rows, model.cols)
    kept = np.flatnonzero(module_N >= 0)
    weights_NN = local_weights(layout)[np.ix_(kept, kept)]
    n = len(kept)
    spiking = LIFNeurons(np.full(n, 0.8), np.ones(n), np.full(17, 0.8), substeps=3, dt=0.1 / 3)
    GrownNetwork(
        neurons=spiking if model.kind == "spiking" else RateNeurons(),
        input_weights_NI=np.ones((n, 53)),
        recurrent_weights_NN=sparse.csr_array(np.where(np.abs(weights_NN) > 0.01, weights_NN, 0)),
        output_weights_ON=np.ones((17, n)),
        hidden_bias_N=np.zeros(n),
        output_bias_O=np.zeros(17),
        grid=(model.rows, model.cols),
        neuron_id_N=kept,
        module_N=module_N[kept],
        metadata={"performance": "0.8125"},
    ).save(run.path / "network.safetensors")


def add_parity(run: Run) -> None:
    readers = (
        ReaderParity("snnTorch, float64", 0, None, 1.0, 0.0),
        ReaderParity("snnTorch, float32", 7, 31, 0.99999991, 2.5e-6),
    )
    missing = {"norse": "It is not installed."}
    measured = NirParity(1200, 40, 30, 1_440_000, 98_765, 3.25, readers, missing)
    nir = measured if run.config.model.kind == "spiking" else None
    write_parity(
        run.path / "parity.json", nir=nir, onnx=OnnxParity(17, 400, 40, 9.5, 1e-6, 2e-7, 3e-6, None, None, None)
    )


def add_raster(run: Run, tasks) -> None:
    n, length = run.config.model.rows * run.config.model.cols, 30
    spikes_TN = np.random.default_rng(0).random((length * len(tasks), n)) < 0.1
    np.savez_compressed(
        run.path / "raster.npz",
        spikes_TN=spikes_TN.astype(np.uint8),
        trial_start=length * np.arange(len(tasks)),
        task=np.array(tasks),
        substeps=3,
    )


def add_mappings(run: Run, chip="loihi1") -> None:
    work = replace(local_workload(64), trials=40, ticks=1200)
    for name, methods in ((chip, ("layout", "layout")), (f"{chip}-random", ("random", "random"))):
        report = mapping_report(map_workload(work, load_chip(chip), *methods, neurons_per_core=4))
        write_json(run.path / f"mapping-{name}.json", report.to_json())
