"""snnTorch's neurons in the graph of a NIR file, by a map for nirtorch.

snnTorch's ``Leaky`` and ``Synaptic`` with ``reset_mechanism="zero", reset_delay=False`` are NIR's LIF and CubaLIF with
v_leak = v_reset = 0 and unscaled input: v <- beta v + I; s = [v - threshold > 0]; v <- 0 where s. In IEEE arithmetic
this is the comparison v > threshold. (No NIR node has snnTorch's defaults, a delayed reset by subtraction, and its own
importer reads loops wrong.)
"""

from pathlib import Path
from typing import Any

import nir
import nirtorch
import numpy as np
import snntorch
import torch
from torch import Tensor, nn

from neurogrow.arrays import AnyArray, FloatArray
from neurogrow.errors import InputError
from neurogrow.response import Response

from ..nir.graph import read_graph
from ..nir.reference import tick_duration
from .torch_graph import step_through


class Spikes(nn.Module):
    """A snnTorch neuron with an inner state, whose spikes have the precision of its input."""

    def __init__(self, neuron: nn.Module) -> None:
        super().__init__()
        self.neuron = neuron

    def forward(self, current: Tensor) -> Tensor:
        """Return the spikes (B, n)."""
        spikes: Tensor = self.neuron(current).to(current.dtype)  # snnTorch's spikes are float32 whatever goes in
        return spikes


class Membrane(nn.Module):
    """A snnTorch neuron that never resets and returns its membrane."""

    def __init__(self, neuron: nn.Module) -> None:
        super().__init__()
        self.neuron = neuron

    def forward(self, current: Tensor) -> Tensor:
        """Return the membrane (B, n)."""
        membrane: Tensor = self.neuron(current)[-1]
        return membrane


def load(path: Path, dtype: torch.dtype = torch.float64) -> nn.Module:
    """Read a file of the dialect ``snntorch`` into snnTorch modules, joined as its graph is.

    Raises
    ------
    InputError
        If the file is not NIR, its tick is not known, or snnTorch has no such neuron.
    """
    graph = read_graph(path)
    try:
        dt = tick_duration(graph)
        kinds = {nir.LIF: _leaky, nir.CubaLIF: _synaptic, nir.LI: _integrator}
        neurons = {kind: lambda node, make=make: make(node, dt) for kind, make in kinds.items()}
        linear = {nir.Affine: _linear, nir.Linear: _linear}
        module: nn.Module = nirtorch.nir_to_torch(graph, neurons | linear, dtype=dtype)
    except ValueError as error:
        raise InputError(f"{path} cannot be read into snnTorch: {error}") from None
    return module


def run(path: Path, currents_TBI: FloatArray, dtype: torch.dtype = torch.float64) -> Response:
    """Run a file of the dialect ``snntorch`` on input currents, tick by tick."""
    return step_through(load(path, dtype), read_graph(path), np.asarray(currents_TBI), dtype)


def _leaky(node: nir.LIF, dt: float) -> nn.Module:
    beta = 1 - dt / node.tau
    _check(node, node.r * (dt / node.tau))
    return Spikes(
        snntorch.Leaky(
            beta=torch.as_tensor(beta),
            threshold=torch.as_tensor(node.v_threshold),
            reset_mechanism="zero",
            reset_delay=False,
            init_hidden=True,
        )
    )


def _synaptic(node: nir.CubaLIF, dt: float) -> nn.Module:
    _check(node, node.r * (dt / node.tau_mem) * (node.w_in * (dt / node.tau_syn)))
    return Spikes(
        snntorch.Synaptic(
            alpha=torch.as_tensor(1 - dt / node.tau_syn),
            beta=torch.as_tensor(1 - dt / node.tau_mem),
            threshold=torch.as_tensor(node.v_threshold),
            reset_mechanism="zero",
            reset_delay=False,
            init_hidden=True,
        )
    )


def _integrator(node: nir.LI, dt: float) -> nn.Module:
    _check(node, node.r * (dt / node.tau))
    beta = torch.as_tensor(1 - dt / node.tau)
    return Membrane(snntorch.Leaky(beta=beta, reset_mechanism="none", init_hidden=True, output=True))


def _check(node: Any, gain: AnyArray) -> None:  # noqa: ANN401
    """Raise ``ValueError`` if a snnTorch neuron does not compute what the node describes."""
    if not np.allclose(gain, 1, rtol=1e-12):
        raise ValueError(f"input reaches its {type(node).__name__} scaled by {np.ravel(gain)[0]:.6g}, not unscaled.")
    if np.any(node.v_leak) or np.any(getattr(node, "v_reset", 0)):
        raise ValueError(f"v_leak or v_reset of its {type(node).__name__} is not zero.")


def _linear(node: Any) -> nn.Module:  # noqa: ANN401
    layer = nn.Linear(node.weight.shape[1], node.weight.shape[0], bias=isinstance(node, nir.Affine))
    layer.weight.data = torch.as_tensor(node.weight)
    if isinstance(node, nir.Affine):
        layer.bias.data = torch.as_tensor(node.bias)
    return layer
