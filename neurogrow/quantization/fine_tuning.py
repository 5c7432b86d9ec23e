"""Fine-tuning: a short training with rounded weights, which recovers performance that rounding has cost.

In every step the network responds with its rounded weights. The gradient with respect to them is applied to the
underlying weights, which are real numbers (straight-through estimator: Bengio, Léonard and Courville 2013,
arXiv:1308.3432). The steps of the grid are trained as well, by the derivative of the rounded weight with respect to its
step (Esser et al. 2020, "Learned step size quantization", arXiv:1902.08153)::

    dq/ds = round(w / s) - w / s  where w is not clipped, m or -m where it is

Steps start at 2 <|w|> / sqrt(m) over the connections, as in that paper. With few bits this is far below the step of
least error: training can correct large weights that were clipped, but not connections that were rounded to zero.
Connections that were removed stay removed. Loss, trials and clipping are those of training; connections cost nothing.
"""

import math
from dataclasses import dataclass, fields, replace

import numpy as np
import torch
from scipy import sparse
from torch import Tensor, nn
from torch.func import functional_call

from ..arrays import FloatArray
from ..errors import InputError
from ..models import GridRNN, Output
from ..network import GrownNetwork, SpikingNeurons
from ..progress import tell
from ..pruning import restore, with_unit_thresholds
from ..tasks import TrialSource
from ..training.step import Learner, learning_rate_at, optimise, set_learning_rate
from .grid import FRACTION, Grid, Per, QuantizedNetwork, choose_grid, round_to


@dataclass(frozen=True)
class FineTuning:
    """Settings of fine-tuning."""

    steps: int = 1000
    """Steps of Adam. The learning rate falls to zero along half a cosine."""
    batch_size: int = 32
    """Lanes of trials per step."""
    ticks: int = 64
    """Task steps per lane."""
    learning_rate: float = 5e-3
    """Adam's learning rate at the first step."""
    clip_norm: float = 1.0
    """Largest norm of the gradient."""
    seed: int = 0
    """Seeds the trials."""

    def __post_init__(self) -> None:
        wrong = [f.name for f in fields(self) if f.name != "seed" and not getattr(self, f.name) > 0]
        if wrong or self.seed < 0:
            raise InputError(f"Fine-tuning needs values above zero: {', '.join(wrong) or 'seed'} is not.")

    @property
    def warmup_steps(self) -> int:
        """Steps of warm-up: none."""
        return 0

    @property
    def decay_fraction(self) -> float:
        """Fraction of the steps over which the learning rate falls: all."""
        return 1.0


class OnGrid(nn.Module):
    """A model that responds with rounded weights and trains the underlying real weights.

    Parameters
    ----------
    model
        The model, with thresholds of one.
    grid
        The steps at the beginning, in units of the network's weights.
    unit_N
        The network's thresholds, which are one in the model.
    """

    def __init__(self, model: GridRNN, grid: Grid, unit_N: FloatArray) -> None:
        super().__init__()
        self.model, self.largest = model, grid.largest
        self._first_grid = grid
        self._step_N, self._step_O = (
            torch.as_tensor(step, dtype=torch.float32) for step in (grid.step_N / unit_N, grid.step_O)
        )
        sizes = (1, 1) if grid.per == "network" else (len(grid.step_N), len(grid.step_O))
        self.log_N, self.log_O = (nn.Parameter(torch.zeros(size)) for size in sizes)
        self._connected = {
            name: (getattr(model, name).detach() != 0).float()
            for name in ("input_weights_RNI", "recurrent_weights_RNN", "output_weights_RON")
        }

    def rounded(self) -> dict[str, Tensor]:
        """Return the rounded weights and biases, by name."""
        step_N, step_O = self._step_N * self.log_N.exp(), self._step_O * self.log_O.exp()
        steps = {
            "input_weights_RNI": step_N[:, None],
            "recurrent_weights_RNN": step_N[:, None],
            "output_weights_RON": step_O[:, None],
        }
        weights = {name: self._underlying(name) for name in steps}
        biases = {"hidden_bias_RN": step_N / FRACTION, "output_bias_RO": step_O / FRACTION}
        return {name: straight_through(weights[name], step, self.largest) for name, step in steps.items()} | {
            name: straight_through(getattr(self.model, name), step.detach()) for name, step in biases.items()
        }

    def forward(self, inputs_TBI: Tensor) -> Output:
        """Run the model with the rounded weights."""
        output: Output = functional_call(self.model, self.rounded(), (inputs_TBI,))
        return output

    def learned(self, network: GrownNetwork, unit_N: FloatArray) -> QuantizedNetwork:
        """Return the network in integers, with the trained weights, biases and steps."""
        factor_N, factor_O = (_double(log.exp()) for log in (self.log_N, self.log_O))
        grid = replace(
            self._first_grid, step_N=self._first_grid.step_N * factor_N, step_O=self._first_grid.step_O * factor_O
        )
        weights = {name: _double(self._underlying(name)[0]) for name in self._connected}
        network = replace(
            network,
            input_weights_NI=weights["input_weights_RNI"] * unit_N[:, None],
            recurrent_weights_NN=sparse.csr_array(weights["recurrent_weights_RNN"] * unit_N[:, None]),
            output_weights_ON=weights["output_weights_RON"],
            hidden_bias_N=_double(self.model.hidden_bias_RN[0]) * unit_N,
            output_bias_O=_double(self.model.output_bias_RO[0]),
        )
        return round_to(network, grid)

    def _underlying(self, name: str) -> Tensor:
        weights: Tensor = getattr(self.model, name) * self._connected[name]
        return weights


