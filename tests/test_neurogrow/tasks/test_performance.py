from dataclasses import replace

import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from test_task_catalog import task_sets

from neurogrow.tasks import TaskBatch, TaskSet, single_trials, trial_performance


def logits_of(response_TB, n_outputs):
    return torch.eye(n_outputs)[response_TB]


def known_batch():
    """Two lanes of 'go' and one of 'anti', ring of 2: two ticks of fixation, two of decision, one of padding."""
    targets_TB = torch.tensor([[0, 0, 0], [0, 0, 0], [1, 2, 2], [1, 2, 2], [0, 0, 0]])
    return TaskBatch(
        inputs_TBI=torch.zeros(5, 3, 1 + 2 * 2 + 2),
        targets_TB=targets_TB,
        task_TB=torch.tensor([0, 0, 1]).expand(5, 3),
        mask_TB=torch.tensor([True] * 4 + [False])[:, None].expand(5, 3),
        decision_TB=targets_TB > 0,
    )


def test_known_trials():
    batch = known_batch()
    perfect_TB = batch.targets_TB.clone()
    assert trial_performance(logits_of(perfect_TB, 3), batch, 2).tolist() == [1, 1]
    changes = {
        "a break of fixation": ((1, 0), 1, [0.5, 1]),
        "a wrong response at the last tick": ((3, 2), 1, [1, 0]),
        "no response at the last tick": ((3, 1), 0, [0.5, 1]),
        "a late response": ((2, 1), 0, [1, 1]),
        "a change of mind in the decision": ((2, 2), 1, [1, 1]),
        "what comes after the trial": ((4, 0), 2, [1, 1]),
    }
    for what, (place, response, expected) in changes.items():
        response_TB = perfect_TB.clone()
        response_TB[place] = response
        assert trial_performance(logits_of(response_TB, 3), batch, 2).tolist() == expected, what


@given(task_sets, st.integers(1, 5), st.integers(0, 2**32))
@settings(deadline=None, max_examples=30)
def test_the_targets_themselves_score_one(task_set, trials_per_task, seed):
    batch = single_trials(task_set, trials_per_task, seed=seed)
    performance_K = trial_performance(logits_of(batch.targets_TB, task_set.n_outputs), batch, len(task_set.names))
    assert performance_K.tolist() == [1] * len(task_set.names)


def test_fixating_always_is_right_where_fixating_is_the_answer():
    task_set = TaskSet()
    batch = single_trials(task_set, 200)
    performance_K = trial_performance(logits_of(torch.zeros_like(batch.targets_TB), 17), batch, 20)
    silent_B = (batch.targets_TB == 0).all(0).float()
    torch.testing.assert_close(performance_K, silent_B.view(20, 200).mean(1))
    assert not performance_K[:16].any()
    assert ((performance_K[16:] - 0.5).abs() < 0.15).all()


def test_replicas_keep_their_axis():
    batch = single_trials(TaskSet(("go", "dms"), ring=8), 10)
    perfect = logits_of(batch.targets_TB, 9)
    logits_RTBO = torch.stack(
        [perfect, torch.randn(perfect.shape, generator=torch.Generator().manual_seed(0)), perfect]
    )
    performance_RK = trial_performance(logits_RTBO, batch, 2)
    assert performance_RK.shape == (3, 2)
    for replica in range(3):
        assert torch.equal(performance_RK[replica], trial_performance(logits_RTBO[replica], batch, 2))
    assert performance_RK[1].max() < 0.5


def test_a_task_without_a_trial_has_no_performance():
    batch = replace(known_batch(), task_TB=torch.zeros(5, 3, dtype=torch.int64))
    performance_K = trial_performance(logits_of(batch.targets_TB, 3), batch, 2)
    assert performance_K[0] == 1
    assert performance_K[1].isnan()
