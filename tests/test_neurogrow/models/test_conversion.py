import pytest
import torch

from neurogrow.layout import GridLayout
from neurogrow.models import RateRNN, SpikingRNN
from neurogrow.models.conversion import FIRING_GAIN, balance_weights, peak_activity


def test_the_peak_is_a_quantile_over_running_ticks():
    activity = torch.zeros(1, 101, 1, 3)
    activity[0, :, 0, 0] = torch.arange(101.0)
    activity[0, :50, 0, 1] = 4.0
    mask = torch.ones(101, 1, dtype=torch.bool)
    mask[100] = False  # the largest value of neuron 0 lies in the padding
    peak = peak_activity(activity, mask)[0]
    assert peak[0] == 98.0
    assert peak[1] == 4.0
    assert peak[2] == (98.0 + 4.0) / 2, "a silent neuron gets the mean scale"


def test_silent_networks_have_scale_one():
    assert peak_activity(torch.zeros(2, 5, 3, 4), torch.ones(5, 3, dtype=torch.bool)).eq(1).all()


def test_balanced_weights_compute_the_same_rates_in_units_of_the_peaks():
    rate = RateRNN(GridLayout(2, 3), 4, 2, replicas=2, seed=1).double()
    spiking = SpikingRNN(GridLayout(2, 3), 4, 2, replicas=2, threshold=0.5).double()
    peak = torch.rand(2, 6, dtype=torch.float64) + 0.5
    balance_weights(rate, spiking, peak)
    inputs = torch.randn(7, 3, 4, dtype=torch.float64)
    h = torch.zeros(2, 3, 6, dtype=torch.float64)
    for t, activity in enumerate(rate(inputs).activity_RTBN.unbind(1)):
        current = inputs[t] @ spiking.input_weights_RNI.mT + spiking.hidden_bias_RN[:, None]
        current = current + h @ spiking.recurrent_weights_RNN.mT
        h = torch.relu(current / (FIRING_GAIN * spiking.threshold))
        torch.testing.assert_close(h * peak[:, None], activity)
    torch.testing.assert_close(
        h @ spiking.output_weights_RON.mT + spiking.output_bias_RO[:, None], rate(inputs).logits_RTBO[:, -1]
    )


@pytest.mark.parametrize("scale", [0.1, 10.0])
def test_the_scale_of_a_neuron_does_not_matter(scale):
    """A ReLU neuron may be scaled by any factor that the next weights undo; balancing takes that freedom out."""
    rate = RateRNN(GridLayout(2, 3), 4, 2, seed=1)
    scaled = RateRNN(GridLayout(2, 3), 4, 2, seed=1)
    with torch.no_grad():
        for weights in (scaled.input_weights_RNI, scaled.hidden_bias_RN, scaled.recurrent_weights_RNN):
            weights[0, 2] *= scale
        for weights in (scaled.recurrent_weights_RNN, scaled.output_weights_RON):
            weights[0, :, 2] /= scale
    converted = []
    for model in (rate, scaled):
        spiking = SpikingRNN(GridLayout(2, 3), 4, 2)
        inputs = torch.randn(20, 8, 4, generator=torch.Generator().manual_seed(0))
        balance_weights(model, spiking, peak_activity(model(inputs).activity_RTBN, torch.ones(20, 8, dtype=torch.bool)))
        converted.append(spiking.recurrent_weights_RNN)
    torch.testing.assert_close(*converted, rtol=1e-3, atol=1e-5)
