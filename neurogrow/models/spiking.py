"""The spiking counterpart: leaky integrate-and-fire neurons on the same grid, with NIR's semantics."""

from collections.abc import Callable, Sequence

import snntorch as snn
import torch
from snntorch import surrogate as snn_surrogate
from torch import Tensor, nn

from ..errors import InputError, nearest
from ..layout import GridLayout
from .base import GridRNN, Output
from .spiking_recurrence import LIFRecurrence

SURROGATES: dict[str, Callable[..., Callable[[Tensor], Tensor]]] = {
    "atan": snn_surrogate.atan,
    "fast_sigmoid": snn_surrogate.fast_sigmoid,
    "sigmoid": snn_surrogate.sigmoid,
    "triangular": snn_surrogate.triangular,
}


class SpikingRNN(GridRNN):
    """LIF neurons driven by W_in u + b + W s, read out by a leaky integrator.

    v <- beta v + (W_in u + b + W s);  s = [v > threshold];  v <- 0 where s;
    o <- beta_out o + (1 - beta_out) (W_out s + b_out).

    W carries the spikes of the tick before. A task step is ``substeps`` ticks, over which the input current is
    constant; the logits of a step are o at its last tick. These are snnTorch's with ``reset_mechanism="zero"`` and
    ``reset_delay=False`` (:meth:`to_snntorch` returns them), and NIR's (Pedersen et al. 2024) stepped by Euler's rule.

    Parameters
    ----------
    layout, n_inputs, n_outputs, replicas, seed
        As for :class:`GridRNN`.
    substeps
        Ticks per task step.
    beta, readout_beta
        Decay per tick of membranes and of the readout, in (0, 1).
    threshold
        Spike threshold, positive; the same for all neurons (a gauge: weights scale with it).
    surrogate, slope
        Name of the surrogate gradient in :mod:`snntorch.surrogate` and its steepness.

    Raises
    ------
    InputError
        If a value is outside its range or the surrogate is not known.
    """

    beta_RN: Tensor
    readout_beta_O: Tensor

    def __init__(
        self,
        layout: GridLayout,
        n_inputs: int,
        n_outputs: int,
        replicas: int = 1,
        seed: int | Sequence[int] = 0,
        substeps: int = 5,
        beta: float = 0.95,
        readout_beta: float = 0.8,
        threshold: float = 1.0,
        surrogate: str = "fast_sigmoid",
        slope: float = 10.0,
    ) -> None:
        if not (0 < beta < 1 and 0 < readout_beta < 1 and threshold > 0 and substeps >= 1):
            raise InputError(
                "A spiking network needs beta and readout_beta in (0, 1), threshold > 0 and substeps >= 1."
            )
        if surrogate not in SURROGATES:
            known = list(SURROGATES)
            raise InputError(f"Unknown surrogate '{surrogate}'; it is one of {known}.{nearest(surrogate, known)}")
        super().__init__(layout, n_inputs, n_outputs, replicas, seed)
        self.substeps, self.threshold = substeps, threshold
        self.spike_gradient = SURROGATES[surrogate](slope)
        self.register_buffer("beta_RN", torch.full((replicas, layout.n_neurons), beta))
        self.register_buffer("readout_beta_O", torch.full((n_outputs,), readout_beta))

    @property
    def neuron_axes(self) -> dict[str, tuple[int, ...]]:
        """As for :class:`GridRNN`, and the membranes' decay."""
        return super().neuron_axes | {"beta_RN": (1,)}

    def spikes(self, inputs_TBI: Tensor) -> Tensor:
        """Spikes of every neuron at every tick, from rest, shape (R, T * substeps, B, N)."""
        spikes: Tensor = LIFRecurrence.apply(  # type: ignore[no-untyped-call]
            self.input_current(inputs_TBI),
            self.recurrent_weights_RNN,
            self.beta_RN,
            self.threshold,
            self.substeps,
            self.spike_gradient,
        )
        return spikes

    def forward(self, inputs_TBI: Tensor) -> Output:
        """Run all replicas on inputs (T, B, I) at task steps, from rest."""
        spikes = self.spikes(inputs_TBI)
        logits_RTBO = leaky_readout(self.output_drive(spikes), self.readout_beta_O, self.substeps)
        R, ticks, B, n = spikes.shape
        return Output(logits_RTBO, spikes.view(R, ticks // self.substeps, self.substeps, B, n).mean(2))

    def to_snntorch(self, replica: int = 0) -> "SnnTorchNetwork":
        """Return one replica as plain snnTorch modules that give the same spikes."""
        return SnnTorchNetwork(self, replica)


def leaky_readout(drive_RTBO: Tensor, beta_O: Tensor, substeps: int) -> Tensor:
    """Leaky integration o <- beta o + (1 - beta) drive, from o = 0, read at the last of every ``substeps`` ticks.

    Linear, so one product with its impulse response: o_t = (1 - beta) sum_{s <= t} beta^(t - s) drive_s.
    Shapes (R, ticks, B, O) to (R, ticks / substeps, B, O).
    """
    ticks = torch.arange(drive_RTBO.shape[1], device=drive_RTBO.device)
    age = ticks[substeps - 1 :: substeps, None] - ticks
    response = torch.where(age >= 0, (1 - beta_O[:, None, None]) * beta_O[:, None, None] ** age.clamp(min=0), 0.0)
    return torch.einsum("ots,rsbo->rtbo", response.to(drive_RTBO.dtype), drive_RTBO)


class SnnTorchNetwork(nn.Module):
    """A :class:`SpikingRNN`'s replica as snnTorch modules stepped tick by tick: slow, and the definition of right."""

    def __init__(self, model: SpikingRNN, replica: int) -> None:
        super().__init__()
        n_outputs, n = model.output_weights_RON.shape[1:]
        self.substeps = model.substeps
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
        for mine, theirs in copies:
            mine.data = theirs.detach()[replica].clone()
        self.hidden = snn.Leaky(
            beta=model.beta_RN[replica].clone(),
            threshold=model.threshold,
            spike_grad=model.spike_gradient,
            reset_mechanism="zero",
            reset_delay=False,
        )
        self.readout = snn.Leaky(beta=model.readout_beta_O.clone(), reset_mechanism="none")
        self.to(model.output_bias_RO.dtype)

    def forward(self, inputs_TBI: Tensor) -> tuple[Tensor, Tensor]:
        """Return logits (T, B, O) at task steps and spikes (T * substeps, B, N) at ticks, from rest."""
        B, dtype = inputs_TBI.shape[1], inputs_TBI.dtype
        spike = membrane = inputs_TBI.new_zeros(B, self.recurrent.in_features)
        voltage = inputs_TBI.new_zeros(B, self.output.out_features)
        spikes, logits = [], []
        for current in self.input(inputs_TBI):
            for _ in range(self.substeps):
                spike, membrane = self.hidden(current + self.recurrent(spike), membrane)
                spike = spike.to(dtype)  # snnTorch's surrogates return float32 whatever they are given
                _, voltage = self.readout((1 - self.readout.beta) * self.output(spike), voltage)
                spikes.append(spike)
            logits.append(voltage)
        return torch.stack(logits), torch.stack(spikes)
