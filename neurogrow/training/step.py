"""One step of training: trials, loss, gradients, Adam, penalties, and swaps when they are due.

:func:`optimise` is the one update of weights. Training, transfer (:mod:`.transfer`) and fine-tuning of rounded weights
(:mod:`neurogrow.quantization.fine_tuning`) all call it. :func:`train_step` is a whole step of training around it.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor, nn
from torch.func import functional_call

from ..errors import InputError
from ..growth import Penalty, compacted, forget_moments, swap_neurons, widest_active, wiring_cost
from ..models import GridRNN, Output
from ..tasks import TaskBatch, TrialSource
from .state import TrainingState

BFLOAT16_PAYS_FROM = 1_300_000
"""Multiplications in a tick's product with all W, R B N^2, below which a processor with AMX is faster in float32."""
ACTIVE_EVERY = 100
"""Steps between searches for neurons that can still influence an output. A search makes the host wait for a device."""


class LearningRate(Protocol):
    """Settings of a learning rate along training."""

    @property
    def steps(self) -> int:
        """Steps in all."""

    @property
    def learning_rate(self) -> float:
        """The largest learning rate."""

    @property
    def warmup_steps(self) -> int:
        """Steps over which it rises from zero; 0: it starts at its largest value."""

    @property
    def decay_fraction(self) -> float:
        """Last fraction of the steps, over which it falls to zero along half a cosine; 0: it never falls."""


@dataclass(frozen=True, eq=False)
class Learner:
    """R networks that learn from batches of trials, and how they learn."""

    model: GridRNN
    """The networks whose weights change; penalties apply to them."""
    respond: Callable[[TaskBatch], Output]
    """Runs the networks on a batch."""
    source: TrialSource
    """Computes the loss of the responses."""
    optimiser: torch.optim.Adam
    """Holds the parameters that learn."""
    clipped: Sequence[nn.Parameter]
    """The parameters whose gradients are clipped together, each replica by itself."""
    clip_norm: float
    """Largest norm of a replica's gradient."""
    penalties: tuple[Penalty, ...] = ()
    """What the networks pay for beside their errors."""


def optimise(learner: Learner, batch: TaskBatch) -> dict[str, Tensor]:
    """Update the weights once by a batch of trials.

    These are always the same operations on tensors, so that a GPU can replay them.

    Returns
    -------
    dict
        Each of shape (R,), on the device: ``cross_entropy`` (the loss of the source, whatever it is) and
        ``gradient_norm`` (before clipping).
    """
    optimiser, penalties = learner.optimiser, learner.penalties
    optimiser.zero_grad(set_to_none=True)
    output = learner.respond(batch)
    _check_output(output, learner, batch)
    error_R = learner.source.loss(output.logits_RTBO, batch)
    loss_R = error_R
    for penalty in penalties:
        if (term_R := penalty.loss(output, batch)) is not None:
            _check_term(term_R, penalty, error_R)
            loss_R = loss_R + term_R
    torch.autograd.backward(loss_R.sum())
    for penalty in penalties:
        penalty.after_backward(learner.model)
    norm_R = clip_gradients(learner.clipped, learner.clip_norm)
    optimiser.step()
    for penalty in penalties:
        penalty.after_step(learner.model, optimiser)
    return {"cross_entropy": error_R.detach(), "gradient_norm": norm_R}


def _check_output(output: Output, learner: Learner, batch: TaskBatch) -> None:
    """Raise ``InputError`` unless a model returned the logits of its source's outputs and the activity of neurons."""
    model, (T, B) = learner.model, batch.inputs_TBI.shape[:2]
    if not isinstance(output, Output):
        raise InputError(f"{type(model).__name__}.forward must return an Output, not a {type(output).__name__}.")
    logits, activity = tuple(output.logits_RTBO.shape), tuple(output.activity_RTBN.shape)
    wanted = (model.replicas, T, B, learner.source.n_outputs)
    if logits != wanted or activity[:3] != wanted[:3] or len(activity) != 4:
        raise InputError(
            f"{type(model).__name__}.forward returned logits of shape {logits} and activity of shape {activity}; "
            f"logits must be {wanted} and activity {(*wanted[:3], 'neurons')}."
        )


def _check_term(term_R: object, penalty: Penalty, error_R: Tensor) -> None:
    if not isinstance(term_R, Tensor) or term_R.shape != error_R.shape:
        found = f"shape {tuple(term_R.shape)}" if isinstance(term_R, Tensor) else f"type {type(term_R).__name__}"
        raise InputError(
            f"{type(penalty).__name__}.loss returned a value of {found}; it must be a tensor with one value for each "
            f"replica, shape {tuple(error_R.shape)}."
        )


