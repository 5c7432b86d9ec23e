"""From a rate network to a spiking one on the same grid: weights balanced so that rates match.

A rate has no upper bound and a spiking neuron has: one spike a tick. Data-based balancing (Diehl et al. 2015; Rueckauer
et al. 2017) measures each neuron's peak rate p_i on the tasks and counts activity in units of it,

    W_ij <- W_ij p_j / p_i,   W_in_ij <- W_in_ij / p_i,   b_i <- b_i / p_i,   W_out_ij <- W_out_ij p_j,

so that a spike every tick stands for the peak rate. The outputs are unchanged for rates. Spiking neurons only
approximate them: below a current of (1 - beta) threshold they are silent, and what exceeds the threshold is lost in the
reset. A gain on what reaches a neuron makes up for part of that, and training goes on from there.

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
"""The peak rate is this quantile of a neuron's activity: the largest value of all would be an outlier's (Rueckauer)."""

FIRING_GAIN = 1.2
"""Of 1.0, 1.2, 1.4 and 1.6 the gain with which a converted network of 12 x 12 neurons performed best before training,
at two ticks per task step and a decay of 0.97, and within 0.01 of best at 0.9."""


def peak_activity(activity_RTBN: Tensor, mask_TB: Tensor) -> Tensor:
    """Return each neuron's peak activity over the ticks of trials, shape (R, N).

    A neuron that is silent has no scale of its own and gets the mean of the others' (or 1 if all are silent).
    """
    running_RMN = activity_RTBN.flatten(1, 2)[:, mask_TB.flatten()].abs()
    rank = max(1, round(PEAK_QUANTILE * running_RMN.shape[1]))
    peak_RN = running_RMN.kthvalue(rank, dim=1).values
    active_RN = peak_RN > 1e-3 * peak_RN.amax(1, keepdim=True)
    mean_R1 = (peak_RN * active_RN).sum(1, keepdim=True) / active_RN.sum(1, keepdim=True).clamp(min=1)
    return torch.where(active_RN, peak_RN, torch.where(mean_R1 > 0, mean_R1, torch.ones_like(mean_R1)))


@torch.no_grad()
def balance_weights(rate: GridRNN, spiking: SpikingRNN, peak_RN: Tensor) -> None:
    """Give ``spiking`` the weights of ``rate``, balanced by the peak activities; shapes must agree.

    What reaches a neuron is also scaled by its threshold, by the gain and, where currents decay, by 1 - alpha: what
    stays for 1 / (1 - alpha) ticks counts as often.
    """
    alpha_RN = spiking.synaptic_decay_RN
    kept = 1 if alpha_RN is None else 1 - alpha_RN
    inward_RN1 = (FIRING_GAIN * spiking.threshold * kept / peak_RN)[:, :, None]
    heard = torch.arange(spiking.input_weights_RNI.shape[2]) % spiking.n_inputs  # by each encoder, or just the input
    share = torch.bincount(heard)[heard]
    spiking.input_weights_RNI.copy_(rate.input_weights_RNI[:, :, heard] / share * inward_RN1)
    spiking.recurrent_weights_RNN.copy_(rate.recurrent_weights_RNN * inward_RN1 * peak_RN[:, None])
    spiking.hidden_bias_RN.copy_(rate.hidden_bias_RN * inward_RN1[:, :, 0])
    spiking.output_weights_RON.copy_(rate.output_weights_RON * peak_RN[:, None])
    spiking.output_bias_RO.copy_(rate.output_bias_RO)
