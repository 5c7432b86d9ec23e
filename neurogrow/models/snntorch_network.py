"""A spiking network as plain snnTorch modules, stepped tick by tick: slow, and the definition of right."""

from typing import TYPE_CHECKING

import snntorch as snn
import torch
from torch import Tensor, nn

from .surrogates import spike_gradient

if TYPE_CHECKING:
    from .spiking import SpikingRNN


class SnnTorchNetwork(nn.Module):
    """One replica of a :class:`~neurogrow.models.SpikingRNN` as :mod:`snntorch` neurons between linear layers."""

    def __init__(self, model: "SpikingRNN", replica: int) -> None:
        super().__init__()
        n_outputs, n = model.output_weights_RON.shape[1:]
        self.substeps = model.substeps
        self.encode = nn.Linear(model.n_inputs, model.encoders) if model.encoders else None
        self.input = nn.Linear(model.input_weights_RNI.shape[2], n)
        self.recurrent = nn.Linear(n, n, bias=False)
        self.output = nn.Linear(n, n_outputs)
        copies = [
            (self.input.weight, model.input_weights_RNI),
            (self.input.bias, model.hidden_bias_RN),
            (self.recurrent.weight, model.recurrent_weights_RNN),
            (self.output.weight, model.output_weights_RON),
            (self.output.bias, model.output_bias_RO),
        ]
        if self.encode:
            copies += [(self.encode.weight, model.encoder_weights_REI), (self.encode.bias, model.encoder_bias_RE)]
        for mine, theirs in copies:
            mine.data = theirs.detach()[replica].clone()
        alpha_RN, beta_N = model.synaptic_decay_RN, model.membrane_decay_RN[replica].detach().clone()
        how = {
            "threshold": model.threshold,
            "spike_grad": spike_gradient(model.surrogate, model.slope),
            "reset_mechanism": "zero",
            "reset_delay": False,
        }
        self.hidden = (
            snn.Leaky(beta_N, **how)
            if alpha_RN is None
            else snn.Synaptic(alpha_RN[replica].detach().clone(), beta_N, **how)
        )
        self.encoders = snn.Leaky(model.encoder_beta_RE[replica].clone(), **how) if self.encode else None
        self.readout = snn.Leaky(model.readout_beta_O.clone(), reset_mechanism="none")
        self.to(model.output_bias_RO.dtype)

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
                spike = spike.to(dtype)  # snnTorch's surrogates return float32 whatever they are given
                _, voltage = self.readout((1 - self.readout.beta) * self.output(spike), voltage)
                spikes.append(spike)
            logits.append(voltage)
        return torch.stack(logits), torch.stack(spikes)
