"""Swaps: pairs of neurons exchange places if this shortens the wiring (a quadratic assignment problem).

Only A |D * W|_1 depends on the places of neurons. With f = |W| + |W|^T and D at the neurons' present places, M = f D
gives the change of |D * W|_1 for *every* pairwise swap:

    delta_ij = M_ij + M_ji - M_ii - M_jj + 2 f_ij D_ij.

(The diagonal of f is zeroed: a neuron's connection to itself has length zero wherever it sits.) One matrix product
replaces N^2 evaluations of the cost; after a swap, M changes by a product of rank one and by two columns exchanged.
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, optim

from ..models import GridRNN
from .cpu_search import improve_best_first, improve_in_turn
from .indexing import along, take
from .methods import SwapMethod

_LOOK_EVERY = 8
"""Swaps between two tests whether any swap still improves. A test makes the host wait for the device. Until then a swap
that would not improve is not made."""


def swap_deltas(weights_RNN: Tensor, distance_NN: Tensor) -> Tensor:
    """Return the change of |D * W|_1 if neurons i and j swap places, for all pairs, shape (R, N, N)."""
    return Search.start(weights_RNN, distance_NN).deltas()


def improving_permutation(
    weights_RNN: Tensor, distance_NN: Tensor, method: SwapMethod = "full", most: int | None = None
) -> Tensor:
    """Search swaps that shorten the wiring; return the permutation of neurons that they make, shape (R, N).

    ``permutation[r, place]`` is the neuron that moves to that place. The cost never rises. If no swap improves it, the
    permutation is the identity.

    Parameters
    ----------
    weights_RNN, distance_NN
        Recurrent weights and the distance between places.
    method
        ``"full"``: the best of all pairs, again and again until no swap improves (best improvement). ``"paper"``: each
        of the ``most`` neurons with the largest summed |weight|, in that order, swaps once with its best partner if
        this improves the cost.
    most
        Largest number of swaps: by default 10 N for ``"full"``, and N / 10 (at least 1, at most N) for ``"paper"``.
    """
    n = weights_RNN.shape[1]
    if most is None:
        most = 10 * n if method == "full" else max(1, n // 10)
    search = improve_on_cpu if weights_RNN.device.type == "cpu" else improve_on_device
    return search(weights_RNN, distance_NN, method, most).argsort(1)


def improve_on_device(weights_RNN: Tensor, distance_NN: Tensor, method: SwapMethod, most: int) -> Tensor:
    """Search as :func:`improving_permutation` for all replicas at once; return each neuron's place, (R, N)."""
    search = Search.start(weights_RNN, distance_NN)
    n = weights_RNN.shape[1]
    movers_RN = _strongest_first(search.flow_RNN)
    for k in range(most if method == "full" else min(most, n)):
        if method == "full":
            first_R, second_R, delta_R = search.best_pair()
        else:
            first_R, second_R, delta_R = search.best_partner(movers_RN[:, k])
        improves_R = delta_R < -search.tolerance_R
        if method == "full" and k % _LOOK_EVERY == 0 and not bool(improves_R.any()):
            break
        search.swap(first_R, torch.where(improves_R, second_R, first_R))
    return search.place_RN


def improve_on_cpu(weights_RNN: Tensor, distance_NN: Tensor, method: SwapMethod, most: int) -> Tensor:
    """Search as :func:`improve_on_device`, one replica after the other in numpy, whose small operations are faster."""
    # the paper's method makes few swaps, so errors hardly add up; in float32 both matrices fit into a core's cache
    precision = torch.float64 if method == "full" else torch.float32
    flow_RNN, distance_NN = _flow(weights_RNN, precision), distance_NN.to(precision)
    tolerance_R, movers_RN = _tolerance(flow_RNN, distance_NN).tolist(), _strongest_first(flow_RNN).numpy()
    places = []
    for flow_NN, movers_N, tolerance in zip(flow_RNN.numpy(), movers_RN, tolerance_R, strict=True):
        moving_NN = distance_NN.numpy().copy()
        if method == "full":
            places.append(improve_best_first(flow_NN, moving_NN, most, tolerance))
        else:
            places.append(improve_in_turn(flow_NN, moving_NN, movers_N[:most], tolerance))
    return torch.as_tensor(np.stack(places))


@torch.no_grad()
def permute_neurons(model: GridRNN, permutation_RN: Tensor, optimiser: optim.Optimizer | None = None) -> None:
    """Move neurons to new places, with their weights, the optimiser's moments and all other tensors indexed by neuron.

    The function that the network computes does not change, and neither does its next optimiser step.
    """
    tensors = dict(model.named_parameters()) | dict(model.named_buffers())
    for name, axes in model.neuron_axes.items():
        parameter = tensors[name]
        moments = optimiser.state.get(parameter, {}).values() if optimiser else ()
        for tensor in (parameter, *(m for m in moments if isinstance(m, Tensor) and m.shape == parameter.shape)):
            for axis in axes:
                tensor.copy_(take(tensor, permutation_RN, axis))


