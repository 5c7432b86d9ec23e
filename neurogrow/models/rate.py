"""The network of the paper: rate neurons on a grid (equation 1)."""

from collections.abc import Sequence

import torch
from torch import Tensor

from ..arrays import IntArray
from ..errors import InputError, nearest
from ..layout import GridLayout
from ..network import RateNeurons
from .base import GridRNN, Output
from .recurrence import ACTIVATIONS, RateRecurrence


def rate_step(h_BN: Tensor, current_BN: Tensor, weights_NN: Tensor, activation: str = "relu") -> Tensor:
    """Return phi(W h + current), with current = W_in u + b: one tick of equation 1, to test the fused form."""
    return ACTIVATIONS[activation].apply_(torch.addmm(current_BN, h_BN, weights_NN.mT))


class RateRNN(GridRNN):
    """h_{t+1} = phi(W h_t + W_in u_t + b);  o_{t+1} = W_out h_{t+1} + b_out;  h_0 = 0 (paper, equation 1).

    ``activation`` is phi: ``"relu"`` (default), ``"tanh"`` or ``"softplus"``. Other parameters as for :class:`GridRNN`.

    Examples
    --------
    >>> model = RateRNN(GridLayout(4, 4), n_inputs=53, n_outputs=17)
    >>> model(torch.zeros(10, 2, 53)).logits_RTBO.shape
    torch.Size([1, 10, 2, 17])
    """

    # Neurons that initially keep 0.7 of their rate per tick learn tasks with delays several times sooner than neurons
    # that start without memory (Le, Jaitly and Hinton 2015, arXiv:1504.00941, with a leak as in Yang et al. 2019).
    recurrent_gain = 0.25
    self_weight = 0.7

    def __init__(
        self,
        layout: GridLayout,
        n_inputs: int,
        n_outputs: int,
        replicas: int = 1,
        seed: int | Sequence[int] = 0,
        activation: str = "relu",
    ) -> None:
        if activation not in ACTIVATIONS:
            known = list(ACTIVATIONS)
            raise InputError(f"Unknown activation '{activation}'; it is one of {known}.{nearest(activation, known)}")
        super().__init__(layout, n_inputs, n_outputs, replicas, seed)
        self.activation = activation

    def forward(self, inputs_TBI: Tensor) -> Output:
        """Run all replicas on inputs (T, B, I), from rest. Raises ``InputError`` for inputs of another shape."""
        self.check_inputs(inputs_TBI)
        logits_RTBO, activity_RTBN = RateRecurrence.apply(  # type: ignore[no-untyped-call]
            inputs_TBI,
            self.input_weights_RNI,
            self.hidden_bias_RN,
            self.recurrent_weights_RNN,
            self.output_weights_RON,
            self.output_bias_RO,
            ACTIVATIONS[self.activation],
        )
        return Output(logits_RTBO, activity_RTBN)

    @torch.no_grad()
    def stepped_logits(self, inputs_TBI: Tensor, replica: int = 0) -> Tensor:
        """Return one replica's logits (T, B, O), with the sums of equation 1 in the order of readers of exported files.

        The fused form adds all inputs of a neuron in one sum. The two differ only by rounding.
        """
        h_BN, logits = inputs_TBI.new_zeros(inputs_TBI.shape[1], self.layout.n_neurons), []
        for inputs_BI in inputs_TBI:
            current_BN = torch.addmm(self.hidden_bias_RN[replica], inputs_BI, self.input_weights_RNI[replica].mT)
            h_BN = rate_step(h_BN, current_BN, self.recurrent_weights_RNN[replica], self.activation)
            logits.append(torch.addmm(self.output_bias_RO[replica], h_BN, self.output_weights_RON[replica].mT))
        return torch.stack(logits)

    def pruned_neurons(self, replica: int, neuron_ids: IntArray) -> RateNeurons:  # noqa: ARG002  (all neurons are equal)
        """Return rate neurons with this network's activation."""
        return RateNeurons(self.activation)
