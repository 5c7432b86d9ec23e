"""What a part of a user's own returns is checked: a wrong shape is one clear error, and never another computation."""

import pytest
import torch

from neurogrow.errors import InputError
from neurogrow.growth import Penalty
from neurogrow.layout import GridLayout
from neurogrow.models import Output, RateRNN, SpikingRNN
from neurogrow.tasks import TaskSet
from neurogrow.training import ModelConfig, TasksConfig, TrainConfig, TrainingConfig, train

CONFIG = TrainConfig(
    tasks=TasksConfig(("go",), ring=4),
    model=ModelConfig(rows=2, cols=2),
    training=TrainingConfig(steps=2, batch_size=3, ticks=16),
)


@pytest.mark.parametrize("kind", [RateRNN, SpikingRNN])
@pytest.mark.parametrize("shape", [(5, 2, 3), (5, 2, 9), (5, 4), (1, 5, 2, 4)])
def test_inputs_of_another_width_are_refused(kind, shape):
    with pytest.raises(InputError, match=r"task steps, lanes, 4 inputs"):
        kind(GridLayout(3, 3), 4, 2)(torch.rand(shape))


@pytest.mark.parametrize(
    ("loss", "what"),
    [
        (lambda output: output.logits_RTBO.sum(), r"shape \(\)"),
        (lambda output: output.activity_RTBN.square(), r"shape \(1, 16, 3, 4\)"),
        (lambda output: 3.0, "type float"),
    ],
)
def test_a_penalty_returns_one_value_for_each_replica(tmp_path, loss, what):
    class Own(Penalty):
        def loss(self, output, batch):
            return loss(output)

    with pytest.raises(InputError, match=rf"Own.loss returned a value of {what}; .* shape \(1,\)"):
        train(CONFIG, tmp_path / "run", penalties=(Own(),))


@pytest.mark.parametrize("wrong", ["swapped", "tuple"])
def test_a_model_returns_logits_and_activity(tmp_path, wrong):
    class Own(RateRNN):
        def forward(self, inputs_TBI):
            right = super().forward(inputs_TBI)
            pair = (right.activity_RTBN, right.logits_RTBO)
            return Output(*pair) if wrong == "swapped" else pair

    with pytest.raises(
        InputError, match=r"Own.forward (returned logits of shape \(1, 16, 3, 4\)|must return an Output)"
    ):
        train(CONFIG, tmp_path / "run", model=Own)


def test_one_name_is_a_set_of_one_task():
    assert TaskSet("go", ring=8) == TaskSet(("go",), ring=8)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"source": TaskSet}, "Pass an object as source, not the class"),
        ({"source": 5}, "A int is no source: it has no method"),
        ({"penalties": [Penalty]}, "Pass an object as penalty, not the class"),
        ({"penalties": ["bias"]}, "A str is no penalty: it has no method"),
        ({"penalties": 3}, "penalties takes a list"),
        ({"hooks": 3}, "hooks takes a list"),
        ({"model": torch.nn.Linear}, "must be a subclass of neurogrow.models.GridRNN"),
    ],
)
def test_objects_that_are_no_parts_are_refused_before_anything_is_written(tmp_path, options, message):
    with pytest.raises(InputError, match=message):
        train(CONFIG, tmp_path / "run", **options)
    assert not (tmp_path / "run" / "model.safetensors").exists()
