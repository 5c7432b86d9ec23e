import pytest
import torch

from neurogrow.layout import GridLayout
from neurogrow.models import RateRNN, SpikingRNN
from neurogrow.tasks import TaskSet, single_trials, trial_performance
from neurogrow.training.evaluation import performance

TASKS = TaskSet(("go", "dm1"), ring=4)


@pytest.mark.parametrize("kind", [RateRNN, SpikingRNN])
def test_many_replicas_perform_as_they_do_all_at_once(kind):
    model = kind(GridLayout(3, 3), TASKS.n_inputs, TASKS.n_outputs, replicas=19)
    with torch.no_grad():
        model.output_bias_RO[::2, 0] = 3.0  # half of the networks mostly fixate
    trials = single_trials(TASKS, 10)
    with torch.no_grad():
        wanted = trial_performance(model(trials.inputs_TBI).logits_RTBO, trials, 2)
    found = performance(model, trials, TASKS)
    assert found.shape == (19, 2)
    torch.testing.assert_close(found, wanted)
