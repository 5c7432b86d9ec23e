"""The reference of the benchmarks: brain-inspired modular training, written with public libraries.

It uses NeuroGym's ``Dataset``, ``torch.nn.RNN``, ``torch.optim.Adam``, the penalty of equation 2 by autograd, and the
swap procedure of BIMT (Liu, Gan, Tegmark 2023, arXiv:2305.08746). For the neurons with the largest summed |weight|,
this procedure evaluates the whole cost for every partner and takes the best partner. The reference does the work of one
neurogrow replica on a CPU. It is as fast as the libraries and the procedure allow. It does not import neurogrow.

Shape letters: T tick, B lane of the batch, N hidden neuron, I input, O output. Weights are ``[post, pre]``.
"""

import warnings
from collections.abc import Callable, Iterator

import torch
import torch.nn.functional as F
from neurogym.envs.collections import get_collection, yang19
from neurogym.utils.data import Dataset
from neurogym.utils.scheduler import RandomSchedule
from neurogym.wrappers.block import ScheduleEnvs
from torch import Tensor, nn

Batches = Callable[[], tuple[Tensor, Tensor]]
"""Function that returns the next batch: inputs (T, B, I), float32, and targets (T, B), int64."""


def plain_batches(lanes: int, ticks: int, seed: int = 0) -> Batches:
    """Return NeuroGym's trials of the 20 tasks, one after another in every lane; I = 53, targets 0 (fixate) to 16."""
    names = [name.removeprefix("yang19.").removesuffix("-v0") for name in get_collection("yang19")]
    with warnings.catch_warnings(action="ignore"):  # NeuroGym causes gymnasium's warnings on wrappers
        tasks = [getattr(yang19, name)() for name in names]
        schedule = ScheduleEnvs(tasks, RandomSchedule(len(tasks)), env_input=True)
        dataset = Dataset(schedule, batch_size=lanes, seq_len=ticks)
        dataset.seed(seed)

    def next_batch() -> tuple[Tensor, Tensor]:
        with warnings.catch_warnings(action="ignore"):
            inputs_TBI, targets_TB = dataset()
        return torch.tensor(inputs_TBI), torch.tensor(targets_TB)  # copies: NeuroGym writes the next batch over this

    return next_batch


class PlainNetwork(nn.Module):
    """h <- relu(W h + W_in u + b); o = W_out h + b_out (equation 1), for N = side x side neurons on the unit square.

    ``torch.nn.RNN`` adds two biases to the same sum. One of them stays zero.
    """

    distance_NN: Tensor

    def __init__(self, n_inputs: int, side: int, n_outputs: int) -> None:
        super().__init__()
        n = side * side
        self.hidden = nn.RNN(n_inputs, n, nonlinearity="relu")
        self.readout = nn.Linear(n, n_outputs)
        nn.init.zeros_(self.hidden.bias_hh_l0).requires_grad_(False)
        places_N2 = torch.cartesian_prod(torch.arange(side), torch.arange(side)).double()
        self.register_buffer("distance_NN", torch.cdist(places_N2 / side, places_N2 / side, p=1).float())

    def forward(self, inputs_TBI: Tensor) -> Tensor:
        """Return the class scores at every tick, (T, B, O)."""
        h_TBN, _ = self.hidden(inputs_TBI)
        return self.readout(h_TBN)

    def connection_cost(self, locality: float) -> Tensor:
        """|W|_1 + |W_in|_1 + |W_out|_1 + |b|_1 + |b_out|_1 + A |D * W|_1 (equation 2); ``locality`` is A."""
        plain = sum(parameter.abs().sum() for parameter in self.parameters() if parameter.requires_grad)
        return plain + locality * wiring_cost(self.hidden.weight_hh_l0, self.distance_NN)

    def neuron_axes(self) -> Iterator[tuple[nn.Parameter, int]]:
        """Every parameter and axis that is indexed by neuron."""
        yield self.hidden.weight_ih_l0, 0
        yield self.hidden.weight_hh_l0, 0
        yield self.hidden.weight_hh_l0, 1
        yield self.hidden.bias_ih_l0, 0
        yield self.readout.weight, 1


