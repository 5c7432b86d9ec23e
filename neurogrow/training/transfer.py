"""Tasks learned later, by a network that is grown: all that it is stays as it is, and only its ends learn.

Learned are the rule inputs of the new tasks, one column of W_in each, and (unless told otherwise) the readout W_out and
b_out. Frozen are the recurrent weights, the biases of the neurons, the input weights of fixation and of both rings and,
of a spiking network, its decays. So whatever the new tasks need to be computed must be there already; a rule can only
call for it, and a readout only read it. (With rule inputs alone: Driscoll, Shenoy and Sussillo 2024, "Flexible
multitask computation in recurrent networks utilizes shared dynamical motifs", doi:10.1038/s41593-024-01668-6.)

The rule inputs of the old tasks carry nothing in trials of new ones, and are left out. Nothing is paid for connections.
Letters: P points of the learning curve.
"""

import copy
import math
from dataclasses import dataclass, fields

import numpy as np
import torch
from torch import Tensor, nn

from ..arrays import FloatArray, IntArray
from ..errors import InputError
from ..models import GridRNN
from ..models.replication import replicated
from ..network import ACTIVE_WEIGHT
from ..progress import counted
from ..tasks import TaskBatch, TaskSet, TaskStream, single_trials
from .evaluation import performance
from .step import clip_gradients, cross_entropy


@dataclass(frozen=True)
class TransferConfig:
    """How new tasks are learned, and how often the network is looked at meanwhile."""

    steps: int = 300
    """Steps of learning."""
    batch_size: int = 16
    """Lanes of trials per step."""
    ticks: int = 64
    """Task steps (of 100 ms) per lane."""
    learning_rate: float = 1e-2
    """Adam's learning rate, the same throughout: so a curve is the beginning of any longer one."""
    clip_norm: float = 1.0
    """Largest norm of a replica's gradient."""
    seeds: int = 5
    """Networks that learn, R: each with rule inputs of its own, and of the control with a shuffle of its own."""
    seed: int = 0
    """Seeds the trials; seeds of the replicas count up from it."""
    points: int = 20
    """Points of the curve, evenly spaced in the logarithm of the steps (before the first step there is one more)."""
    trials_per_task: int = 100
    """Single trials of each task on which each point is measured, the same for all."""
    readout: bool = True
    """Whether the readout learns too; if not, the rule inputs alone do."""

    def __post_init__(self) -> None:
        wrong = [f.name for f in fields(self) if f.name not in ("seed", "readout") and not getattr(self, f.name) > 0]
        if wrong or self.seed < 0:
            raise InputError(f"Learning new tasks needs values above zero: {', '.join(wrong) or 'seed'} is not.")


@dataclass(frozen=True, eq=False)
class LearningCurve:
    """How well R replicas do K new tasks, after trials of all of them."""

    trials_P: IntArray
    """Trials seen (those whose decision began) up to each point, from 0."""
    performance_RPK: FloatArray
    """Fraction of single trials performed."""


def learn_tasks(model: GridRNN, task_set: TaskSet, config: TransferConfig) -> tuple[LearningCurve, GridRNN]:
    """Learn new tasks with a frozen network, ``config.seeds`` times on the same trials.

    Parameters
    ----------
    model
        A single network or an ensemble of ``config.seeds``, trained on other tasks with the same ring. It stays as it
        is.
    task_set
        The new tasks alone.
    config
        How.

    Returns
    -------
    LearningCurve
        Performance against trials seen.
    GridRNN
        The ensemble as it has learned, with inputs for the new tasks alone.

    Raises
    ------
    InputError
        If the network has another ring, or is an ensemble of another size.
    """
    ensemble = with_new_rules(model, task_set, config)
    learning = [p for p in ensemble.parameters() if p.requires_grad]
    optimiser = torch.optim.Adam(learning, lr=config.learning_rate)
    device = ensemble.hidden_bias_RN.device
    stream = TaskStream(task_set, config.batch_size, config.ticks, device, config.seed)
    held_out = single_trials(task_set, config.trials_per_task, device, seed=config.seed + 1)
    seen, trials = torch.zeros((), dtype=torch.int64, device=device), [0]
    measured = [performance(ensemble, held_out, task_set)]
    points = looks(config.steps, config.points)
    for step in counted(range(1, config.steps + 1), "steps of learning"):
        batch = stream.next_batch()
        seen += trials_decided(batch)
        optimiser.zero_grad()
        torch.autograd.backward(cross_entropy(ensemble(batch.inputs_TBI).logits_RTBO, batch).sum())
        clip_gradients(learning, config.clip_norm)
        optimiser.step()
        if step in points:
            trials.append(int(seen))
            measured.append(performance(ensemble, held_out, task_set))
    performance_RPK = torch.stack(measured, 1).double().cpu().numpy()
    return LearningCurve(np.array(trials), performance_RPK), ensemble


