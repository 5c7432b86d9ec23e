"""The base class of networks on a grid: five weights, one layout, a leading replica axis."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor, nn

from ..arrays import IntArray
from ..errors import InputError
from ..layout import GridLayout
from ..network import NeuronModel, SpikeEncoder


@dataclass(frozen=True, eq=False)
class Output:
    """The logits and the activity of R networks over a batch; T counts task steps."""

    logits_RTBO: Tensor
    """Class scores at each task step. Class 0 is to fixate; classes 1 to O - 1 are directions of the response."""
    activity_RTBN: Tensor
    """Activity of each neuron at each task step: its rate or, for spiking neurons, its spikes per tick (0 to 1)."""


class GridRNN(nn.Module):
    """A recurrent network whose neurons sit on a grid, with the parameters of equation 1 for R replicas.

    Every parameter has a leading replica axis, so that an ensemble trains as batched matrix products. A single network
    is an ensemble of one. All replicas see the same inputs. Weights are ``[post, pre]``.

    A neuron model of your own is a subclass with a ``forward`` method. Parameters and buffers that it adds start with
    the replica axis; those indexed by neuron are named in :attr:`neuron_axes`. Optionally it sets :attr:`is_spiking`
    and :attr:`ticks_per_task_step`, and implements :meth:`pruned_neurons`.

    Parameters
    ----------
    layout
        The places of the N neurons.
    n_inputs, n_outputs
        Numbers of inputs I and outputs O.
    replicas
        Number of networks R.
    seed
        Seed of the initial weights: one seed for each replica, or the seed of the first replica. Then the seed of each
        further replica is one higher.

    Raises
    ------
    InputError
        If a size is below one, or there are not as many seeds as replicas.
    """

    is_spiking: ClassVar[bool] = False
    """Whether the neurons spike. ``Output.activity_RTBN`` is then in spikes per tick."""
    ticks_per_task_step: int = 1
    """Number of ticks (updates of the neurons) in a task step."""
    recurrent_gain: ClassVar[float] = 1.0
    """Standard deviation of the initial recurrent weights, times sqrt(N)."""
    self_weight: ClassVar[float] = 0.0
    """Added to the initial connection of each neuron to itself."""

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
        """The axes that count neurons, for each parameter and persistent buffer that has one.

        Swaps permute these axes, and pruning during training cuts them.
        """
        return {
            "input_weights_RNI": (1,),
            "recurrent_weights_RNN": (1, 2),
            "output_weights_RON": (2,),
            "hidden_bias_RN": (1,),
        }

    def some_replicas(self, some: slice) -> dict[str, Tensor]:
        """Return all parameters and buffers with a replica axis, cut to some replicas (views, not copies)."""
        tensors = dict(self.named_parameters()) | dict(self.named_buffers())
        names = dict.fromkeys([*dict(self.named_parameters()), *self.neuron_axes])
        return {name: tensors[name][some] for name in names}

    def check_inputs(self, inputs_TBI: Tensor) -> None:
        """Raise ``InputError`` unless the inputs have the shape (T, B, I) of this network."""
        if inputs_TBI.ndim != 3 or inputs_TBI.shape[-1] != self.n_inputs:
            raise InputError(
                f"The inputs have the shape {tuple(inputs_TBI.shape)}; this network takes (task steps, lanes, "
                f"{self.n_inputs} inputs)."
            )

    def forward(self, inputs_TBI: Tensor) -> Output:
        """Run all replicas on inputs (T, B, I), T counting task steps, from rest."""
        raise NotImplementedError

    def pruned_neurons(self, replica: int, neuron_ids: IntArray) -> NeuronModel:  # noqa: ARG002  (for subclasses)
        """Return the neurons of one replica that pruning keeps, as numpy arrays.

        A subclass that can be pruned implements this method. It returns one of the neuron models of
        :mod:`neurogrow.network`, or one of its own.

        Parameters
        ----------
        replica
            The network of the ensemble.
        neuron_ids
            Indices of the neurons that are kept, ascending.

        Raises
        ------
        InputError
            If the class does not implement it.
        """
        name = type(self).__name__
        raise InputError(
            f"{name} cannot be pruned or exported; implement {name}.pruned_neurons(replica, neuron_ids) -> NeuronModel."
        )

    def pruned_encoder(self, replica: int) -> SpikeEncoder | None:  # noqa: ARG002  (subclasses with an encoder need it)
        """Return the neurons between inputs and hidden neurons of one replica; None if there are none."""
        return None
