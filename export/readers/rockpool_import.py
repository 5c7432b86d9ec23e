"""Rockpool's own importer, in float64.

Rockpool holds parameters and counts of spikes in float32, which moves spikes now and then. After a file is read, its
parameters are set again in float64, and counts are passed on in float64.
"""

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nir
import numpy as np
import torch
from rockpool.nn.modules.torch import nir as rockpool_nir
from torch import Tensor, nn

from neurogrow.arrays import AnyArray, FloatArray
from neurogrow.response import Response

from ..nir.graph import read_graph
from ..nir.hidden import hidden_nodes, in_order
from .torch_graph import listen, stacked


def run(path: Path, currents_TBI: FloatArray) -> Response:
    """Run a file of the dialect ``rockpool`` on input currents."""
    graph = read_graph(path)
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    try:
        network = _load(graph)
        heard: dict[str, list[Tensor]] = {name: [] for name in hidden_nodes(graph)}
        listen(network, heard)
        with torch.no_grad():
            output, _ = network(torch.as_tensor(np.asarray(currents_TBI, dtype=np.float64)).transpose(0, 1))
    finally:
        torch.set_default_dtype(before)
    spikes = {name: array[0].transpose(1, 0, 2) for name, array in stacked(heard).items()}
    return Response(in_order(graph, spikes), output.transpose(0, 1).numpy())


def _load(graph: nir.NIRGraph) -> nn.Module:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        network: nn.Module = rockpool_nir.from_nir(graph)
    network.double()
    for name, node in graph.nodes.items():
        if name not in ("input", "output"):
            _restore(network.get_submodule(name), node)
    return network


def _restore(module: Any, node: Any) -> None:  # noqa: ANN401  (neither package has types)
    """Set the parameters of a module to those of its node."""
    if isinstance(node, nir.NIRGraph):
        (neurons,) = hidden_nodes(node).values()
        (weights,) = (each for each in node.nodes.values() if isinstance(each, nir.Linear))
        _put(module, tau_mem=neurons.tau_mem, tau_syn=neurons.tau_syn[:, None], threshold=neurons.v_threshold)
        _put(module, w_rec=weights.weight.T)
        module.spike_generation_fn = _in_double(module.spike_generation_fn)
    elif isinstance(node, nir.LI):
        _put(module, tau=node.tau)
    else:
        _put(module, weight=node.weight.T, **({"bias": node.bias} if isinstance(node, nir.Affine) else {}))


def _put(module: nn.Module, **numbers: AnyArray) -> None:
    for name, value in numbers.items():
        tensor = getattr(module, name)
        tensor.data = torch.as_tensor(np.ascontiguousarray(value)).reshape(tensor.shape)


def _in_double(spikes: Callable[..., Tensor]) -> Callable[..., Tensor]:
    return lambda *arguments: spikes(*arguments).double()