@torch.no_grad()
def with_new_rules(model: GridRNN, task_set: TaskSet, config: TransferConfig) -> GridRNN:
    """Return an ensemble with rule inputs for the new tasks in place of the old ones, in which only these ends learn.

    New rule inputs are drawn from N(0, 1/I) for each replica's own seed, as before any training: the same ones
    whatever the network, so that networks are compared with nothing else different. The readout starts as it is.
    """
    shared = 1 + 2 * task_set.ring
    if model.n_inputs != model.input_weights_RNI.shape[2]:
        raise InputError("New rule inputs are learned by networks whose inputs are currents; this one encodes them.")
    if model.output_weights_RON.shape[1] != task_set.n_outputs or model.input_weights_RNI.shape[2] <= shared:
        raise InputError(f"The network was not trained on tasks with a ring of {task_set.ring}; take that of its run.")
    if model.replicas not in (1, config.seeds):
        raise InputError(f"{config.seeds} replicas are to learn; the ensemble has {model.replicas}.")
    ensemble = replicated(model, config.seeds) if model.replicas == 1 else copy.deepcopy(model)
    rules = [_drawn(ensemble, task_set, config.seed + replica) for replica in range(config.seeds)]
    weights_RNI = torch.cat([ensemble.input_weights_RNI[..., :shared], torch.stack(rules)], 2)
    ensemble.requires_grad_(False)
    ensemble.input_weights_RNI = nn.Parameter(weights_RNI)
    rule_I = torch.arange(task_set.n_inputs, device=weights_RNI.device) >= shared
    ensemble.input_weights_RNI.register_hook(lambda gradient: torch.where(rule_I, gradient, 0.0))  # type: ignore[no-untyped-call]
    ensemble.output_weights_RON.requires_grad_(config.readout)
    ensemble.output_bias_RO.requires_grad_(config.readout)
    return ensemble


@torch.no_grad()
def shuffled_recurrence(model: GridRNN, copies: int, seed: int = 0) -> GridRNN:
    """Return an ensemble in which each neuron's weights are shuffled among its own connections, differently in each.

    A neuron keeps its active connections (|w| > 0.01) from other neurons, their weights, its connection to itself,
    weaker weights, input weights, bias and readout: so the graph, the places, the distribution of weights, the sum of
    what reaches each neuron and its leak are as grown. Only which weight belongs to which connection, which is what
    training has found, is lost. (Weights shuffled over the whole matrix would also change how much reaches a neuron,
    and dynamics that explode or die would say nothing about the task.)
    """
    ensemble = replicated(model, copies)
    for replica, weights_NN in enumerate(ensemble.recurrent_weights_RNN):
        generator = np.random.default_rng(seed + replica)
        values = weights_NN.cpu().numpy().copy()
        active = np.abs(values) > ACTIVE_WEIGHT
        np.fill_diagonal(active, val=False)
        for row, connected in zip(values, active, strict=True):
            row[connected] = generator.permutation(row[connected])
        weights_NN.copy_(torch.as_tensor(values))
    return ensemble


def trials_decided(batch: TaskBatch) -> Tensor:
    """Return how many trials of a batch come to their decision, a number on its device."""
    decision_TB = batch.decision_TB
    before_TB = torch.cat([torch.zeros_like(decision_TB[:1]), decision_TB[:-1]])
    return (decision_TB & ~before_TB).sum()


def looks(steps: int, points: int) -> frozenset[int]:
    """Return at most ``points`` steps from 1 to ``steps``, evenly spaced in their logarithm, both ends included.

    Examples
    --------
    >>> sorted(looks(100, 5))
    [1, 3, 10, 32, 100]
    """
    return frozenset(round(math.exp(math.log(steps) * place / max(1, points - 1))) for place in range(points)) | {steps}


def _drawn(model: GridRNN, task_set: TaskSet, seed: int) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    shape = (model.layout.n_neurons, len(task_set.names))
    drawn = torch.randn(shape, generator=generator) / math.sqrt(task_set.n_inputs)
    return drawn.to(model.input_weights_RNI)
