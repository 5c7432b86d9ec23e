"""Reading a NIR file of the canonical form into plain snnTorch neurons.

snnTorch's ``Leaky`` with ``reset_mechanism="zero", reset_delay=False`` is v <- beta v + I; s = [v - threshold > 0];
v <- 0 where s, which is NIR's LIF with v_leak = v_reset = 0, beta = 1 - dt / tau and I scaled by r dt / tau. (Its
defaults, a delayed reset by subtraction, are no NIR node.) In IEEE arithmetic v - threshold > 0 and v > threshold are
the same comparison. Only NIR's parameters and ``dt`` are read: no metadata of ours beyond it.
"""

from functools import partial
from pathlib import Path

import nir
import numpy as np
import snntorch
import torch
from torch import Tensor, nn

from neurogrow.arrays import AnyArray, FloatArray
from neurogrow.errors import InputError

from .nir_graph import check_form, read_graph
from .recording import Recording
from .reference import tick_duration


class SnnTorchNetwork(nn.Module):
    """The canonical form in snnTorch: three linear maps, a spiking ``Leaky`` and a ``Leaky`` that never resets."""

    def __init__(self, graph: nir.NIRGraph, dtype: torch.dtype = torch.float64) -> None:
        super().__init__()
        nodes, tensor = graph.nodes, partial(_tensor, dtype=dtype)
        dt = tick_duration(graph)
        hidden_rate_N, readout_rate_O = dt / nodes["hidden"].tau, dt / nodes["readout"].tau
        hidden_gain_N, readout_gain_O = hidden_rate_N * nodes["hidden"].r, readout_rate_O * nodes["readout"].r
        self.input_weights = _linear(nodes["input_weights"].weight, nodes["input_weights"].bias, hidden_gain_N, dtype)
        self.recurrent = _linear(nodes["recurrent"].weight, None, hidden_gain_N, dtype)
        self.hidden = snntorch.Leaky(
            beta=tensor(1 - hidden_rate_N),
            threshold=tensor(nodes["hidden"].v_threshold),
            reset_mechanism="zero",
            reset_delay=False,
        )
        self.output_weights = _linear(nodes["output_weights"].weight, nodes["output_weights"].bias, None, dtype)
        self.register_buffer("readout_gain", tensor(readout_gain_O))
        self.readout = snntorch.Leaky(beta=tensor(1 - readout_rate_O), reset_mechanism="none")

    def forward(self, currents_TBI: Tensor) -> tuple[Tensor, Tensor]:
        """Return spikes (T, B, N) and readout (T, B, O) from a state of zeros."""
        n_lanes = currents_TBI.shape[1]
        spikes_BN = v_BN = currents_TBI.new_zeros(n_lanes, self.recurrent.in_features)
        o_BO = currents_TBI.new_zeros(n_lanes, self.output_weights.out_features)
        spikes, readout = [], []
        for current_BI in currents_TBI:
            spikes_BN, v_BN = self.hidden(self.input_weights(current_BI) + self.recurrent(spikes_BN), v_BN)
            spikes_BN = spikes_BN.to(currents_TBI.dtype)  # snnTorch's spikes are float32 whatever goes in
            _, o_BO = self.readout(self.readout_gain * self.output_weights(spikes_BN), o_BO)
            spikes.append(spikes_BN)
            readout.append(o_BO)
        return torch.stack(spikes), torch.stack(readout)


def load_snntorch(path: Path, dtype: torch.dtype = torch.float64) -> SnnTorchNetwork:
    """Build snnTorch modules from a NIR file of the canonical form. Raises ``InputError`` for any other file."""
    graph = read_graph(path)
    try:
        check_form(graph)
        return SnnTorchNetwork(graph, dtype)
    except InputError as error:
        raise InputError(f"{path} cannot be read into snnTorch: {error}") from None


def run_snntorch(path: Path, currents_TBI: FloatArray, dtype: torch.dtype = torch.float64) -> Recording:
    """Run the file in snnTorch on input currents, one row per tick, from a state of zeros."""
    network = load_snntorch(path, dtype)
    with torch.no_grad():
        spikes_TBN, readout_TBO = network(_tensor(currents_TBI, dtype))
    return Recording(spikes_TBN.numpy() > 0, readout_TBO.numpy().astype(np.float64))


def _tensor(array: AnyArray, dtype: torch.dtype) -> Tensor:
    return torch.tensor(np.asarray(array), dtype=dtype)


def _linear(weight: AnyArray, bias: AnyArray | None, gain: AnyArray | None, dtype: torch.dtype) -> nn.Linear:
    """Return gain * (W x + b) as one linear map, the gain taken into its rows."""
    scale = np.ones(len(weight)) if gain is None else gain
    layer = nn.Linear(weight.shape[1], weight.shape[0], bias=bias is not None, dtype=dtype)
    with torch.no_grad():
        layer.weight.copy_(_tensor(scale[:, None] * weight, dtype))
        if bias is not None:
            layer.bias.copy_(_tensor(scale * bias, dtype))
    return layer