def fine_tune(
    network: GrownNetwork,
    source: TrialSource,
    bits: int,
    per: Per = "network",
    settings: FineTuning | None = None,
) -> QuantizedNetwork:
    """Train a network's weights, biases and steps with ``bits`` bits, and return it in integers.

    Each step is told as progress (:mod:`neurogrow.progress`).

    Parameters
    ----------
    network
        The network before rounding.
    source
        The tasks that it was trained on.
    bits, per
        As for :func:`~neurogrow.quantization.grid.choose_grid`.
    settings
        Settings of the training.

    Raises
    ------
    InputError
        If there is no such grid, or the network cannot be trained.
    """
    settings = settings or FineTuning()
    neurons = network.neurons
    unit_N = neurons.threshold_N if isinstance(neurons, SpikingNeurons) else np.ones(network.n_neurons)
    on_grid = OnGrid(restore(_on_one_row(network)).float(), first_grid(network, bits, per), unit_N)
    learning = [getattr(on_grid.model, name) for name in on_grid.rounded()]
    optimiser = torch.optim.Adam([*learning, on_grid.log_N, on_grid.log_O], lr=settings.learning_rate)
    learner = Learner(
        on_grid.model, lambda batch: on_grid(batch.inputs_TBI), source, optimiser, learning, settings.clip_norm
    )
    stream = source.stream(settings.batch_size, settings.ticks, torch.device("cpu"), settings.seed)
    for step in range(settings.steps):
        set_learning_rate(optimiser, learning_rate_at(step, settings))
        optimise(learner, stream.next_batch())
        tell("steps of fine-tuning", step + 1, settings.steps)
    return on_grid.learned(network, unit_N)


def straight_through(weights: Tensor, step: Tensor, largest: int | None = None) -> Tensor:
    """Return step clip(round(weights / step), -largest, largest); the derivative of the rounding is taken as one."""
    parts = weights / step
    if largest is not None:
        parts = parts.clamp(-largest, largest)
    return step * (parts + (parts.round() - parts).detach())


def first_grid(network: GrownNetwork, bits: int, per: Per = "network") -> Grid:
    """Return the steps at the start of training: 2 <|w|> / sqrt(m) over connections, at most those of least error."""
    best = choose_grid(network, bits, per)
    hidden_NM = np.concatenate([network.input_weights_NI, network.recurrent_weights_NN.toarray()], axis=1)
    steps = []
    for weights, widest in ((hidden_NM, best.step_N), (network.output_weights_ON, best.step_O)):
        rows = np.abs(weights) if per == "neuron" else np.abs(weights).reshape(1, -1)
        mean = rows.sum(axis=1) / np.maximum(1, np.count_nonzero(rows, axis=1))
        steps.append(np.minimum(widest, np.where(mean > 0, 2 * mean / math.sqrt(best.largest), widest.max())))
    return replace(best, step_N=steps[0], step_O=steps[1])


def _on_one_row(network: GrownNetwork) -> GrownNetwork:
    """Return the network with thresholds of one, on a grid of one row without empty places."""
    spiking = isinstance(network.neurons, SpikingNeurons)
    n = network.n_neurons
    return replace(with_unit_thresholds(network) if spiking else network, grid=(1, n), neuron_id_N=np.arange(n))


def _double(tensor: Tensor) -> FloatArray:
    return np.asarray(tensor.detach().double().numpy())
