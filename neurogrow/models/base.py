"""What every network on a grid has in common: five weights, one layout, a leading replica axis."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor, nn

from ..errors import InputError
from ..layout import GridLayout


@dataclass(frozen=True, eq=False)
class Output:
    """What a network says and does over a batch."""

    logits_RTBO: Tensor
    """Class scores at each task step: 0 is fixate, 1 to O - 1 respond in that direction."""
    activity_RTBN: Tensor
    """Activity of each neuron at each task step: its rate, or for spiking neurons its spikes per tick (0 to 1)."""


class GridRNN(nn.Module):
    """A recurrent network whose neurons sit on a grid; the parameters of equation 1, for R replicas at once.

    Every parameter has a leading replica axis, so that an ensemble trains as batched matrix products; a single network
    is an ensemble of one. All replicas see the same inputs. Weights are ``[post, pre]``.

    Parameters
    ----------
    layout
        Where the N neurons sit.
    n_inputs, n_outputs
        Numbers of inputs I and outputs O.
    replicas
        Number of networks R.
    seed
        Seeds the initial weights: one seed for each replica, or the first replica's, the others' counting up from it.

    Raises
    ------
    InputError
        If a size is below one, or there are not as many seeds as replicas.
    """

    recurrent_gain: ClassVar[float] = 1.0
    """Standard deviation of the initial recurrent weights, times sqrt(N)."""
    self_weight: ClassVar[float] = 0.0
    """What each neuron's initial connection to itself has on top."""

    is_spiking: ClassVar[bool] = False
    """Whether the neurons spike."""
    ticks_per_task_step: int = 1
    """Ticks of the network in a task step of 100 ms."""

    distance_NN: Tensor

    def __init__(
        self, layout: GridLayout, n_inputs: int, n_outputs: int, replicas: int = 1, seed: int | Sequence[int] = 0
    ) -> None:
        super().__init__()
        if min(n_inputs, n_outputs, replicas) < 1:
            raise InputError("A network needs at least one input, one output and one replica.")
        seeds = range(seed, seed + replicas) if isinstance(seed, int) else seed
        if len(seeds) != replicas:
            raise InputError(f"{replicas} replicas need as many seeds, not {len(seeds)}.")
        self.layout, self.replicas = layout, replicas
        n = layout.n_neurons
        self.input_weights_RNI = nn.Parameter(torch.empty(replicas, n, n_inputs))
        self.recurrent_weights_RNN = nn.Parameter(torch.empty(replicas, n, n))
        self.output_weights_RON = nn.Parameter(torch.empty(replicas, n_outputs, n))
        self.hidden_bias_RN = nn.Parameter(torch.empty(replicas, n))
        self.output_bias_RO = nn.Parameter(torch.empty(replicas, n_outputs))
        self.register_buffer("distance_NN", torch.as_tensor(layout.distance_NN, dtype=torch.float32), persistent=False)
        self.initialise(seeds)

    @torch.no_grad()
    def initialise(self, seeds: Sequence[int]) -> None:
        """Draw the weights of each replica from its seed; biases start at zero.

        Weights are N(0, 1 / fan-in), the recurrent ones times ``recurrent_gain``, plus ``self_weight`` on the diagonal.
        """
        weights = (self.input_weights_RNI, self.recurrent_weights_RNN, self.output_weights_RON)
        for replica, seed in enumerate(seeds):
            generator = torch.Generator().manual_seed(seed)
            for weight in weights:
                weight[replica] = torch.randn(weight.shape[1:], generator=generator) / math.sqrt(weight.shape[-1])
        self.recurrent_weights_RNN.mul_(self.recurrent_gain).diagonal(dim1=1, dim2=2).add_(self.self_weight)
        self.hidden_bias_RN.zero_()
        self.output_bias_RO.zero_()

    @property
    def n_inputs(self) -> int:
        """Number of inputs, I."""
        return int(self.input_weights_RNI.shape[-1])

    @property
    def neuron_axes(self) -> dict[str, tuple[int, ...]]:
        """For each parameter and persistent buffer that is indexed by neuron: which of its axes are."""
        return {
            "input_weights_RNI": (1,),
            "recurrent_weights_RNN": (1, 2),
            "output_weights_RON": (2,),
            "hidden_bias_RN": (1,),
        }

    def some_replicas(self, some: slice) -> dict[str, Tensor]:
        """Return every parameter and buffer that has a replica axis, cut to some replicas (views, not copies)."""
        tensors = dict(self.named_parameters()) | dict(self.named_buffers())
        names = dict.fromkeys([*dict(self.named_parameters()), *self.neuron_axes])
        return {name: tensors[name][some] for name in names}

    def forward(self, inputs_TBI: Tensor) -> Output:
        """Run all replicas on a batch of task steps, from rest."""
        raise NotImplementedError