def train_step(state: TrainingState) -> dict[str, Tensor]:
    """Take one step of all replicas. Returns what :func:`optimise` does; nothing has waited for the device."""
    set_schedules(state)
    measured = update(state)
    state.step += 1
    rearrange(state)
    return measured


def set_schedules(state: TrainingState) -> None:
    """Set what changes along training: the learning rate, and the prices of penalties."""
    set_learning_rate(state.optimiser, learning_rate_at(state.step, state.ensemble.shared.training))
    for penalty in state.penalties:
        penalty.reprice(state.step)


def update(state: TrainingState) -> dict[str, Tensor]:
    """Draw a batch and update the weights by it."""
    learner = Learner(
        state.model,
        lambda batch: respond(state, batch),
        state.source,
        state.optimiser,
        tuple(state.model.parameters()),
        state.ensemble.shared.training.clip_norm,
        state.penalties,
    )
    return optimise(learner, state.stream.next_batch())


def respond(state: TrainingState, batch: TaskBatch) -> Output:
    """Run the active neurons of the networks on a batch, in the configured precision if that is faster."""
    model = state.model
    tensors = compacted(model, state.neurons_RM) if state.neurons_RM is not None else {}
    if _in_bfloat16(state):
        parameters = dict(model.named_parameters()) | tensors
        tensors = {name: tensor.bfloat16() for name, tensor in parameters.items()}
    output: Output = functional_call(model, tensors, (batch.inputs_TBI,)) if tensors else model(batch.inputs_TBI)
    return output


def _in_bfloat16(state: TrainingState) -> bool:
    """Return whether responses are computed in bfloat16. Spiking networks use it in their backward pass alone."""
    training, neurons_RM = state.ensemble.shared.training, state.neurons_RM
    if training.precision != "bfloat16" or state.model.is_spiking:
        return False
    R, n = (state.model.hidden_bias_RN if neurons_RM is None else neurons_RM).shape
    return state.device.type != "cpu" or R * training.batch_size * n**2 >= BFLOAT16_PAYS_FROM


@torch.no_grad()
def rearrange(state: TrainingState) -> None:
    """Do what is due between steps: neurons swap places, and neurons without influence leave the computation."""
    model, moved = state.model, False
    for schedule in state.ensemble.swaps:
        if schedule.due(state.step):
            replicas = torch.tensor(schedule.replicas, device=state.device)
            before_R = wiring_cost(model.recurrent_weights_RNN, model.distance_NN)
            swap_neurons(model, state.optimiser, schedule.method, replicas=replicas)
            after_R = wiring_cost(model.recurrent_weights_RNN, model.distance_NN)
            state.wiring_R2[replicas] = torch.stack([before_R, after_R], 1)[replicas]
            moved = True
    if state.may_shrink and (moved or state.step % ACTIVE_EVERY == 0):
        state.neurons_RM = widest_active(model)
        if state.neurons_RM is not None:
            forget_moments(model, state.optimiser, state.neurons_RM)


def clip_gradients(parameters: Iterable[nn.Parameter], largest: float) -> Tensor:
    """Scale each replica's gradient down to norm ``largest`` if it is longer; return the norms before, shape (R,)."""
    gradients = [p.grad for p in parameters if p.grad is not None]
    norm_R = torch.stack([g.flatten(1).square().sum(1) for g in gradients]).sum(0).sqrt()
    scale_R = largest / norm_R.clamp(min=largest)
    for gradient in gradients:
        gradient.mul_(scale_R.view(-1, *[1] * (gradient.ndim - 1)))
    return norm_R


def learning_rate_at(step: int, schedule: LearningRate) -> float:
    """Return the learning rate of a step: a linear rise, then constant, then half a cosine down to zero."""
    rise = min(1.0, (step + 1) / max(1, schedule.warmup_steps))
    falling = schedule.decay_fraction * schedule.steps
    into = max(0.0, step - (schedule.steps - falling)) / max(1.0, falling)
    return schedule.learning_rate * rise * (1 + math.cos(math.pi * into)) / 2


def set_learning_rate(optimiser: torch.optim.Optimizer, rate: float) -> None:
    """Set the learning rate, in place where it is a tensor that a captured step reads."""
    for group in optimiser.param_groups:
        if isinstance(group["lr"], Tensor):
            group["lr"].fill_(rate)
        else:
            group["lr"] = rate
