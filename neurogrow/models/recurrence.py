"""The whole rate network as one autograd node, one matrix product a tick: states saved, gradients by hand backward.

Stepping a recurrence through autograd records several nodes a tick and forms the weight gradient as T small products.
Here each tick's state stands in a row beside the next tick's input and a one, so that what a neuron receives is a
single product; backward, what a neuron answers for is a single product too; and all gradients are one for all ticks.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.autograd.function import FunctionCtx, once_differentiable


@dataclass(frozen=True)
class Activation:
    """phi and, to go back, multiplication by its derivative as a function of phi's own value h, both in place.

    So only the state is saved, and no array of slopes for all ticks is ever made.
    """

    apply_: Callable[[Tensor], Tensor]
    times_slope_: Callable[[Tensor, Tensor], Tensor]


ACTIVATIONS: dict[str, Activation] = {
    "relu": Activation(torch.relu_, lambda d, h: torch.ops.aten.threshold_backward.grad_input(d, h, 0, grad_input=d)),
    "tanh": Activation(torch.tanh_, lambda d, h: torch.ops.aten.tanh_backward.grad_input(d, h, grad_input=d)),
    "softplus": Activation(
        lambda x: x.copy_(torch.nn.functional.softplus(x)), lambda d, h: d.mul_(torch.expm1(-h).neg_())
    ),
}

ALIGNMENT = 8
"""Rows are filled up with zeros to a multiple of this: the products of a GPU's tensor cores want 16 bytes."""


class _Context(FunctionCtx):
    saved_tensors: tuple[Tensor, ...]
    needs_input_grad: tuple[bool, ...]
    activation: Activation


class RateRecurrence(torch.autograd.Function):
    """h_t = phi(W h_{t-1} + W_in u_t + b), o_t = W_out h_t + b_out, h_{-1} = 0 (paper, equation 1).

    Shapes: u (T, B, I), W_in (R, N, I), b (R, N), W (R, N, N), W_out (R, O, N), b_out (R, O) to o (R, T, B, O) and
    h (R, T, B, N), in the precision of W.

    With x_t = [h_{t-1}, u_t, 1], forward is h_t = phi([W, W_in, b] x_t). With e the gradient at the outputs and delta
    the one before phi, y_t = [delta_t, e_{t-1}], backward is delta_{t-1} = phi'(h_{t-1}) * ([W; W_out]^T y_t), and the
    sum over ticks and lanes of y_t x_t^T holds the gradients of all five parameters as its blocks.
    """

    @staticmethod
    def forward(
        ctx: _Context,
        inputs_TBI: Tensor,
        input_weights_RNI: Tensor,
        bias_RN: Tensor,
        weights_RNN: Tensor,
        output_weights_RON: Tensor,
        output_bias_RO: Tensor,
        activation: Activation,
    ) -> tuple[Tensor, Tensor]:
        """Step through the ticks; inputs and states are the only things kept."""
        (T, B, n_inputs), (R, n_outputs, n) = inputs_TBI.shape, output_weights_RON.shape
        one = n + n_inputs
        width = _aligned(one + 1)
        x_RTBJ = weights_RNN.new_empty(R, T + 1, B, width)  # x_T holds the last state, for the outputs
        x_RTBJ[:, 0, :, :n] = 0
        x_RTBJ[:, :T, :, n:one] = inputs_TBI
        x_RTBJ[:, T, :, n:one] = 0
        x_RTBJ[..., one] = 1
        x_RTBJ[..., one + 1 :] = 0
        into_RJN = _beside(weights_RNN, input_weights_RNI, bias_RN[..., None], width=width).mT.contiguous()
        rows, states = x_RTBJ.unbind(1), x_RTBJ[..., :n].unbind(1)
        for t in range(T):
            activation.apply_(torch.bmm(rows[t], into_RJN, out=states[t + 1]))
        nothing = output_weights_RON.new_zeros(R, n_outputs, n_inputs)
        out_ROJ = _beside(output_weights_RON, nothing, output_bias_RO[..., None], width=width)
        logits_RTBO = torch.bmm(x_RTBJ[:, 1:].flatten(1, 2), out_ROJ.mT).view(R, T, B, n_outputs)
        ctx.save_for_backward(x_RTBJ, input_weights_RNI, weights_RNN, output_weights_RON)
        ctx.activation = activation
        ctx.set_materialize_grads(False)
        return logits_RTBO, x_RTBJ[:, 1:, :, :n]

    @staticmethod
    @once_differentiable
    def backward(ctx: _Context, grad_RTBO: Tensor | None, grad_RTBN: Tensor | None) -> tuple[Tensor | None, ...]:
        """Walk back through the ticks, then form all gradients as one product."""
        x_RTBJ, input_weights_RNI, weights_RNN, output_weights_RON = ctx.saved_tensors
        (R, n_outputs, n), (T, B) = output_weights_RON.shape, (x_RTBJ.shape[1] - 1, x_RTBJ.shape[2])
        end = n + n_outputs
        y_RTBK = torch.empty(R, T + 1, B, _aligned(end), dtype=x_RTBJ.dtype, device=x_RTBJ.device)
        y_RTBK[:, T, :, :n] = 0
        y_RTBK[:, 1:, :, n:end] = 0 if grad_RTBO is None else grad_RTBO
        y_RTBK[:, 0, :, n:] = 0
        y_RTBK[..., end:] = 0
        back_RKN = _beside(weights_RNN.mT, output_weights_RON.mT, width=_aligned(end)).mT.contiguous()
        rows, deltas, states = y_RTBK.unbind(1), y_RTBK[..., :n].unbind(1), x_RTBJ[..., :n].unbind(1)
        for t in range(T, 0, -1):
            delta_RBN = torch.bmm(rows[t], back_RKN, out=deltas[t - 1])
            if grad_RTBN is not None:
                delta_RBN += grad_RTBN[:, t - 1]
            ctx.activation.times_slope_(delta_RBN, states[t])
        sums_RKJ = torch.bmm(y_RTBK.flatten(1, 2).mT, x_RTBJ.flatten(1, 2))
        hidden_RNJ, output_ROJ, one = sums_RKJ[:, :n], sums_RKJ[:, n:end], n + input_weights_RNI.shape[2]
        grad_inputs = None
        if ctx.needs_input_grad[0]:
            grad_inputs = torch.einsum("rtbn,rni->tbi", y_RTBK[:, :T, :, :n], input_weights_RNI)
        return (
            grad_inputs,
            hidden_RNJ[..., n:one],
            hidden_RNJ[..., one],
            hidden_RNJ[..., :n],
            output_ROJ[..., :n],
            output_ROJ[..., one],
            None,
        )


def _aligned(width: int) -> int:
    return -(-width // ALIGNMENT) * ALIGNMENT


def _beside(*blocks: Tensor, width: int) -> Tensor:
    """Return blocks (R, M, *) side by side, and zeros up to ``width`` columns."""
    (R, M, _), used = blocks[0].shape, sum(block.shape[2] for block in blocks)
    return torch.cat([*blocks, blocks[0].new_zeros(R, M, width - used)], 2)
