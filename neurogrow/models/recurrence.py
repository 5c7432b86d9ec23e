"""The rate network over a whole sequence as one autograd node, with one matrix product per tick in each direction.

Stepping a recurrence through autograd records several nodes per tick, and forms the weight gradient as T small
products. Here each row holds the state after a tick, the input of the next tick, and a one. The total input of all
neurons is then a single product per tick. In the backward pass, the gradient with respect to the state is a single
product per tick too. The gradients of all five parameters are blocks of one product over all ticks.

Letters: R replica, T tick, B lane, N neuron, I input, O output; J columns of a row, K columns of a backward row.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.autograd.function import FunctionCtx, once_differentiable


@dataclass(frozen=True)
class Activation:
    """phi, and multiplication by its derivative expressed as a function of the value h = phi(x), both in place.

    The backward pass therefore needs only the saved states, and no array of slopes for all ticks is made.
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
"""Rows are padded with zeros to a multiple of this: tensor cores of a GPU need rows aligned to 16 bytes."""


class _Context(FunctionCtx):
    saved_tensors: tuple[Tensor, ...]
    needs_input_grad: tuple[bool, ...]
    activation: Activation


class RateRecurrence(torch.autograd.Function):
    """h_t = phi(W h_{t-1} + W_in u_t + b), o_t = W_out h_t + b_out, h_{-1} = 0 (paper, equation 1).

    Shapes: u (T, B, I), W_in (R, N, I), b (R, N), W (R, N, N), W_out (R, O, N), b_out (R, O) to o (R, T, B, O) and
    h (R, T, B, N), in the precision of W.

    Let x_t = [h_{t-1}, u_t, 1]. The forward pass is h_t = phi([W, W_in, b] x_t). Let e_t be the gradient with respect
    to the outputs, delta_t the gradient with respect to the argument of phi, and y_t = [delta_t, e_{t-1}]. The backward
    pass is delta_{t-1} = phi'(h_{t-1}) * ([W; W_out]^T y_t). The sum over ticks and lanes of y_t x_t^T contains the
    gradients of all five parameters as blocks.
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
        """Step through the ticks. Only inputs and states are saved for the backward pass."""
        (T, B, n_inputs), (R, n_outputs, n) = inputs_TBI.shape, output_weights_RON.shape
        one = n + n_inputs
        width = _aligned(one + 1)
        x_RTBJ = weights_RNN.new_empty(R, T + 1, B, width)  # the last row holds the last state, for the outputs
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
        """Step back through the ticks, then compute all gradients as one product."""
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
    """Return blocks (R, M, *) side by side, padded with zeros to ``width`` columns."""
    (R, M, _), used = blocks[0].shape, sum(block.shape[2] for block in blocks)
    return torch.cat([*blocks, blocks[0].new_zeros(R, M, width - used)], 2)
