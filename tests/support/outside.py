"""What a user might bring: a source of trials and a neuron model that neurogrow does not have."""

from dataclasses import dataclass

import numpy as np
import torch

from neurogrow.layout import GridLayout
from neurogrow.models import GridRNN, Output
from neurogrow.network import NeuronModel
from neurogrow.tasks import ClassificationSource, TaskBatch


class EchoStream:
    def __init__(self, source, batch_size, task_steps, device, seed):
        self.source, self.size = source, (task_steps, batch_size)
        self.generator = torch.Generator(device).manual_seed(seed)

    def next_batch(self):
        task_B = torch.randint(2, self.size[1:], generator=self.generator, device=self.generator.device)
        return self.source.batch(task_B, self.size[0], self.generator)

    def state(self):
        return {"generator": self.generator.get_state()}

    def restore(self, state):
        self.generator.set_state(state["generator"])


class EchoSource(ClassificationSource):
    """Two tasks: answer with the number of the input that was on, or with the other number. Four task steps a trial."""

    names = ("same", "other")
    n_inputs, n_outputs = 4, 3

    def __init__(self, strength=1.0):
        self.strength = strength

    def stream(self, batch_size, task_steps, device="cpu", seed=0):
        return EchoStream(self, batch_size, task_steps, device, seed)

    def single_trials(self, trials_per_task, device="cpu", seed=0, noise=True):
        task_B = torch.arange(2, device=device).repeat_interleave(trials_per_task)
        return self.batch(task_B, 4, torch.Generator(device).manual_seed(seed))

    def batch(self, task_B, task_steps, generator):
        """One trial after another in each lane, all of the lane's task."""
        T, B = task_steps, len(task_B)
        trial_T, within_T = torch.arange(T) // 4, torch.arange(T) % 4
        choice_TB = torch.randint(2, (T // 4 + 1, B), generator=generator)[trial_T]
        task_TB = task_B.expand(T, B)
        decision_TB = (within_T == 3)[:, None].expand(T, B)
        shown_TB = (within_T == 1)[:, None].expand(T, B)
        inputs_TBI = torch.zeros(T, B, self.n_inputs)
        inputs_TBI[..., :2] = self.strength * torch.eye(2)[choice_TB] * shown_TB[..., None]
        inputs_TBI[..., 2:] = torch.eye(2)[task_TB]
        answer_TB = 1 + (choice_TB + task_TB) % 2
        return TaskBatch(inputs_TBI, answer_TB * decision_TB, task_TB, torch.ones_like(decision_TB), decision_TB)


@dataclass(frozen=True, eq=False)
class LeakyNeurons(NeuronModel):
    """h <- (1 - a) h + a max(0, W h + W_in u + b), with a of each neuron."""

    rate_N: np.ndarray

    def to_model(self, network):
        model = LeakyRNN(GridLayout(*network.grid), network.n_inputs, network.n_outputs)
        with torch.no_grad():
            model.rate_RN[0, network.neuron_id_N] = torch.as_tensor(self.rate_N, dtype=torch.float32)
        return model


class LeakyRNN(GridRNN):
    """Leaky rate neurons, stepped through autograd."""

    def __init__(self, layout, n_inputs, n_outputs, replicas=1, seed=0, rate=0.25):
        super().__init__(layout, n_inputs, n_outputs, replicas, seed)
        self.rate_RN = torch.nn.Parameter(torch.full((replicas, layout.n_neurons), rate))

    @property
    def neuron_axes(self):
        return super().neuron_axes | {"rate_RN": (1,)}

    def forward(self, inputs_TBI):
        current_RTBN = inputs_TBI @ self.input_weights_RNI.mT[:, None] + self.hidden_bias_RN[:, None, None]
        h_RBN, activity = torch.zeros_like(current_RTBN[:, 0]), []
        for current_RBN in current_RTBN.unbind(1):
            driven_RBN = torch.relu(h_RBN @ self.recurrent_weights_RNN.mT + current_RBN)
            h_RBN = torch.lerp(h_RBN, driven_RBN, self.rate_RN[:, None])
            activity.append(h_RBN)
        activity_RTBN = torch.stack(activity, 1)
        logits_RTBO = activity_RTBN @ self.output_weights_RON.mT[:, None] + self.output_bias_RO[:, None, None]
        return Output(logits_RTBO, activity_RTBN)


class PrunableLeakyRNN(LeakyRNN):
    def pruned_neurons(self, replica, neuron_ids):
        return LeakyNeurons(self.rate_RN[replica].detach().double().numpy()[neuron_ids])
