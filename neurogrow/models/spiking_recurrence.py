"""A whole sequence of spiking neurons as one autograd node: states saved forward, gradients by hand backward."""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.autograd.function import FunctionCtx, once_differentiable


class _Context(FunctionCtx):
    saved_tensors: tuple[Tensor, ...]
    needs_input_grad: tuple[bool, ...]
    surrogate: Callable[[Tensor], Tensor]
    threshold: float
    substeps: int


class LIFRecurrence(torch.autograd.Function):
    """Leaky integrate-and-fire neurons with recurrent weights, reset to zero in the tick of the spike.

    u_t = beta v_{t-1} + x_t + W s_{t-1};  s_t = [u_t > threshold];  v_t = u_t (1 - s_t).

    The derivative of the spike is a surrogate's, in the reset too, as in snnTorch without reset delay. ``current`` is
    (R, T, B, N) at task steps and is held for ``substeps`` ticks; the spikes come back as (R, T * substeps, B, N).
    """

    @staticmethod
    def forward(
        ctx: _Context,
        current_RTBN: Tensor,
        weights_RNN: Tensor,
        beta_RN: Tensor,
        threshold: float,
        substeps: int,
        surrogate: Callable[[Tensor], Tensor],
    ) -> Tensor:
        """Step through the ticks, keeping membrane (before reset) and spikes."""
        R, T, B, n = current_RTBN.shape
        membrane = current_RTBN.new_empty(R, T * substeps, B, n)
        spikes = torch.empty_like(membrane)
        transposed, beta = weights_RNN.mT, beta_RN[:, None]
        rested = torch.zeros_like(current_RTBN[:, 0])
        for t in range(T * substeps):
            u, s, current = membrane[:, t], spikes[:, t], current_RTBN[:, t // substeps]
            if t == 0:
                u.copy_(current)
            else:
                torch.baddbmm(current, spikes[:, t - 1], transposed, out=u)
            u.addcmul_(rested, beta)
            torch.gt(u, threshold, out=s)
            torch.addcmul(u, u, s, value=-1, out=rested)
        ctx.save_for_backward(membrane, spikes, weights_RNN, beta_RN)
        ctx.surrogate = surrogate
        ctx.threshold, ctx.substeps = threshold, substeps
        return spikes

    @staticmethod
    @once_differentiable
    def backward(ctx: _Context, grad: Tensor) -> tuple[Tensor, Tensor, Tensor | None, None, None, None]:
        """delta_t = surrogate'(u_t) (grad_t + W^T delta_{t+1}) + dv_t/du_t beta delta_{t+1}, then as for rates."""
        membrane, spikes, weights_RNN, beta_RN = ctx.saved_tensors
        threshold, substeps = ctx.threshold, ctx.substeps
        slope = _surrogate_slope(ctx.surrogate, membrane - threshold)
        carried = (1 - spikes).addcmul_(slope, membrane, value=-1).mul_(beta_RN[:, None, None])  # beta dv/du
        delta = torch.empty_like(membrane)
        last = membrane.shape[1] - 1
        for t in range(last, -1, -1):
            d = delta[:, t]
            if t == last:
                torch.mul(grad[:, t], slope[:, t], out=d)
            else:
                torch.baddbmm(grad[:, t], delta[:, t + 1], weights_RNN, out=d)
                d.mul_(slope[:, t]).addcmul_(delta[:, t + 1], carried[:, t])
        R, ticks, B, n = membrane.shape
        grad_current = delta.view(R, ticks // substeps, substeps, B, n).sum(2)
        grad_beta = None
        if ctx.needs_input_grad[2]:
            rested = membrane[:, :-1] * (1 - spikes[:, :-1])
            grad_beta = (delta[:, 1:] * rested).sum((1, 2))
        return grad_current, _weight_gradient(delta, spikes), grad_beta, None, None, None


def _surrogate_slope(surrogate: Callable[[Tensor], Tensor], above_threshold: Tensor) -> Tensor:
    """Derivative of any surrogate, elementwise for all ticks at once, by differentiating it."""
    with torch.enable_grad():
        x = above_threshold.detach().requires_grad_()
        (slope,) = torch.autograd.grad(surrogate(x).sum(), x)
    return slope


def _weight_gradient(delta_RTBN: Tensor, state_RTBN: Tensor) -> Tensor:
    """sum_t delta_t state_{t-1}^T as one product over all ticks and lanes, shape (R, N, N)."""
    later, earlier = delta_RTBN[:, 1:].flatten(1, 2), state_RTBN[:, :-1].flatten(1, 2)
    return torch.bmm(later.mT, earlier)
