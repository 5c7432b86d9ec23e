from dataclasses import replace
from itertools import combinations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chi2_contingency, chisquare
from test_task_catalog import task_sets

from neurogrow.tasks import TASKS, TaskSet, TrialParameters, correct_response, draw_parameters


def drawn(task_set, n, seed=0):
    task_M = torch.arange(len(task_set.names)).repeat(n)
    return draw_parameters(task_set, task_M, torch.Generator().manual_seed(seed))


def trial(first, second, strengths, match=False, tie=False, task=0, durations=()):
    """One trial; strengths are [stimulus][modality]."""
    return TrialParameters(
        task_M=torch.tensor([task]),
        durations_MP=torch.tensor([durations], dtype=torch.int64),
        directions_MS=torch.tensor([[first, second]]),
        strengths_MSC=torch.tensor([strengths]),
        modality_M=torch.tensor([0]),
        match_M=torch.tensor([match]),
        tie_M=torch.tensor([tie]),
    )


ONE = [[1.0, 0.0], [1.0, 0.0]]
CONFLICT = [[0.6, 0.3], [0.3, 1.0]]  # modality 1 favours the first stimulus, modality 2 and the sum the second
EQUAL = [[0.54, 0.46], [0.46, 0.54]]


@pytest.mark.parametrize(
    ("task", "parameters", "response"),
    [
        ("go", trial(3, 0, ONE), 4),
        ("dlygo", trial(15, 0, ONE), 16),
        ("anti", trial(3, 0, ONE), 12),
        ("rtanti", trial(12, 0, ONE), 5),
        ("dm1", trial(3, 7, [[0.6, 0.0], [0.4, 0.0]]), 4),
        ("dm2", trial(3, 7, [[0.0, 0.4], [0.0, 0.6]]), 8),
        ("ctxdm1", trial(3, 7, CONFLICT), 4),
        ("ctxdm2", trial(3, 7, CONFLICT), 8),
        ("ctxdlydm1", trial(3, 7, CONFLICT), 4),
        ("multidlydm", trial(3, 7, CONFLICT), 8),
        ("multidm", trial(3, 7, EQUAL, tie=True), 4),
        ("multidm", trial(3, 7, EQUAL, tie=False), 8),
        ("dms", trial(3, 3, ONE, match=True), 4),
        ("dms", trial(3, 11, ONE, match=False), 0),
        ("dnms", trial(3, 3, ONE, match=True), 0),
        ("dnms", trial(3, 11, ONE, match=False), 12),
        ("dmc", trial(3, 6, ONE, match=True), 7),
        ("dnmc", trial(3, 9, ONE, match=False), 10),
    ],
)
def test_the_response_to_a_known_trial(task, parameters, response):
    parameters = replace(parameters, durations_MP=torch.ones(1, len(TASKS[task].periods), dtype=torch.int64))
    assert correct_response(TaskSet((task,)), parameters).tolist() == [response]


@given(task_sets, st.integers(0, 2**32))
@settings(deadline=None, max_examples=30)
def test_what_is_drawn_is_what_the_record_allows(task_set, seed):
    parameters = drawn(task_set, 20, seed)
    response_M = correct_response(task_set, parameters)
    assert ((parameters.directions_MS >= 0) & (parameters.directions_MS < task_set.ring)).all()
    for m, k in enumerate(parameters.task_M.tolist()):
        task, (first, second) = task_set.tasks[k], parameters.directions_MS[m].tolist()
        durations, strengths_SC = parameters.durations_MP[m].tolist(), parameters.strengths_MSC[m]
        assert all(d in p.durations for d, p in zip(durations, task.periods, strict=False))
        assert sum(durations[len(task.periods) :]) == 0
        pairs = [tuple(pair) for pair in torch.tensor(task.strengths).tolist()]
        shown = [tuple(pair) in pairs for pair in strengths_SC.T.tolist()]
        assert sum(shown) == (2 if task.shown == "both" else 1)
        assert not strengths_SC[:, [not s for s in shown]].any()
        response = int(response_M[m])
        if task.family == "reach":
            assert (response - 1 - first) % task_set.ring == (task_set.ring // 2 if task.anti else 0)
        elif task.family == "decision":
            assert first != second
            assert response - 1 in (first, second)
        else:
            assert response == (1 + second if bool(parameters.match_M[m]) == task.respond_on_match else 0)
            if not task.category:
                assert (second == first) == bool(parameters.match_M[m])


def test_categories_are_halves_with_the_boundary_sample_in_the_first():
    parameters = drawn(TaskSet(("dmc",)), 3000)
    first_M, second_M = parameters.directions_MS.T
    assert torch.equal((first_M > 8) == (second_M >= 8), parameters.match_M)
    assert (first_M == 8).any()


@pytest.mark.parametrize("name", ["dlygo", "dm1", "multidlydm", "dnmc"])
def test_draws_are_uniform(name):
    parameters = drawn(TaskSet((name,)), 4000)
    first_M = parameters.directions_MS[:, 0]
    assert chisquare(first_M.bincount(minlength=16)).pvalue > 1e-3
    assert chisquare(parameters.match_M.long().bincount(minlength=2)).pvalue > 1e-3
    for p, period in enumerate(TASKS[name].periods):
        count = parameters.durations_MP[:, p].bincount()
        assert chisquare([int(count[d]) for d in period.durations]).pvalue > 1e-3 or len(period.durations) == 1


@pytest.mark.parametrize("name", ["dm1", "multidlydm"])
def test_draws_are_independent_of_each_other(name):
    parameters = drawn(TaskSet((name,)), 8000)
    columns = torch.cat(
        [
            parameters.directions_MS[:, :1],
            parameters.directions_MS.diff(dim=1) % 16,
            (parameters.strengths_MSC[:, 0] * 100).round().long(),
            parameters.durations_MP,
            torch.stack([parameters.modality_M, parameters.match_M, parameters.tie_M], dim=1),
        ],
        dim=1,
    )
    drawn_once = [column.unique(return_inverse=True)[1] for column in columns.T if column.unique().numel() > 1]
    assert len(drawn_once) == 8
    for one, other in combinations(drawn_once, 2):
        width = int(other.max()) + 1
        counts = (one * width + other).bincount(minlength=(int(one.max()) + 1) * width).view(-1, width)
        assert chi2_contingency(counts).pvalue > 1e-4


def test_directions_differ_by_every_amount_alike_in_a_decision_task():
    parameters = drawn(TaskSet(("dm1",)), 4000)
    apart_M = parameters.directions_MS.diff(dim=1)[:, 0] % 16
    count = apart_M.bincount(minlength=16)
    assert count[0] == 0
    assert chisquare(count[1:]).pvalue > 1e-3


def test_the_modality_of_a_reach_is_a_coin():
    shown_MC = drawn(TaskSet(("go",)), 4000).strengths_MSC.sum(1)
    assert torch.equal(shown_MC.sum(1), torch.ones(4000))
    assert chisquare(shown_MC.sum(0)).pvalue > 1e-3


def test_the_same_seed_draws_the_same_trials():
    one, same, other = (drawn(TaskSet(), 5, seed) for seed in (1, 1, 2))
    assert torch.equal(one.directions_MS, same.directions_MS)
    assert torch.equal(one.strengths_MSC, same.strengths_MSC)
    assert not torch.equal(one.directions_MS, other.directions_MS)
