"""A whole sequence as one autograd node: states saved forward, gradients by hand backward.

Stepping a recurrence through autograd records several nodes a tick and forms the weight gradient as T small products.
Here the forward pass keeps the states, the backward pass walks them once, and the gradient of W is one product over all
ticks.
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


class _Context(FunctionCtx):
    saved_tensors: tuple[Tensor, ...]
    needs_input_grad: tuple[bool, ...]
    activation: Activation


class RateRecurrence(torch.autograd.Function):
    """h_t = phi(W_in u_t + b + W h_{t-1}), h_{-1} = 0.

    Shapes: u (T, B, I), W_in (R, N, I), b (R, N), W (R, N, N) to h (R, T, B, N), in the precision of W.
    The products with W_in are single ones for all ticks, the bias riding along as the weight of an input that is always
    one: so neither it nor its gradient takes a pass over all states of its own.
    """

    @staticmethod
    def forward(
        ctx: _Context,
        inputs_TBI: Tensor,
        input_weights_RNI: Tensor,
        bias_RN: Tensor,
        weights_RNN: Tensor,
        activation: Activation,
    ) -> Tensor:
        """Step through the ticks; inputs and states are the only things kept."""
        T, B, _ = inputs_TBI.shape
        rows_RMJ = _with_ones(inputs_TBI.to(weights_RNN.dtype).flatten(0, 1)).expand(len(weights_RNN), -1, -1)
        both_RNJ = torch.cat([input_weights_RNI, bias_RN[:, :, None]], 2)
        h_RTBN = torch.bmm(rows_RMJ, both_RNJ.mT).view(len(weights_RNN), T, B, -1)
        states = h_RTBN.unbind(1)
        transposed = weights_RNN.mT.contiguous()  # once, for the many products that read it
        for t, h_RBN in enumerate(states):
            if t:
                h_RBN.baddbmm_(states[t - 1], transposed)
            activation.apply_(h_RBN)
        ctx.save_for_backward(rows_RMJ, h_RTBN, input_weights_RNI, weights_RNN)
        ctx.activation = activation
        return h_RTBN

    @staticmethod
    @once_differentiable
    def backward(ctx: _Context, grad_RTBN: Tensor) -> tuple[Tensor | None, Tensor, Tensor, Tensor, None]:
        """delta_t = phi'(h_t) * (grad_t + W^T delta_{t+1}); the weights' gradients are sums of delta_t times h or u."""
        rows_RMJ, h_RTBN, input_weights_RNI, weights_RNN = ctx.saved_tensors
        delta_RTBN = torch.empty_like(h_RTBN)
        deltas, grads, states = delta_RTBN.unbind(1), grad_RTBN.unbind(1), h_RTBN.unbind(1)
        last = len(deltas) - 1
        for t in range(last, -1, -1):
            deltas[t].copy_(grads[t])
            if t < last:
                deltas[t].baddbmm_(deltas[t + 1], weights_RNN)
            ctx.activation.times_slope_(deltas[t], states[t])
        both_RNJ = torch.bmm(delta_RTBN.flatten(1, 2).mT, rows_RMJ)
        grad_inputs = None
        if ctx.needs_input_grad[0]:
            grad_inputs = torch.einsum("rtbn,rni->tbi", delta_RTBN, input_weights_RNI)
        return grad_inputs, both_RNJ[..., :-1], both_RNJ[..., -1], _weight_gradient(delta_RTBN, h_RTBN), None


def _with_ones(rows_MI: Tensor) -> Tensor:
    """Return rows with a column of ones at their end, shape (1, M, I + 1)."""
    return torch.cat([rows_MI, rows_MI.new_ones(len(rows_MI), 1)], 1)[None]


def _weight_gradient(delta_RTBN: Tensor, state_RTBN: Tensor) -> Tensor:
    """sum_t delta_t state_{t-1}^T as one product over all ticks and lanes, shape (R, N, N)."""
    later, earlier = delta_RTBN[:, 1:].flatten(1, 2), state_RTBN[:, :-1].flatten(1, 2)
    return torch.bmm(later.mT, earlier)
