"""Parts that a user might bring: a penalty with state, a source of trials, a neuron model."""

from dataclasses import dataclass

import torch

from neurogrow.growth import Penalty
from neurogrow.models import GridRNN, Output
from neurogrow.tasks import ClassificationSource, TaskSet


class ActivityPenalty(Penalty):
    """Charges the mean activity above its own running mean; the running mean is its state."""

    def __init__(self, context):
        context.check_names("strength")
        self.strength_R = context.values_R("strength")
        self.running_R = torch.zeros_like(self.strength_R)
        self.steps = []

    def reprice(self, step):
        self.steps.append(step)

    def loss(self, output, batch):
        mean_R = output.activity_RTBN.mean((1, 2, 3))
        self.running_R.lerp_(mean_R.detach(), 0.5)
        return self.strength_R * (mean_R - 0.5 * self.running_R)

    def state(self):
        return {"running_R": self.running_R}

    def restore(self, state):
        self.running_R.copy_(state["running_R"])


class RoundingPenalty(Penalty):
    """Removes weights below a size after each step."""

    makes_exact_zeros = True

    def __init__(self, context=None):
        self.settings = {"size": 0.05}
        self.size_R = torch.tensor([0.05]) if context is None else context.values_R("size")

    @torch.no_grad()
    def after_step(self, model, optimiser):
        weights_RNN = model.recurrent_weights_RNN
        weights_RNN[weights_RNN.abs() < self.size_R[:, None, None]] = 0.0


@dataclass(frozen=True)
class ShiftedTrials(ClassificationSource):
    """The trials of a task set with a constant added to the inputs."""

    shift: float = 0.5
    ring: int = 4

    names = ("go", "dm1")

    @property
    def _tasks(self):
        return TaskSet(self.names, self.ring)

    @property
    def n_inputs(self):
        return self._tasks.n_inputs

    @property
    def n_outputs(self):
        return self._tasks.n_outputs

    def stream(self, batch_size, task_steps, device, seed):
        stream = self._tasks.stream(batch_size, task_steps, device, seed)
        draw = stream.next_batch

        def next_batch():
            batch = draw()
            batch.inputs_TBI.add_(self.shift)
            return batch

        stream.next_batch = next_batch
        return stream

    def single_trials(self, trials_per_task, device="cpu", seed=0, noise=True):
        batch = self._tasks.single_trials(trials_per_task, device, seed, noise)
        batch.inputs_TBI.add_(self.shift)
        return batch

    def ceiling(self):
        return None


class LeakyRNN(GridRNN):
    """Leaky rates, stepped through autograd. One parameter never has a gradient."""

    def __init__(self, *sizes, leak=0.2, steepness=1.0):
        super().__init__(*sizes)
        self.leak, self.steepness = leak, steepness
        self.unused_R = torch.nn.Parameter(torch.zeros(self.replicas))

    def forward(self, inputs_TBI):
        current_RTBN = inputs_TBI @ self.input_weights_RNI.mT[:, None] + self.hidden_bias_RN[:, None, None]
        h_RBN, activity = torch.zeros_like(current_RTBN[:, 0]), []
        for current_RBN in current_RTBN.unbind(1):
            driven_RBN = torch.relu(self.steepness * (h_RBN @ self.recurrent_weights_RNN.mT + current_RBN))
            h_RBN = torch.lerp(h_RBN, driven_RBN, self.leak)
            activity.append(h_RBN)
        activity_RTBN = torch.stack(activity, 1)
        return Output(
            activity_RTBN @ self.output_weights_RON.mT[:, None] + self.output_bias_RO[:, None, None], activity_RTBN
        )
