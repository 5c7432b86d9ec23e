"""Conversion of a rate network to a spiking network on the same grid, with weights balanced so that rates match.

The rate of a rate neuron is unbounded, but a spiking neuron spikes at most once per tick. Data-based balancing (Diehl
et al. 2015; Rueckauer et al. 2017) measures the peak rate p_i of each neuron on the tasks, and expresses activity in
units of it:

    W_ij <- W_ij p_j / p_i,   W_in_ij <- W_in_ij / p_i,   b_i <- b_i / p_i,   W_out_ij <- W_out_ij p_j.

A spike at every tick then represents the peak rate. For a rate network this leaves the outputs unchanged. Spiking
neurons only approximate it: below a current of (1 - beta) threshold they are silent, and the reset discards the part
of the membrane potential above the threshold. A gain on a neuron's input compensates for part of this loss. Training
then continues from the converted network.

References
----------
P. U. Diehl et al., "Fast-classifying, high-accuracy spiking deep networks through weight and threshold balancing",
IJCNN 2015. https://doi.org/10.1109/IJCNN.2015.7280696

B. Rueckauer et al., "Conversion of continuous-valued deep networks to efficient event-driven networks for image
classification", Frontiers in Neuroscience 11:682 (2017). https://doi.org/10.3389/fnins.2017.00682
"""

import torch
from torch import Tensor

from .base import GridRNN
from .spiking import SpikingRNN

PEAK_QUANTILE = 0.99
"""The peak rate is this quantile of a neuron's activity. The maximum itself is sensitive to outliers (Rueckauer)."""

FIRING_GAIN = 1.2
"""Factor on a neuron's input. Of 1.0, 1.2, 1.4 and 1.6, a converted network of 12 x 12 neurons performed best with this
gain before training, at two ticks per task step and a decay of 0.97. At a decay of 0.9 it was within 0.01 of the best.
"""


def peak_activity(activity_RTBN: Tensor, mask_TB: Tensor) -> Tensor:
    """Return each neuron's peak activity over the task steps of trials, shape (R, N).

    A silent neuron has no scale of its own. It gets the mean peak of the others, or 1 if all are silent.
    """
    running_RMN = activity_RTBN.flatten(1, 2)[:, mask_TB.flatten()].abs()
    rank = max(1, round(PEAK_QUANTILE * running_RMN.shape[1]))
    peak_RN = running_RMN.kthvalue(rank, dim=1).values
    active_RN = peak_RN > 1e-3 * peak_RN.amax(1, keepdim=True)
    mean_R1 = (peak_RN * active_RN).sum(1, keepdim=True) / active_RN.sum(1, keepdim=True).clamp(min=1)
    return torch.where(active_RN, peak_RN, torch.where(mean_R1 > 0, mean_R1, torch.ones_like(mean_R1)))


@torch.no_grad()
def balance_weights(rate: GridRNN, spiking: SpikingRNN, peak_RN: Tensor) -> None:
    """Set the weights of ``spiking`` to those of ``rate``, balanced by the peak activities; shapes must agree.

    The input of a neuron is also scaled by its threshold and by the gain. Where currents decay, it is scaled by
    1 - alpha, because a current that decays by alpha per tick adds up to 1 / (1 - alpha) times its first value.
    """
    alpha_RN = spiking.synaptic_decay_RN
    current_scale = 1 if alpha_RN is None else 1 - alpha_RN
    inward_RN1 = (FIRING_GAIN * spiking.threshold * current_scale / peak_RN)[:, :, None]
    input_of = torch.arange(spiking.input_weights_RNI.shape[2]) % spiking.n_inputs  # of each encoder, if there are any
    share = torch.bincount(input_of)[input_of]
    spiking.input_weights_RNI.copy_(rate.input_weights_RNI[:, :, input_of] / share * inward_RN1)
    spiking.recurrent_weights_RNN.copy_(rate.recurrent_weights_RNN * inward_RN1 * peak_RN[:, None])
    spiking.hidden_bias_RN.copy_(rate.hidden_bias_RN * inward_RN1[:, :, 0])
    spiking.output_weights_RON.copy_(rate.output_weights_RON * peak_RN[:, None])
    spiking.output_bias_RO.copy_(rate.output_bias_RO)
