"""The spiking network: leaky integrate-and-fire (LIF) neurons on a grid, with the semantics of NIR."""

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar

import numpy as np
import torch
from torch import Tensor, nn

from ..arrays import FloatArray, IntArray
from ..errors import InputError, nearest
from ..layout import GridLayout
from ..network import CubaLIFNeurons, LIFNeurons, SpikeEncoder
from ..timing import TASK_STEP
from .base import GridRNN, Output
from .snntorch_network import SnnTorchNetwork, SpikingParameters
from .spiking_recurrence import EncoderSpikes, SpikingRecurrence, SpikingRule
from .surrogates import SLOPES
from .tangents import Surrogate


class SpikingRNN(GridRNN):
    """LIF neurons driven by W_in u + b + W s, read out by a leaky integrator.

    i <- alpha i + (W_in u + b + W s);  v <- beta v + i;  s = [v > threshold];  v <- 0 where s;
    o <- beta_out o + (1 - beta_out) (W_out s + b_out).

    W carries the spikes of the previous tick. A task step is ``substeps`` ticks, during which the input current is
    constant. The logits of a task step are o at its last tick. These are the neurons of snnTorch with
    ``reset_mechanism="zero"`` and ``reset_delay=False`` (:meth:`to_snntorch` returns them), and the neurons of NIR
    (Pedersen et al. 2024) stepped by Euler's rule.

    Parameters
    ----------
    layout, n_inputs, n_outputs, replicas, seed
        As for :class:`GridRNN`.
    substeps
        Ticks per task step.
    beta, readout_beta
        Decay per tick of membranes and of the readout, in (0, 1).
    threshold
        Spike threshold, positive, the same for all neurons. It sets the scale of the weights and nothing else.
    surrogate, slope
        Name of the surrogate gradient in :mod:`snntorch.surrogate` and its steepness.
    alpha
        Decay per tick of synaptic currents, in (0, 1) (current-based LIF neurons). 0: a current lasts for one tick.
    learn_decays
        Whether each neuron learns its own alpha and beta, starting from the given values. Training changes their
        logits, so that they stay in (0, 1).
    encoders
        Number E of LIF neurons that turn inputs into spikes, at least one for each input. Their spikes reach the hidden
        neurons in the same tick, weighted by ``input_weights_RNI`` of shape (R, N, E). Encoders have the same threshold
        and a fixed beta, the given one. 0: inputs arrive as currents.
    products
        Precision of the products with W in the backward pass; by default the precision of the weights.

    Raises
    ------
    InputError
        If a value is outside its range or the surrogate is not known.
    """

    is_spiking: ClassVar[bool] = True
    alpha_RN: Tensor
    beta_RN: Tensor
    readout_beta_O: Tensor
    encoder_beta_RE: Tensor
    origin_RN: Tensor
    """The place of each neuron when training began. It moves with the neuron in swaps."""

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
        _check_surrogate(surrogate)
        if encoders and encoders < n_inputs:
            raise InputError(
                f"{n_inputs} inputs need at least as many encoders, not {encoders}; or none, for currents."
            )
        super().__init__(layout, encoders or n_inputs, n_outputs, replicas, seed)
        self.substeps = self.ticks_per_task_step = substeps
        self.threshold, self.products = threshold, products
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
        """Number of inputs, I. Encoders do not count."""
        return int(self.encoder_weights_REI.shape[-1]) if self.encoders else super().n_inputs

    @property
    def membrane_decay_RN(self) -> Tensor:
        """Beta of every neuron."""
        return self._decay("beta")

    @property
    def synaptic_decay_RN(self) -> Tensor | None:
        """Alpha of every neuron; None if currents last for one tick."""
        return self._decay("alpha") if self.has_current else None

    def _decay(self, name: str) -> Tensor:
        decay: Tensor = (
            torch.sigmoid(getattr(self, f"{name}_logit_RN")) if self.learn_decays else getattr(self, f"{name}_RN")
        )
        return decay

    @torch.no_grad()
    def set_decay(self, name: str, decay_RN: Tensor) -> None:
        """Set ``"alpha"`` or ``"beta"`` of every neuron, learned or not."""
        if self.learn_decays:
            getattr(self, f"{name}_logit_RN").copy_(torch.logit(decay_RN))
        else:
            getattr(self, f"{name}_RN").copy_(decay_RN)

    @property
    def neuron_axes(self) -> dict[str, tuple[int, ...]]:
        """The axes of :class:`GridRNN`, and those of decays and origins. Encoders do not move, so they have none."""
        decays = ["alpha", "beta"] if self.has_current else ["beta"]
        names = [f"{name}_logit_RN" if self.learn_decays else f"{name}_RN" for name in decays]
        unmoved: dict[str, tuple[int, ...]] = {"encoder_beta_RE": ()} if self.encoders else {}
        return super().neuron_axes | dict.fromkeys([*names, "origin_RN"], (1,)) | unmoved

    def forward(self, inputs_TBI: Tensor) -> Output:
        """Run all replicas on inputs (T, B, I) at task steps, from rest.

        Raises ``InputError`` for inputs of another shape.
        """
        logits_RTBO, activity_RTBN, _ = self._run(inputs_TBI, keep=torch.is_grad_enabled())
        return Output(logits_RTBO, activity_RTBN)

    @torch.no_grad()
    def spikes(self, inputs_TBI: Tensor) -> Tensor:
        """Return the spikes of all neurons at every tick, from rest, (R, T * substeps, B, N), without gradients."""
        _, _, membrane = self._run(inputs_TBI, keep=True)
        return (membrane[:, -len(inputs_TBI) * self.substeps :] > self.threshold).to(membrane.dtype)

    def _run(self, inputs_TBI: Tensor, keep: bool) -> tuple[Tensor, Tensor, Tensor]:
        self.check_inputs(inputs_TBI)
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
        alpha_RN, encoder = self.synaptic_decay_RN, None
        if self.encoders:
            tensors = (self.encoder_weights_REI, self.encoder_bias_RE, self.encoder_beta_RE)
            weights_EI, bias_E, beta_E = (tensor[replica].detach().clone() for tensor in tensors)
            encoder = (weights_EI, bias_E, beta_E)
        return SnnTorchNetwork(
            SpikingParameters(
                self.input_weights_RNI[replica],
                self.hidden_bias_RN[replica],
                self.recurrent_weights_RNN[replica],
                self.output_weights_RON[replica],
                self.output_bias_RO[replica],
                None if alpha_RN is None else alpha_RN[replica].detach().clone(),
                self.membrane_decay_RN[replica].detach().clone(),
                self.readout_beta_O.clone(),
                self.threshold,
                self.surrogate,
                self.slope,
                self.substeps,
                encoder,
            )
        )

    def pruned_neurons(self, replica: int, neuron_ids: IntArray) -> LIFNeurons | CubaLIFNeurons:
        """Return the LIF neurons that pruning keeps or, if their currents decay, current-based LIF neurons."""
        alpha_RN, beta_N = self.synaptic_decay_RN, _numpy(self.membrane_decay_RN[replica])[neuron_ids]
        threshold_N, timing = np.full(len(neuron_ids), self.threshold), (self.substeps, TASK_STEP / self.substeps)
        common = (beta_N, threshold_N, _numpy(self.readout_beta_O), *timing)
        if alpha_RN is None:
            return LIFNeurons(*common)
        return CubaLIFNeurons(*common, _numpy(alpha_RN[replica])[neuron_ids])

    def pruned_encoder(self, replica: int) -> SpikeEncoder | None:
        """Return the encoder of one replica; None if inputs arrive as currents."""
        if not self.encoders:
            return None
        tensors = (self.encoder_weights_REI, self.encoder_bias_RE, self.encoder_beta_RE)
        weights_EI, bias_E, beta_E = (_numpy(tensor[replica]) for tensor in tensors)
        return SpikeEncoder(weights_EI, bias_E, beta_E, np.full(len(bias_E), self.threshold))


def _check_surrogate(name: str) -> None:
    if name not in SLOPES:
        known = list(SLOPES)
        raise InputError(f"Unknown surrogate '{name}'; it is one of {known}.{nearest(name, known)}")


def _numpy(tensor: Tensor) -> FloatArray:
    return tensor.detach().cpu().double().numpy()


def one_input_each(encoders: int, n_inputs: int) -> Tensor:
    """Return the initial weights (E, I) of encoders: encoder e receives input e mod I only.

    The first encoder of an input has weight 1.1; each further one has half the weight of the one before. The first
    spikes at every tick if the input is 1, and less often in proportion to a smaller input.
    """
    encoder_E = torch.arange(encoders)
    weights_EI = torch.zeros(encoders, n_inputs)
    weights_EI[encoder_E, encoder_E % n_inputs] = 1.1 * 0.5 ** (encoder_E // n_inputs)
    return weights_EI
