"""Brain-inspired modular training: a cost on wiring, and neurons that may swap places.

Equation 2 of the paper (Liu, Khona, Fiete, Tegmark 2023; BIMT: Liu, Gan, Tegmark, arXiv:2305.08746):

    l_cc = |W|_1 + |W_in|_1 + |W_out|_1 + |b_h|_1 + |b_o|_1 + A |D * W|_1.

Only the last term depends on where neurons sit, so swapping neurons is a quadratic assignment problem. With
f = |W| + |W|^T and D at the neurons' present places, M = f D gives the change of |D * W|_1 for *every* pairwise swap:

    delta_ij = M_ij + M_ji - M_ii - M_jj + 2 f_ij D_ij.

(The diagonal of f is zeroed: a neuron's connection to itself has length zero wherever it sits.) One matrix product
replaces N^2 evaluations of the cost; after a swap, M changes by a product of rank one.
"""

from typing import Literal

import torch
from torch import Tensor, optim

from .models import GridRNN

SwapMethod = Literal["full", "paper"]

_LOOK_EVERY = 8
"""Swaps between two looks at whether any still improves: looking makes the host wait for the device, and a swap that
does not improve changes nothing."""


def connection_cost(model: GridRNN, locality: float) -> Tensor:
    """Equation 2 for every replica, shape (R,); ``locality`` is A."""
    plain = sum(
        weights.abs().flatten(1).sum(1)
        for weights in (model.input_weights_RNI, model.output_weights_RON, model.hidden_bias_RN, model.output_bias_RO)
    )
    price_NN = 1 + locality * model.distance_NN
    return plain + (model.recurrent_weights_RNN.abs() * price_NN).sum((1, 2))


def wiring_cost(weights_RNN: Tensor, distance_NN: Tensor) -> Tensor:
    """|D * W|_1, the part of the cost that swaps change, shape (R,)."""
    return (weights_RNN.abs() * distance_NN).sum((1, 2))


def swap_deltas(weights_RNN: Tensor, distance_NN: Tensor) -> Tensor:
    """Change of |D * W|_1 if neurons i and j swapped places, for all pairs, shape (R, N, N)."""
    flow_RNN = _flow(weights_RNN)
    distance_RNN = distance_NN.to(flow_RNN.dtype).expand_as(flow_RNN)
    return _deltas(flow_RNN, flow_RNN @ distance_RNN, distance_RNN)


