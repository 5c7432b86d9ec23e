"""SpikingJelly's own importer, in float64."""

from pathlib import Path

import torch
from spikingjelly.activation_based import nir_exchange
from torch import nn

from neurogrow.arrays import FloatArray
from neurogrow.response import Response

from ..nir.graph import read_graph
from ..nir.reference import tick_duration
from .torch_graph import step_through


def load(path: Path) -> nn.Module:
    """Read a file of the dialect ``spikingjelly`` into SpikingJelly modules."""
    graph = read_graph(path)
    module: nn.Module = nir_exchange.import_from_nir(graph, dt=tick_duration(graph), dtype=torch.float64)
    return module


def run(path: Path, currents_TBI: FloatArray) -> Response:
    """Run a file of the dialect ``spikingjelly`` on input currents, tick by tick."""
    return step_through(load(path), read_graph(path), currents_TBI)
