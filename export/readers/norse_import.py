"""Norse's own importer, in the precision of the file.

Norse converts every number of a file to float32, in one function. A spike is a comparison, and this rounding moves
spikes. While a file is read, the function is replaced by one that keeps float64.
"""

import warnings
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import torch
from norse.torch.utils import import_nir
from torch import Tensor, nn

from neurogrow.arrays import FloatArray
from neurogrow.response import Response

from ..nir.graph import read_graph
from ..nir.reference import tick_duration
from .torch_graph import step_through


def load(path: Path) -> nn.Module:
    """Read a file of the dialect ``norse`` into Norse modules in float64."""
    graph = read_graph(path)
    with warnings.catch_warnings(), patch.object(import_nir, "_to_tensor", _double):
        warnings.simplefilter("ignore", DeprecationWarning)
        module: nn.Module = import_nir.from_nir(graph, dt=tick_duration(graph))
    return module.double()


def run(path: Path, currents_TBI: FloatArray) -> Response:
    """Run a file of the dialect ``norse`` on input currents, tick by tick, in float64."""
    return step_through(load(path), read_graph(path), currents_TBI)


def _double(value: Any) -> Tensor:  # noqa: ANN401
    return torch.as_tensor(np.asarray(value), dtype=torch.float64)