def improving_permutation(
    weights_RNN: Tensor, distance_NN: Tensor, method: SwapMethod = "full", most: int | None = None
) -> Tensor:
    """Search swaps that shorten the wiring; return who sits where after them, shape (R, N).

    ``permutation[r, place]`` is the neuron that moves to that place. The cost never rises; where nothing improves, the
    permutation is the identity.

    Parameters
    ----------
    weights_RNN, distance_NN
        Recurrent weights and the distance between places.
    method
        ``"full"``: the best of all pairs, again and again until no swap improves (best improvement). ``"paper"``: each
        of the ``most`` neurons with the largest summed |weight|, in that order, swaps once with its best partner, if
        that improves.
    most
        Largest number of swaps: by default 10 N for ``"full"``, and N / 10 (at least 1) neurons for ``"paper"``.
    """
    flow_RNN = _flow(weights_RNN)
    R, n, _ = flow_RNN.shape
    distance_RNN = distance_NN.to(flow_RNN.dtype).repeat(R, 1, 1)
    sums_RNN = flow_RNN @ distance_RNN
    place_RN = torch.arange(n, device=flow_RNN.device).repeat(R, 1)
    tolerance = 1e-9 * (flow_RNN * distance_RNN).sum((1, 2)).clamp(min=1e-30)
    movers_RN = flow_RNN.sum(2).argsort(dim=1, descending=True, stable=True)
    if most is None:
        most = 10 * n if method == "full" else max(1, n // 10)
    for k in range(most):
        delta_RNN = _deltas(flow_RNN, sums_RNN, distance_RNN)
        mover_R = movers_RN[:, k % n] if method == "paper" else None
        first_R, second_R, improves_R = _best_pair(delta_RNN, mover_R, tolerance)
        if method == "full" and k % _LOOK_EVERY == 0 and not bool(improves_R.any()):
            break
        second_R = torch.where(improves_R, second_R, first_R)
        _swap_places(flow_RNN, sums_RNN, distance_RNN, place_RN, first_R, second_R)
    return place_RN.argsort(1)


@torch.no_grad()
def permute_neurons(model: GridRNN, permutation_RN: Tensor, optimiser: optim.Optimizer | None = None) -> None:
    """Move neurons to their new places: weights, the optimiser's moments and all else that is indexed by neuron.

    The function that the network computes does not change, nor does its next optimiser step.
    """
    tensors = dict(model.named_parameters()) | dict(model.named_buffers())
    for name, axes in model.neuron_axes.items():
        parameter = tensors[name]
        moments = optimiser.state.get(parameter, {}).values() if optimiser else ()
        for tensor in (parameter, *(m for m in moments if isinstance(m, Tensor) and m.shape == parameter.shape)):
            for axis in axes:
                tensor.copy_(_take(tensor, permutation_RN, axis))


@torch.no_grad()
def swap_neurons(
    model: GridRNN, optimiser: optim.Optimizer | None = None, method: SwapMethod = "full", most: int | None = None
) -> Tensor:
    """Let the neurons of every replica swap places where that shortens the wiring; return the permutation (R, N)."""
    permutation_RN = improving_permutation(model.recurrent_weights_RNN, model.distance_NN, method, most)
    permute_neurons(model, permutation_RN, optimiser)
    return permutation_RN


def _flow(weights_RNN: Tensor) -> Tensor:
    """Return f = |W| + |W|^T without its diagonal, in float64 so that a long search does not drift."""
    magnitude = weights_RNN.detach().abs().double()
    flow = magnitude + magnitude.mT
    flow.diagonal(dim1=1, dim2=2).zero_()
    return flow


def _deltas(flow_RNN: Tensor, sums_RNN: Tensor, distance_RNN: Tensor) -> Tensor:
    own_RN = sums_RNN.diagonal(dim1=1, dim2=2)
    return sums_RNN + sums_RNN.mT - own_RN[:, :, None] - own_RN[:, None] + 2 * flow_RNN * distance_RNN


def _best_pair(delta_RNN: Tensor, mover_R: Tensor | None, tolerance_R: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Return the pair with the lowest delta (of one given neuron, or of all), and whether it improves."""
    n = delta_RNN.shape[1]
    if mover_R is None:
        lowest_R, flat_R = delta_RNN.flatten(1).min(1)
        return flat_R // n, flat_R % n, lowest_R < -tolerance_R
    lowest_R, partner_R = _take(delta_RNN, mover_R[:, None], 1)[:, 0].min(1)
    return mover_R, partner_R, lowest_R < -tolerance_R


def _swap_places(
    flow_RNN: Tensor, sums_RNN: Tensor, distance_RNN: Tensor, place_RN: Tensor, first_R: Tensor, second_R: Tensor
) -> None:
    """Exchange two neurons' places in every replica: D's rows and columns, and M = f D by a product of rank one."""
    pair_R2 = torch.stack([first_R, second_R], 1)
    flow_R2N, distance_R2N = _take(flow_RNN, pair_R2, 1), _take(distance_RNN, pair_R2, 1)
    sums_RNN += (flow_R2N[:, 0] - flow_R2N[:, 1])[:, :, None] * (distance_R2N[:, 1] - distance_R2N[:, 0])[:, None]
    order_RN = torch.arange(place_RN.shape[1], device=place_RN.device).repeat(len(place_RN), 1)
    order_RN.scatter_(1, pair_R2, pair_R2.flip(1))
    sums_RNN.copy_(_take(sums_RNN, order_RN, 2))
    distance_RNN.copy_(_take(_take(distance_RNN, order_RN, 1), order_RN, 2))
    place_RN.copy_(_take(place_RN, order_RN, 1))


def _take(tensor: Tensor, index_RM: Tensor, axis: int) -> Tensor:
    """Index one axis of every replica's tensor by that replica's own indices."""
    shape = [1] * tensor.ndim
    shape[0], shape[axis] = index_RM.shape
    wanted = list(tensor.shape)
    wanted[axis] = index_RM.shape[1]
    return tensor.gather(axis, index_RM.view(shape).expand(wanted))
