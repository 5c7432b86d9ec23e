"""One step of training: loss, gradients, Adam, what connections pay, and swaps when they are due."""

import math
from collections.abc import Iterable

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.func import functional_call

from ..growth import compacted, forget_moments, swap_neurons, widest_active, wiring_cost
from ..models import Output
from ..tasks import TaskBatch
from .config import TrainingConfig
from .state import TrainingState

BFLOAT16_PAYS_FROM = 1_300_000
"""Multiplications in a tick's product with all W, R B N^2, below which a processor with AMX is faster in float32."""
ACTIVE_EVERY = 100
"""Steps between two looks at which neurons can still influence an output; looking makes the host wait for a device."""


def train_step(state: TrainingState) -> dict[str, Tensor]:
    """Take one step of all replicas. Returns measures of it, each of shape (R,), that nothing has waited for."""
    schedule(state)
    measured = update(state)
    state.step += 1
    rearrange(state)
    return measured


def schedule(state: TrainingState) -> None:
    """Set what changes along training: the learning rate, and what connections cost."""
    set_learning_rate(state.optimiser, learning_rate_at(state.step, state.ensemble.shared.training))
    for rule, penalty in state.penalties.items():
        state.ensemble.reprice(penalty, rule, state.step, before=state.step - 1)


def update(state: TrainingState) -> dict[str, Tensor]:
    """Draw a batch and update the weights by it: always the same operations, so that a GPU can replay them."""
    model, training = state.model, state.ensemble.shared.training
    batch = state.stream.next_batch()
    state.optimiser.zero_grad(set_to_none=True)
    output = respond(state, batch)
    error_R = cross_entropy(output.logits_RTBO, batch)
    loss_R = error_R + state.firing.of(output.activity_RTBN, batch.mask_TB) if state.firing else error_R
    torch.autograd.backward(loss_R.sum())
    if state.subgradient:
        state.subgradient.add_gradient(model)
    norm_R = clip_gradients(model.parameters(), training.clip_norm)
    state.optimiser.step()
    if state.proximal:
        state.proximal.shrink(model, state.optimiser)
    return {"cross_entropy": error_R.detach(), "gradient_norm": norm_R}


def respond(state: TrainingState, batch: TaskBatch) -> Output:
    """Run the networks on a batch: their active neurons only, in the precision that is configured if that pays."""
    model = state.model
    tensors = compacted(model, state.neurons_RM) if state.neurons_RM is not None else {}
    if _in_bfloat16(state):
        parameters = dict(model.named_parameters()) | tensors
        tensors = {name: tensor.bfloat16() for name, tensor in parameters.items()}
    output: Output = functional_call(model, tensors, (batch.inputs_TBI,)) if tensors else model(batch.inputs_TBI)
    return output


def _in_bfloat16(state: TrainingState) -> bool:
    config, neurons_RM = state.ensemble.shared, state.neurons_RM
    if config.training.precision != "bfloat16" or config.model.kind == "spiking":  # those: on the way back alone
        return False
    R, n = (state.model.hidden_bias_RN if neurons_RM is None else neurons_RM).shape
    return state.device.type != "cpu" or R * config.training.batch_size * n**2 >= BFLOAT16_PAYS_FROM


@torch.no_grad()
def rearrange(state: TrainingState) -> None:
    """Do what is due between steps: neurons swap places, and those that have lost all influence leave."""
    model, moved = state.model, False
    for schedule in state.ensemble.swaps:
        if schedule.due(state.step):
            replicas = torch.tensor(schedule.replicas, device=state.device)
            before_R = wiring_cost(model.recurrent_weights_RNN, model.distance_NN)
            swap_neurons(model, state.optimiser, schedule.method, replicas=replicas)
            after_R = wiring_cost(model.recurrent_weights_RNN, model.distance_NN)
            state.wiring_R2[replicas] = torch.stack([before_R, after_R], 1)[replicas]
            moved = True
    if state.proximal and state.ensemble.shared.training.active_set and (moved or state.step % ACTIVE_EVERY == 0):
        state.neurons_RM = widest_active(model)
        if state.neurons_RM is not None:
            forget_moments(model, state.optimiser, state.neurons_RM)


def cross_entropy(logits_RTBO: Tensor, batch: TaskBatch) -> Tensor:
    """Mean over all ticks of trials of the cross entropy between response and target, shape (R,), never in bfloat16."""
    R = len(logits_RTBO)
    targets_RTB = batch.targets_TB.expand(R, -1, -1)
    logits_MO = logits_RTBO.flatten(0, 2)
    logits_MO = logits_MO.float() if logits_MO.dtype == torch.bfloat16 else logits_MO
    each_RTB = F.cross_entropy(logits_MO, targets_RTB.flatten(), reduction="none").view_as(targets_RTB)
    return (each_RTB * batch.mask_TB).sum((1, 2)) / batch.mask_TB.sum()


def clip_gradients(parameters: Iterable[nn.Parameter], largest: float) -> Tensor:
    """Scale each replica's gradient to norm ``largest`` where it is longer; return the norms before, shape (R,)."""
    gradients = [p.grad for p in parameters if p.grad is not None]
    norm_R = torch.stack([g.flatten(1).square().sum(1) for g in gradients]).sum(0).sqrt()
    scale_R = largest / norm_R.clamp(min=largest)
    for gradient in gradients:
        gradient.mul_(scale_R.view(-1, *[1] * (gradient.ndim - 1)))
    return norm_R


def learning_rate_at(step: int, training: TrainingConfig) -> float:
    """Learning rate of a step: a linear rise, then constant, then half a cosine down to zero."""
    rise = min(1.0, (step + 1) / max(1, training.warmup_steps))
    falling = training.decay_fraction * training.steps
    into = max(0.0, step - (training.steps - falling)) / max(1.0, falling)
    return training.learning_rate * rise * (1 + math.cos(math.pi * into)) / 2


def set_learning_rate(optimiser: torch.optim.Optimizer, rate: float) -> None:
    """Set the learning rate, in place where it is a tensor that a captured step reads."""
    for group in optimiser.param_groups:
        if isinstance(group["lr"], Tensor):
            group["lr"].fill_(rate)
        else:
            group["lr"] = rate