@torch.no_grad()
def swap_neurons(
    model: GridRNN,
    optimiser: optim.Optimizer | None = None,
    method: SwapMethod = "full",
    most: int | None = None,
    replicas: Tensor | None = None,
) -> Tensor:
    """Let neurons swap places if this shortens the wiring; return the permutation, shape (R, N).

    Parameters
    ----------
    model
        The networks.
    optimiser
        The optimiser whose moments move with the weights.
    method, most
        As for :func:`improving_permutation`.
    replicas
        Indices of the replicas that swap, shape (S,); by default all. The permutation of the others is the identity.
    """
    weights_RNN = model.recurrent_weights_RNN
    if replicas is None:
        permutation_RN = improving_permutation(weights_RNN, model.distance_NN, method, most)
    else:
        permutation_RN = torch.arange(weights_RNN.shape[1], device=weights_RNN.device).repeat(len(weights_RNN), 1)
        chosen_SNN = weights_RNN.index_select(0, replicas)
        permutation_RN[replicas] = improving_permutation(chosen_SNN, model.distance_NN, method, most)
    permute_neurons(model, permutation_RN, optimiser)
    return permutation_RN


@dataclass(frozen=True, eq=False)
class Search:
    """The state of a search. It is in float64, so that rounding errors stay small; its tensors change in place.

    Neurons keep their index and change their place. So f does not change, while D and M follow the places.
    """

    flow_RNN: Tensor
    distance_RNN: Tensor
    sums_RNN: Tensor
    place_RN: Tensor
    tolerance_R: Tensor

    @classmethod
    @torch.no_grad()
    def start(cls, weights_RNN: Tensor, distance_NN: Tensor) -> "Search":
        """Return the state before the first swap."""
        flow_RNN, distance_NN = _flow(weights_RNN), distance_NN.double()
        R, n, _ = flow_RNN.shape
        place_RN = torch.arange(n, device=flow_RNN.device).repeat(R, 1)
        tolerance_R = _tolerance(flow_RNN, distance_NN)
        return cls(flow_RNN, distance_NN.repeat(R, 1, 1), flow_RNN @ distance_NN, place_RN, tolerance_R)

    def deltas(self) -> Tensor:
        """Return the change of the cost for all pairs, shape (R, N, N)."""
        own_RN = self.sums_RNN.diagonal(dim1=1, dim2=2)
        half_RNN = torch.addcmul(self.sums_RNN, self.flow_RNN, self.distance_RNN).sub_(own_RN[:, None])
        return half_RNN + half_RNN.mT

    def best_pair(self) -> tuple[Tensor, Tensor, Tensor]:
        """Return the pair with the lowest change of all, and that change, each of shape (R,)."""
        n = self.flow_RNN.shape[1]
        lowest_R, flat_R = self.deltas().flatten(1).min(1)
        return flat_R // n, flat_R % n, lowest_R

    def best_partner(self, mover_R: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return the given neuron, the partner with the lowest change, and that change, each of shape (R,)."""
        own_RN = self.sums_RNN.diagonal(dim1=1, dim2=2)
        mover_R1 = mover_R[:, None]
        flow_RN, distance_RN, sums_RN = (
            take(tensor, mover_R1, 1)[:, 0] for tensor in (self.flow_RNN, self.distance_RNN, self.sums_RNN)
        )
        sums_RN = sums_RN + take(self.sums_RNN, mover_R1, 2)[:, :, 0] - own_RN - own_RN.gather(1, mover_R1)
        lowest_R, partner_R = torch.addcmul(sums_RN, flow_RN, distance_RN, value=2).min(1)
        return mover_R, partner_R, lowest_R

    def swap(self, first_R: Tensor, second_R: Tensor) -> None:
        """Exchange two neurons' places in every replica; where both are the same neuron, it stays."""
        pair_R2 = torch.stack([first_R, second_R], 1)
        flow_R2N, distance_R2N = take(self.flow_RNN, pair_R2, 1), take(self.distance_RNN, pair_R2, 1)
        change_RN1 = (flow_R2N[:, 0] - flow_R2N[:, 1])[:, :, None]
        self.sums_RNN.baddbmm_(change_RN1, (distance_R2N[:, 1] - distance_R2N[:, 0])[:, None])
        for tensor, axes in ((self.sums_RNN, (2,)), (self.distance_RNN, (1, 2)), (self.place_RN, (1,))):
            for axis in axes:
                swapped = take(tensor, pair_R2.flip(1), axis)
                tensor.scatter_(axis, along(pair_R2, tensor, axis), swapped)


def _flow(weights_RNN: Tensor, precision: torch.dtype = torch.float64) -> Tensor:
    """Return f = |W| + |W|^T without its diagonal."""
    magnitude_RNN = weights_RNN.detach().abs().to(precision)
    flow_RNN = magnitude_RNN + magnitude_RNN.mT
    flow_RNN.diagonal(dim1=1, dim2=2).zero_()
    return flow_RNN


def _tolerance(flow_RNN: Tensor, distance_NN: Tensor) -> Tensor:
    """Return the smallest improvement that is not rounding, in float32 too, shape (R,): 1e-8 of the cost."""
    return 1e-8 * torch.einsum("rij,ij->r", flow_RNN, distance_NN).clamp(min=1e-30)


def _strongest_first(flow_RNN: Tensor) -> Tensor:
    return flow_RNN.sum(2).argsort(dim=1, descending=True, stable=True)
