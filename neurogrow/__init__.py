"""Grow recurrent networks whose neurons have a place, and take them to neuromorphic chips.

    import neurogrow as ng

    rate = ng.train("small-bimt", "runs/bimt")
    spiking = ng.spike(rate)
    print(ng.analyze(spiking).chosen.isolated_fraction)
    ng.export(spiking)
    print(ng.map(spiking, "loihi1").chosen.spike_hops)

Each name is imported on first use: importing the package is quick and loads no torch.

The usual flow. A run is given as an object, as its folder, or as the name of a pretrained network:

- ``load``: open a run's folder, or a pretrained network by its name;
- ``train``: train a network from a preset, a TOML file or a configuration;
- ``spike``: train the spiking counterpart of a rate network;
- ``record``: run a network on single trials and return the activity of its neurons;
- ``analyze``: measure performance, functional modules, their places and wiring;
- ``prune``: remove weak weights and neurons that do not reach an output;
- ``export``: write NIR and ONNX files, and compare readers of the files with the network;
- ``map``: place a run or any NIR file on a chip; count hops and energy;
- ``compare``: compare networks, or conditions of several seeds;
- ``write_report``: write one HTML page about runs;
- ``figures``: the figures; each function draws on ``ax`` and returns it.

Settings and results:

- ``TrainConfig``: all settings of a run, in the tables ``TasksConfig``, ``ModelConfig``, ``GrowthConfig`` and
  ``TrainingConfig``;
- ``Run``: a run's folder, with ``load_model()``, ``config`` and ``metrics()``;
- ``ModularityReport``: the measures of a network;
- ``GrownNetwork``: a pruned network, with ``LIFNeurons``, ``CubaLIFNeurons`` or ``RateNeurons``;
- ``InputError``: the error for input that cannot be used; its message says what to change.

Parts for scripts of your own:

- ``GridLayout``: the places of neurons and the distances between them;
- ``GridRNN``: the base class of networks on a grid, with ``RateRNN`` and ``SpikingRNN``;
- ``TaskSet``: a set of cognitive tasks, and the trials that it makes;
- ``connection_cost``: the cost of wiring, equation 2 of the paper;
- ``swap_neurons``: exchange neurons where that shortens the wiring.

What you can bring yourself, each as an object or by a registered name (:mod:`neurogrow.registries`):

- ``TrialSource``: what a source of trials has to have; names in ``SOURCES``, task records in ``TASK_RECORDS``;
- ``Penalty``: what a network pays for beside its errors; names in ``PENALTIES``;
- ``StopTraining``: raised by a hook on training to stop early;
- ``NEURONS``: classes of networks, by the name of their neuron model;
- ``DIALECTS`` and ``READERS``: forms of NIR files, and tools that read them;
- ``CHIPS``, ``TOPOLOGIES`` and ``ARITHMETIC``: chips, their wiring and their whole numbers;
- ``PARTITIONS``, ``PLACEMENTS``, ``REFINEMENTS`` and ``ROUTERS``: methods that map a network onto a chip.
"""

from typing import TYPE_CHECKING

__version__ = "0.1.0"

if TYPE_CHECKING:
    from . import figures
    from .analysis import ModularityReport
    from .errors import InputError
    from .growth import Penalty, connection_cost, swap_neurons
    from .layout import GridLayout
    from .models import GridRNN, RateRNN, SpikingRNN
    from .network import CubaLIFNeurons, GrownNetwork, LIFNeurons, RateNeurons
    from .registries import (
        ARITHMETIC,
        CHIPS,
        DIALECTS,
        NEURONS,
        PARTITIONS,
        PENALTIES,
        PLACEMENTS,
        READERS,
        REFINEMENTS,
        ROUTERS,
        SOURCES,
        TASK_RECORDS,
        TOPOLOGIES,
    )
    from .tasks import TaskSet, TrialSource
    from .training import GrowthConfig, ModelConfig, Run, StopTraining, TasksConfig, TrainConfig, TrainingConfig
    from .workflow import analyze, compare, export, load, map, prune, record, spike, train, write_report

__all__ = [
    "ARITHMETIC",
    "CHIPS",
    "DIALECTS",
    "NEURONS",
    "PARTITIONS",
    "PENALTIES",
    "PLACEMENTS",
    "READERS",
    "REFINEMENTS",
    "ROUTERS",
    "SOURCES",
    "TASK_RECORDS",
    "TOPOLOGIES",
    "CubaLIFNeurons",
    "GridLayout",
    "GridRNN",
    "GrownNetwork",
    "GrowthConfig",
    "InputError",
    "LIFNeurons",
    "ModelConfig",
    "ModularityReport",
    "Penalty",
    "RateNeurons",
    "RateRNN",
    "Run",
    "SpikingRNN",
    "StopTraining",
    "TaskSet",
    "TasksConfig",
    "TrainConfig",
    "TrainingConfig",
    "TrialSource",
    "analyze",
    "compare",
    "connection_cost",
    "export",
    "figures",
    "load",
    "map",
    "prune",
    "record",
    "spike",
    "swap_neurons",
    "train",
    "write_report",
]

_HOMES = {
    "analysis": ("ModularityReport",),
    "errors": ("InputError",),
    "growth": ("Penalty", "connection_cost", "swap_neurons"),
    "layout": ("GridLayout",),
    "models": ("GridRNN", "RateRNN", "SpikingRNN"),
    "network": ("CubaLIFNeurons", "GrownNetwork", "LIFNeurons", "RateNeurons"),
    "tasks": ("TaskSet", "TrialSource"),
    "training": ("GrowthConfig", "ModelConfig", "Run", "StopTraining", "TasksConfig", "TrainConfig", "TrainingConfig"),
}
"""The module of each public name that is neither a function of ``workflow`` nor a registry."""


def __getattr__(name: str) -> object:
    """Import a public name when it is first used (PEP 562)."""
    from importlib import import_module

    if name not in __all__:
        raise AttributeError(f"module 'neurogrow' has no attribute {name!r}")
    if name == "figures":
        return import_module(".figures", __name__)
    if name.isupper():
        home = "registries"
    else:
        home = next((module for module, names in _HOMES.items() if name in names), "workflow")
    globals()[name] = getattr(import_module(f".{home}", __name__), name)
    return globals()[name]


def __dir__() -> list[str]:
    """List the public names, for completion; and the modules that have been imported."""
    return sorted({*__all__, *(name for name in globals() if name not in ("TYPE_CHECKING", "_HOMES"))})
