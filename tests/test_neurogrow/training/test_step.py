import pytest
import torch

from neurogrow.growth import Penalty
from neurogrow.layout import GridLayout
from neurogrow.models import RateRNN
from neurogrow.quantization.fine_tuning import FineTuning
from neurogrow.tasks import TaskSet
from neurogrow.training.step import Learner, learning_rate_at, optimise
from neurogrow.training.transfer import TransferConfig

TASKS = TaskSet(("go", "dm1"), ring=4)


class Recorded(Penalty):
    """Says when it is called, and what it then finds."""

    def __init__(self, model, calls):
        self.model, self.calls = model, calls

    def _note(self, name):
        bias_RO = self.model.output_bias_RO
        gradient = None if bias_RO.grad is None else float(bias_RO.grad.norm())
        self.calls.append((name, gradient, float(bias_RO.detach().norm())))

    def loss(self, output, batch):
        self._note("loss")

    def after_backward(self, model):
        self._note("after_backward")

    def after_step(self, model, optimiser):
        self._note("after_step")


def learner(penalties=(), clip_norm=1e9, lr=0.01):
    model = RateRNN(GridLayout(3, 3), TASKS.n_inputs, TASKS.n_outputs, replicas=2)
    optimiser = torch.optim.Adam(model.parameters(), lr=lr)
    return Learner(
        model, lambda batch: model(batch.inputs_TBI), TASKS, optimiser, tuple(model.parameters()), clip_norm, penalties
    )


def test_an_update_is_plain_autograd_and_adam():
    ours, theirs = learner(), learner()
    stream, again = TASKS.stream(4, 20, "cpu", 0), TASKS.stream(4, 20, "cpu", 0)
    for _ in range(3):
        measured = optimise(ours, stream.next_batch())
        batch = again.next_batch()
        theirs.optimiser.zero_grad()
        loss_R = TASKS.loss(theirs.model(batch.inputs_TBI).logits_RTBO, batch)
        loss_R.sum().backward()
        theirs.optimiser.step()
        assert torch.equal(measured["cross_entropy"], loss_R.detach())
    for one, other in zip(ours.model.parameters(), theirs.model.parameters(), strict=True):
        assert torch.equal(one, other)


def test_penalties_are_called_between_the_parts_of_an_update():
    calls, plain = [], learner()
    recorded = Learner(**{**vars(plain), "penalties": (Recorded(plain.model, calls),)})
    optimise(recorded, TASKS.stream(4, 20, "cpu", 0).next_batch())
    assert [name for name, _, _ in calls] == ["loss", "after_backward", "after_step"]
    (_, before, start), (_, gradient, same), (_, _, end) = calls
    assert before is None
    assert gradient > 0
    assert start == same == 0
    assert end > 0


def test_a_term_of_the_loss_is_added_for_each_replica():
    class Pull(Penalty):
        def __init__(self, strength_R):
            self.strength_R = strength_R

        def loss(self, output, batch):
            return self.strength_R * output.activity_RTBN.sum((1, 2, 3))

    batch = TASKS.stream(4, 20, "cpu", 0).next_batch()
    free, pulled = learner(), learner((Pull(torch.tensor([0.0, 1.0])),))
    one, other = optimise(free, batch), optimise(pulled, batch)
    assert torch.equal(one["cross_entropy"], other["cross_entropy"])  # measured without the term
    assert one["gradient_norm"][0] == other["gradient_norm"][0]
    assert other["gradient_norm"][1] > 2 * one["gradient_norm"][1]


def test_gradients_are_clipped_after_penalties_have_added_to_them():
    class Kick(Penalty):
        def after_backward(self, model):
            model.output_bias_RO.grad.add_(1e6)

    kicked = learner((Kick(),), clip_norm=1.0)
    optimise(kicked, TASKS.stream(4, 20, "cpu", 0).next_batch())
    norms_R = torch.stack([p.grad.flatten(1).square().sum(1) for p in kicked.clipped]).sum(0).sqrt()
    torch.testing.assert_close(norms_R, torch.ones(2))


def test_transfer_learns_at_a_constant_rate_and_fine_tuning_along_half_a_cosine():
    assert {learning_rate_at(step, TransferConfig(steps=7, learning_rate=0.3)) for step in range(7)} == {0.3}
    tuning = FineTuning(steps=4, learning_rate=1.0)
    rates = [learning_rate_at(step, tuning) for step in range(4)]
    assert rates == pytest.approx([1.0, (1 + 0.5**0.5) / 2, 0.5, (1 - 0.5**0.5) / 2])
