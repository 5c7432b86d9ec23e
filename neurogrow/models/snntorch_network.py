"""A spiking network as plain snnTorch modules, stepped tick by tick: the slow reference for the fused recurrence."""

from dataclasses import dataclass

import snntorch as snn
import torch
from torch import Tensor, nn

from .surrogates import spike_gradient


@dataclass(frozen=True, eq=False)
class SpikingParameters:
    """The parameters of one spiking network; N neurons, M inputs of the hidden neurons (I, or E with an encoder)."""

    input_weights_NM: Tensor
    hidden_bias_N: Tensor
    recurrent_weights_NN: Tensor
    output_weights_ON: Tensor
    output_bias_O: Tensor
    alpha_N: Tensor | None
    """Decay of synaptic currents per tick; None if a current lasts for one tick."""
    beta_N: Tensor
    """Decay of membranes per tick."""
    readout_beta_O: Tensor
    """Decay of the readout per tick."""
    threshold: float
    surrogate: str
    """Name of the surrogate gradient in :mod:`snntorch.surrogate`."""
    slope: float
    """Steepness of the surrogate gradient."""
    substeps: int
    """Ticks per task step."""
    encoder: tuple[Tensor, Tensor, Tensor] | None = None
    """Weights (E, I), biases (E,) and membrane decays (E,) of the encoder; None if inputs arrive as currents."""


class SnnTorchNetwork(nn.Module):
    """A spiking network made of :mod:`snntorch` neurons between linear layers."""

    def __init__(self, parameters: SpikingParameters) -> None:
        super().__init__()
        p = parameters
        self.substeps = p.substeps
        self.input, self.output = (
            _linear(p.input_weights_NM, p.hidden_bias_N),
            _linear(p.output_weights_ON, p.output_bias_O),
        )
        self.recurrent = _linear(p.recurrent_weights_NN)
        settings = {
            "threshold": p.threshold,
            "spike_grad": spike_gradient(p.surrogate, p.slope),
            "reset_mechanism": "zero",
            "reset_delay": False,
        }
        self.hidden = (
            snn.Leaky(p.beta_N, **settings) if p.alpha_N is None else snn.Synaptic(p.alpha_N, p.beta_N, **settings)
        )
        self.encode, self.encoders = None, None
        if p.encoder:
            weights_EI, bias_E, beta_E = p.encoder
            self.encode, self.encoders = _linear(weights_EI, bias_E), snn.Leaky(beta_E, **settings)
        self.readout = snn.Leaky(p.readout_beta_O, reset_mechanism="none")
        self.to(p.output_bias_O.dtype)

    def forward(self, inputs_TBI: Tensor) -> tuple[Tensor, Tensor]:
        """Return logits (T, B, O) at task steps and spikes (T * substeps, B, N) at ticks, from rest."""
        B, dtype = inputs_TBI.shape[1], inputs_TBI.dtype
        spike = inputs_TBI.new_zeros(B, self.recurrent.in_features)
        state = (spike,) * (2 if isinstance(self.hidden, snn.Synaptic) else 1)
        voltage = inputs_TBI.new_zeros(B, self.output.out_features)
        spikes, logits, resting = [], [], inputs_TBI.new_zeros(())
        for driven in self.encode(inputs_TBI) if self.encode else self.input(inputs_TBI):
            for _ in range(self.substeps):
                current = driven
                if self.encoders:
                    encoded, resting = self.encoders(driven, resting)
                    current = self.input(encoded.to(dtype))
                spike, *state = self.hidden(current + self.recurrent(spike), *state)
                spike = spike.to(dtype)  # snnTorch's surrogates always return float32
                _, voltage = self.readout((1 - self.readout.beta) * self.output(spike), voltage)
                spikes.append(spike)
            logits.append(voltage)
        return torch.stack(logits), torch.stack(spikes)


def _linear(weights: Tensor, bias: Tensor | None = None) -> nn.Linear:
    """Return a layer that owns copies of weights (out, in) and of a bias (out,), if there is one."""
    layer = nn.Linear(weights.shape[1], weights.shape[0], bias=bias is not None)
    layer.weight.data = weights.detach().clone()
    if bias is not None:
        layer.bias.data = bias.detach().clone()
    return layer
