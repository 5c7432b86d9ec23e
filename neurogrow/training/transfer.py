"""Transfer: a trained network learns new tasks.

Recurrent weights are frozen; only rule inputs and readout are trained.

Trained are the rule inputs of the new tasks, one column of W_in each, and (by default) the readout W_out and b_out.
Frozen are the recurrent weights, the biases of the neurons, the input weights of fixation and of both rings and, in a
spiking network, its decays. So the network must already compute whatever the new tasks need: a rule can only select it,
and a readout can only read it. (With rule inputs alone: Driscoll, Shenoy and Sussillo 2024, "Flexible multitask
computation in recurrent networks utilizes shared dynamical motifs", doi:10.1038/s41593-024-01668-6.)

The rule inputs of the old tasks are zero in trials of new tasks, and are removed. Connections cost nothing here.
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
from ..tasks import TaskBatch, TaskSet
from .evaluation import performance
from .step import Learner, learning_rate_at, optimise, set_learning_rate


@dataclass(frozen=True)
class TransferConfig:
    """Settings of the training on new tasks, and of the learning curve."""

    steps: int = 300
    """Training steps."""
    batch_size: int = 16
    """Lanes of trials per step."""
    ticks: int = 64
    """Task steps (of 100 ms) per lane."""
    learning_rate: float = 1e-2
    """Adam's learning rate. It is constant, so that a curve is the beginning of any longer one."""
    clip_norm: float = 1.0
    """Largest norm of a replica's gradient."""
    seeds: int = 5
    """Number of networks that learn, R. Each draws its own rule inputs, and in the control its own shuffle."""
    seed: int = 0
    """Seeds the trials. The replicas' seeds count up from it."""
    points: int = 20
    """Points of the curve, evenly spaced in the logarithm of the steps. One more point is before the first step."""
    trials_per_task: int = 100
    """Single trials of each task on which each point is measured; the same trials for all points."""
    readout: bool = True
    """Whether the readout is trained too; if not, only the rule inputs are."""

    def __post_init__(self) -> None:
        wrong = [f.name for f in fields(self) if f.name not in ("seed", "readout") and not getattr(self, f.name) > 0]
        if wrong or self.seed < 0:
            raise InputError(f"Learning new tasks needs values above zero: {', '.join(wrong) or 'seed'} is not.")

    @property
    def warmup_steps(self) -> int:
        """Steps of warm-up: none."""
        return 0

    @property
    def decay_fraction(self) -> float:
        """Fraction of the steps over which the learning rate falls: none."""
        return 0.0


@dataclass(frozen=True, eq=False)
class LearningCurve:
    """Performance of R replicas on K new tasks against the number of trials seen."""

    trials_P: IntArray
    """Number of trials up to each point whose decision has begun; it starts at 0."""
    performance_RPK: FloatArray
    """Fraction of single trials performed."""


def learn_tasks(model: GridRNN, task_set: TaskSet, config: TransferConfig) -> tuple[LearningCurve, GridRNN]:
    """Learn new tasks with a frozen network, ``config.seeds`` times on the same trials.

    Parameters
    ----------
    model
        A single network or an ensemble of ``config.seeds``, trained on other tasks with the same ring. It is not
        changed.
    task_set
        The new tasks, without old ones.
    config
        Settings of the training and of the curve.

    Returns
    -------
    LearningCurve
        Performance against trials seen.
    GridRNN
        The trained ensemble, with rule inputs for the new tasks only.

    Raises
    ------
    InputError
        If the network has another ring, or is an ensemble of another size.
    """
    ensemble = with_new_rules(model, task_set, config)
    learning = [p for p in ensemble.parameters() if p.requires_grad]
    optimiser = torch.optim.Adam(learning, lr=config.learning_rate)
    learner = Learner(
        ensemble, lambda batch: ensemble(batch.inputs_TBI), task_set, optimiser, learning, config.clip_norm
    )
    device = ensemble.hidden_bias_RN.device
    stream = task_set.stream(config.batch_size, config.ticks, device, config.seed)
    held_out = task_set.single_trials(config.trials_per_task, device, seed=config.seed + 1)
    seen, trials = torch.zeros((), dtype=torch.int64, device=device), [0]
    measured, points = [performance(ensemble, held_out, task_set)], measured_steps(config.steps, config.points)
    for step in counted(range(1, config.steps + 1), "steps of learning"):
        batch = stream.next_batch()
        seen += trials_decided(batch)
        set_learning_rate(optimiser, learning_rate_at(step - 1, config))
        optimise(learner, batch)
        if step in points:
            trials.append(int(seen))
            measured.append(performance(ensemble, held_out, task_set))
    performance_RPK = torch.stack(measured, 1).double().cpu().numpy()
    return LearningCurve(np.array(trials), performance_RPK), ensemble


@torch.no_grad()
def with_new_rules(model: GridRNN, task_set: TaskSet, config: TransferConfig) -> GridRNN:
    """Return an ensemble with rule inputs for the new tasks in place of the old ones; only its ends can learn.

    New rule inputs are drawn from N(0, 1/I) with each replica's own seed, as initial weights are. They do not depend on
    the network, so that compared networks differ in nothing else. The readout keeps its weights.

    Raises ``InputError`` if the network encodes its inputs, has another ring, or is an ensemble of another size.
    """
    shared = 1 + 2 * task_set.ring
    if model.n_inputs != model.input_weights_RNI.shape[2]:
        raise InputError("New rule inputs are learned by networks whose inputs are currents; this one encodes them.")
    if model.output_weights_RON.shape[1] != task_set.n_outputs or model.input_weights_RNI.shape[2] <= shared:
        raise InputError(f"The network was not trained on tasks with a ring of {task_set.ring}; take that of its run.")
    if model.replicas not in (1, config.seeds):
        raise InputError(f"{config.seeds} replicas are to learn; the ensemble has {model.replicas}.")
    ensemble = replicated(model, config.seeds) if model.replicas == 1 else copy.deepcopy(model)
    rules = [_drawn_rules(ensemble, task_set, config.seed + replica) for replica in range(config.seeds)]
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
    """Return an ensemble in which each neuron's weights are shuffled among its own connections, each by its own seed.

    A neuron keeps its active connections (|w| > 0.01) from other neurons, the set of their weights, its connection to
    itself, weaker weights, input weights, bias and readout. So the graph, the places, the distribution of weights, the
    sum of each neuron's weights and its leak do not change. Only the assignment of weights to connections is lost, and
    this assignment is what training has learned. (Weights shuffled over the whole matrix would also change the sum of
    each neuron's weights. Dynamics that then explode or die would say nothing about the task.)
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
    """Return the number of trials of a batch whose decision begins in it, a tensor on its device."""
    decision_TB = batch.decision_TB
    before_TB = torch.cat([torch.zeros_like(decision_TB[:1]), decision_TB[:-1]])
    return (decision_TB & ~before_TB).sum()


def measured_steps(steps: int, points: int) -> frozenset[int]:
    """Return at most ``points`` steps from 1 to ``steps``, evenly spaced in their logarithm and with both ends.

    Examples
    --------
    >>> sorted(measured_steps(100, 5))
    [1, 3, 10, 32, 100]
    """
    return frozenset(round(math.exp(math.log(steps) * place / max(1, points - 1))) for place in range(points)) | {steps}


def _drawn_rules(model: GridRNN, task_set: TaskSet, seed: int) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    shape = (model.layout.n_neurons, len(task_set.names))
    drawn = torch.randn(shape, generator=generator) / math.sqrt(task_set.n_inputs)
    return drawn.to(model.input_weights_RNI)
