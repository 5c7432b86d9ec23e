"""The spiking counterpart: leaky integrate-and-fire neurons on the same grid, with NIR's semantics."""

import math
from collections.abc import Sequence
from dataclasses import replace

import torch
from torch import Tensor, nn

from ..errors import InputError, nearest
from ..layout import GridLayout
from .base import GridRNN, Output
from .snntorch_network import SnnTorchNetwork
from .spiking_recurrence import EncoderSpikes, SpikingRecurrence, SpikingRule
from .surrogates import SLOPES
from .tangents import Surrogate


class SpikingRNN(GridRNN):
    """LIF neurons driven by W_in u + b + W s, read out by a leaky integrator.

    i <- alpha i + (W_in u + b + W s);  v <- beta v + i;  s = [v > threshold];  v <- 0 where s;
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
    alpha
        Decay per tick of synaptic currents, in (0, 1) (current-based LIF neurons); 0: they last for one tick.
    learn_decays
        Whether each neuron learns its own alpha and beta, from the given ones on. What is learned is their logit, so
        that they stay in (0, 1).
    encoders
        LIF neurons between inputs and hidden neurons, E: what reaches the hidden neurons is then their spikes of the
        same tick, weighted by ``input_weights_RNI`` of shape (R, N, E). At least one for each input; 0: inputs arrive
        as currents. Encoders have the same threshold and, always, the given beta.
    products
        Precision of the backward pass's products with W; by default that of the weights.

    Raises
    ------
    InputError
        If a value is outside its range or the surrogate is not known.
    """

    is_spiking = True

    alpha_RN: Tensor
    beta_RN: Tensor
    readout_beta_O: Tensor
    encoder_beta_RE: Tensor
    origin_RN: Tensor
    """The place at which each neuron was when training began: neurons swap, and this goes along."""

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
        alpha: float = 0.0,
        learn_decays: bool = False,
        encoders: int = 0,
        products: torch.dtype | None = None,
    ) -> None:
        if not (0 < beta < 1 and 0 < readout_beta < 1 and 0 <= alpha < 1 and threshold > 0 and substeps >= 1):
            raise InputError(
                "A spiking network needs beta and readout_beta in (0, 1), alpha in [0, 1), threshold > 0 and "
                "substeps >= 1."
            )
        if surrogate not in SLOPES:
            known = list(SLOPES)
            raise InputError(f"Unknown surrogate '{surrogate}'; it is one of {known}.{nearest(surrogate, known)}")
        if encoders and encoders < n_inputs:
            raise InputError(
                f"{n_inputs} inputs need at least as many encoders, not {encoders}; or none, for currents."
            )
        super().__init__(layout, encoders or n_inputs, n_outputs, replicas, seed)
        self.substeps, self.threshold, self.products = substeps, threshold, products
        self.ticks_per_task_step = substeps
        self.surrogate, self.slope = surrogate, slope
        self.learn_decays, self.has_current = learn_decays, alpha > 0
        for name, decay in (("alpha", alpha), ("beta", beta)):
            if learn_decays and decay:
                logit = math.log(decay / (1 - decay))
                self.register_parameter(
                    f"{name}_logit_RN", nn.Parameter(torch.full((replicas, layout.n_neurons), logit))
                )
            elif decay:
                self.register_buffer(f"{name}_RN", torch.full((replicas, layout.n_neurons), decay))
        self.register_buffer("readout_beta_O", torch.full((n_outputs,), readout_beta))
        self.register_buffer("origin_RN", torch.arange(layout.n_neurons).repeat(replicas, 1))

        self.encoders = encoders
        if encoders:
            self.encoder_weights_REI = nn.Parameter(one_input_each(encoders, n_inputs).repeat(replicas, 1, 1))
            self.encoder_bias_RE = nn.Parameter(torch.zeros(replicas, encoders))
            self.register_buffer("encoder_beta_RE", torch.full((replicas, encoders), beta))

    @property
    def n_inputs(self) -> int:
        """Number of inputs, I; encoders are not counted."""
        return int(self.encoder_weights_REI.shape[-1]) if self.encoders else super().n_inputs

    @property
    def membrane_decay_RN(self) -> Tensor:
        """Beta of every neuron."""
        return self._decay("beta")

    @property
    def synaptic_decay_RN(self) -> Tensor | None:
        """Alpha of every neuron; None where currents last for one tick."""
        return self._decay("alpha") if self.has_current else None

    def _decay(self, name: str) -> Tensor:
        decay: Tensor = (
            torch.sigmoid(getattr(self, f"{name}_logit_RN")) if self.learn_decays else getattr(self, f"{name}_RN")
        )
        return decay

    @torch.no_grad()
    def set_decay(self, name: str, decay_RN: Tensor) -> None:
        """Set every neuron's ``"alpha"`` or ``"beta"``, whether it is learned or not."""
        if self.learn_decays:
            getattr(self, f"{name}_logit_RN").copy_(torch.logit(decay_RN))
        else:
            getattr(self, f"{name}_RN").copy_(decay_RN)

    @property
    def neuron_axes(self) -> dict[str, tuple[int, ...]]:
        """As for :class:`GridRNN`, each neuron's decays and where it comes from; and of encoders, who stay, none."""
        decays = ["alpha", "beta"] if self.has_current else ["beta"]
        names = [f"{name}_logit_RN" if self.learn_decays else f"{name}_RN" for name in decays]
        still: dict[str, tuple[int, ...]] = {"encoder_beta_RE": ()} if self.encoders else {}
        return super().neuron_axes | dict.fromkeys([*names, "origin_RN"], (1,)) | still

    def forward(self, inputs_TBI: Tensor) -> Output:
        """Run all replicas on inputs (T, B, I) at task steps, from rest."""
        logits_RTBO, activity_RTBN, _ = self._run(inputs_TBI, keep=torch.is_grad_enabled())
        return Output(logits_RTBO, activity_RTBN)

    @torch.no_grad()
    def spikes(self, inputs_TBI: Tensor) -> Tensor:
        """Spikes of every neuron at every tick, from rest, shape (R, T * substeps, B, N), without gradients."""
        _, _, membrane = self._run(inputs_TBI, keep=True)
        return (membrane[:, -len(inputs_TBI) * self.substeps :] > self.threshold).to(membrane.dtype)

    def _run(self, inputs_TBI: Tensor, keep: bool) -> tuple[Tensor, Tensor, Tensor]:
        dtype = self.input_weights_RNI.dtype
        surrogate, products = Surrogate(self.surrogate, self.slope), self.products or dtype
        rule = SpikingRule(self.threshold, self.substeps, self.substeps, surrogate, products, keep)
        arriving_RTBI = inputs_TBI[None].to(dtype)
        if self.encoders:
            current_RTBE = torch.einsum("tbi,rei->rtbe", arriving_RTBI[0], self.encoder_weights_REI)
            current_RTBE = current_RTBE + self.encoder_bias_RE[:, None, None]
            arriving_RTBI = EncoderSpikes.apply(current_RTBE, self.encoder_beta_RE, rule)  # type: ignore[no-untyped-call]
            rule = replace(rule, hold=1)
        run: tuple[Tensor, Tensor, Tensor] = SpikingRecurrence.apply(  # type: ignore[no-untyped-call]
            arriving_RTBI,
            self.input_weights_RNI,
            self.hidden_bias_RN,
            self.recurrent_weights_RNN,
            self.synaptic_decay_RN,
            self.membrane_decay_RN,
            self.output_weights_RON,
            self.output_bias_RO,
            self.readout_beta_O,
            rule,
        )
        return run

    def to_snntorch(self, replica: int = 0) -> SnnTorchNetwork:
        """Return one replica as plain snnTorch modules that give the same spikes."""
        return SnnTorchNetwork(self, replica)


def one_input_each(encoders: int, n_inputs: int) -> Tensor:
    """Return weights (E, I) by which encoder e hears input e mod I, each further one of an input half as strongly.

    The first of each spikes at every tick of an input of 1, and in proportion below it.
    """
    encoder_E = torch.arange(encoders)
    weights_EI = torch.zeros(encoders, n_inputs)
    weights_EI[encoder_E, encoder_E % n_inputs] = 1.1 * 0.5 ** (encoder_E // n_inputs)
    return weights_EI
