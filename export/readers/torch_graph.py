"""Common code of readers that are torch modules: step a module tick by tick, and record its neurons."""

from collections.abc import Mapping
from functools import partial
from typing import Any

import nir
import numpy as np
import torch
from torch import Tensor, nn

from neurogrow.arrays import AnyArray, FloatArray
from neurogrow.response import Response

from ..nir.hidden import hidden_nodes, in_order


def step_through(
    network: nn.Module, graph: nir.NIRGraph, currents_TBI: FloatArray, dtype: torch.dtype = torch.float64
) -> Response:
    """Run ``network(current, state) -> (output, state)`` tick by tick."""
    heard: dict[str, list[Tensor]] = {name: [] for name in hidden_nodes(graph)}
    listen(network, heard)
    state, readout = None, []
    with torch.no_grad():
        for current_BI in torch.as_tensor(np.asarray(currents_TBI), dtype=dtype):
            output, state = network(current_BI, state)
            readout.append(output)
    return Response(in_order(graph, stacked(heard)) > 0, torch.stack(readout).numpy().astype(np.float64))


def listen(network: nn.Module, heard: Mapping[str, list[Tensor]]) -> None:
    """Append every output of the submodules of these names to their lists."""
    for name, into in heard.items():
        network.get_submodule(name).register_forward_hook(partial(_keep, into))


def stacked(heard: Mapping[str, list[Tensor]]) -> dict[str, AnyArray]:
    """Return the recorded outputs by name, each an array (T, B, n)."""
    return {name: torch.stack(tensors).numpy() for name, tensors in heard.items()}


def _keep(into: list[Tensor], _module: nn.Module, _arguments: Any, output: Any) -> None:  # noqa: ANN401
    into.append((output[0] if isinstance(output, tuple) else output).detach().clone())