def wiring_cost(weights_NN: Tensor, distance_NN: Tensor) -> Tensor:
    """|D * W|_1."""
    return (weights_NN.abs() * distance_NN).sum()


def plain_optimiser(network: PlainNetwork, learning_rate: float = 1e-3) -> torch.optim.Adam:
    """Return torch's Adam."""
    return torch.optim.Adam([p for p in network.parameters() if p.requires_grad], lr=learning_rate)


def plain_loss(
    network: PlainNetwork, inputs_TBI: Tensor, targets_TB: Tensor, strength: float, locality: float
) -> Tensor:
    """Mean cross entropy over all ticks + lambda x connection cost; ``strength`` is lambda."""
    error = F.cross_entropy(network(inputs_TBI).flatten(0, 1), targets_TB.flatten())
    return error + strength * network.connection_cost(locality)


def plain_step(
    network: PlainNetwork,
    optimiser: torch.optim.Optimizer,
    inputs_TBI: Tensor,
    targets_TB: Tensor,
    strength: float = 1e-5,
    locality: float = 1.0,
    clip_norm: float = 1.0,
) -> Tensor:
    """Take one training step, gradients clipped as neurogrow clips them; return the loss before it."""
    optimiser.zero_grad()
    loss = plain_loss(network, inputs_TBI, targets_TB, strength, locality)
    loss.backward()
    nn.utils.clip_grad_norm_(network.parameters(), clip_norm)
    optimiser.step()
    return loss.detach()


@torch.no_grad()
def plain_swap_round(network: PlainNetwork, optimiser: torch.optim.Optimizer, most: int | None = None) -> float:
    """Exchange the strongest neurons with their best partners, and return |D * W|_1 afterwards.

    1. Take the ``most`` neurons (by default N / 10) with the largest summed |weight| of incoming and outgoing
       connections, without connections of a neuron to itself.
    2. For each of them in turn, exchange it with every other neuron, evaluate the whole cost, and exchange them back.
    3. If the lowest of these costs is below the present cost, make that exchange.
    """
    weights_NN = network.hidden.weight_hh_l0
    cost = float(wiring_cost(weights_NN, network.distance_NN))
    strongest = _strongest(weights_NN, max(1, len(weights_NN) // 10) if most is None else most)
    while strongest:
        mover = strongest.pop(0)
        partner, lowest = _best_partner(weights_NN.abs(), network.distance_NN, mover)
        if lowest < cost:
            cost = lowest
            exchange_neurons(network, optimiser, mover, partner)
            strongest = [mover if neuron == partner else neuron for neuron in strongest]
    return cost


@torch.no_grad()
def exchange_neurons(network: PlainNetwork, optimiser: torch.optim.Optimizer, first: int, second: int) -> None:
    """Exchange two neurons: their weights, their biases and the moments of Adam."""
    for parameter, axis in network.neuron_axes():
        moments = [value for value in optimiser.state.get(parameter, {}).values() if value.shape == parameter.shape]
        for tensor in (parameter, *moments):
            _exchange(tensor, axis, first, second)


def _strongest(weights_NN: Tensor, most: int) -> list[int]:
    magnitude_NN = weights_NN.abs().fill_diagonal_(0)
    return (magnitude_NN.sum(0) + magnitude_NN.sum(1)).argsort(descending=True, stable=True)[:most].tolist()


def _best_partner(magnitude_NN: Tensor, distance_NN: Tensor, mover: int) -> tuple[int, float]:
    """Return the partner with the lowest whole cost, and that cost. ``magnitude_NN`` is unchanged afterwards."""
    costs = []
    for partner in range(len(magnitude_NN)):
        _exchange_both(magnitude_NN, mover, partner)
        costs.append((magnitude_NN * distance_NN).sum())
        _exchange_both(magnitude_NN, mover, partner)
    lowest, partner = torch.stack(costs).min(0)
    return int(partner), float(lowest)


def _exchange_both(matrix_NN: Tensor, first: int, second: int) -> None:
    _exchange(matrix_NN, 0, first, second)
    _exchange(matrix_NN, 1, first, second)


def _exchange(tensor: Tensor, axis: int, first: int, second: int) -> None:
    a, b = tensor.select(axis, first), tensor.select(axis, second)
    kept = a.clone()
    a.copy_(b)
    b.copy_(kept)
