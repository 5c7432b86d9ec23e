from functools import partial
from itertools import product

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from neurogrow.errors import InputError
from neurogrow.tasks import (
    MODCOG,
    NOISE,
    TASKS,
    YANG19,
    TaskSet,
    correct_response,
    draw_parameters,
    find_task,
    ideal_performance,
    render,
    single_trials,
    trial_performance,
)
from neurogrow.tasks.ideal_observer import response_posterior, rings_of
from neurogrow.tasks.tables import bump

NOISY = [name for name in YANG19 if TASKS[name].noisy != "none"]
DECISIONS = [name for name in YANG19 if TASKS[name].family == "decision"]
REACHES = [name for name in YANG19 if TASKS[name].family == "reach"]


def trials_of(name, n, ring=16, seed=0, noise=NOISE):
    """Parameters of n trials, a batch of them, and the posterior of the responses."""
    alone, generator = TaskSet((name,), ring), torch.Generator().manual_seed(seed)
    parameters = draw_parameters(alone, torch.zeros(n, dtype=torch.int64), generator)
    clean = render(alone, parameters, n, alone.longest)
    noisy = render(alone, parameters, n, alone.longest, generator)
    rings_TBCH = rings_of(noisy, ring)  # a view: the batch's noise becomes what is asked for
    rings_TBCH.sub_(rings_of(clean, ring)).mul_(noise / NOISE).add_(rings_of(clean, ring))
    return parameters, noisy, response_posterior(find_task(name), rings_TBCH, noise)


def test_what_is_not_noisy_can_be_done_without_a_mistake():
    ideal = ideal_performance(TaskSet(tuple(REACHES)), 100)
    assert ideal.names == tuple(REACHES)
    assert ideal.mean_K.tolist() == [1.0] * 6
    assert ideal.standard_error_K.tolist() == [0.0] * 6


@pytest.mark.parametrize("name", REACHES)
def test_the_same_inputs_never_ask_for_two_responses_where_nothing_is_noisy(name):
    batch = single_trials(TaskSet((name,)), 400)
    asked = {}
    for inputs_TI, target in zip(batch.inputs_TBI.unbind(1), batch.targets_TB.amax(0).tolist(), strict=True):
        assert asked.setdefault(inputs_TI.numpy().tobytes(), target) == target
    assert len(asked) == 32


@pytest.mark.parametrize("name", MODCOG)
def test_the_inputs_show_when_the_decision_begins(name):
    """At every tick from inputs up to it alone: the claim on which nothing but the choice is left to the observer."""
    task, batch = find_task(name), single_trials(TaskSet((name,)), 50)
    rings_TBCH = rings_of(batch, 16)
    if task.family == "reach":
        begun_TB = batch.inputs_TBI[..., 0] == 0
    else:
        shown_TB = (rings_TBCH != 0).any(-1).any(-1)
        shortest = sum(min(period.durations) for period in task.periods if period.shows)
        begun_TB = ~shown_TB & (shown_TB.cumsum(0) >= shortest)
    assert torch.equal(begun_TB & batch.mask_TB, batch.decision_TB)


@pytest.mark.parametrize(("name", "ticks"), [("dm1", (2, 4, 6)), ("dm2", (5,)), ("ctxdm1", (5,)), ("ctxdm2", (5,))])
def test_of_two_directions_it_is_signal_detection(name, ticks):
    """The difference of two inputs, mean over n ticks, is N(0.8 c, 2 NOISE^2 / n); right is what has the right sign."""
    ideal = ideal_performance(TaskSet((name,), ring=2), 20_000)
    right = [norm.cdf(0.8 * c * (n / 2) ** 0.5 / NOISE) for c in (0.08, 0.16, 0.32, 0.64) for n in ticks]
    assert ideal.standard_error_K[0] < 1e-3
    assert abs(ideal.mean - np.mean(right)) < 4 * ideal.standard_error


def test_of_two_directions_over_both_modalities_it_is_an_integral_over_the_plane():
    x, step = np.linspace(-0.9, 0.9, 451, retstep=True)
    margins = [sign * c for c in (0.08, 0.16, 0.32, 0.64) for sign in (1, -1)]
    density = {c: norm.pdf(x, 0.8 * c, NOISE * (2 / 5) ** 0.5) / 8 for c in margins}
    first_XX = sum(
        np.outer(density[one], density[other]) * (1 + np.sign(round(one + other, 6))) / 2
        for one, other in product(margins, margins)
    )
    right = np.maximum(first_XX, first_XX[::-1, ::-1]).sum() * step**2
    ideal = ideal_performance(TaskSet(("multidm",), ring=2), 20_000)
    assert abs(ideal.mean - right) < 4 * ideal.standard_error


@pytest.mark.parametrize(("name", "ties"), [("multidm", 1 / 8), ("multidlydm", 1 / 6)])
def test_nobody_knows_how_a_coin_falls(name, ties):
    ideal = ideal_performance(TaskSet((name,)), 5000)
    assert ideal.mean < 1 - ties / 2 + 4 * ideal.standard_error


@pytest.mark.parametrize("name", NOISY)
def test_as_noise_vanishes_only_ties_are_left(name):
    parameters, _, posterior_BO = trials_of(name, 200, noise=1e-3)
    strengths_MC = parameters.strengths_MSC[:, 0] - parameters.strengths_MSC[:, 1]
    counted_C = [TASKS[name].attended in ("both", modality) for modality in ("first", "second")]
    tied_M = ((strengths_MC * torch.tensor(counted_C)).sum(1).abs() < 0.01) & (TASKS[name].family == "decision")
    assert bool(tied_M.any()) == name.startswith("multi")
    best = posterior_BO.max(1)
    torch.testing.assert_close(best.values, torch.where(tied_M, 0.5, 1.0).double())
    assert torch.equal(best.indices[~tied_M], correct_response(TaskSet((name,)), parameters)[~tied_M])


def brute_force(task, parameters, rings_TCH, noise, m):
    """Posterior of the responses to trial m: every hypothesis in turn, its noise weighed tick by tick."""
    lengths, modality = parameters.durations_MP[m].tolist(), int(parameters.modality_M[m])
    shows_TS = np.repeat([[s in p.shows for s in (0, 1)] for p in task.periods], lengths[: len(task.periods)], axis=0)
    shown = {"first": [0], "second": [1], "both": [0, 1], "either": [modality]}[task.shown]
    ring = rings_TCH.shape[-1]
    half, bump_HH, log_weights, answers = ring // 2, bump(ring).numpy(), [], []
    for first, second, match, *pairs in product(
        range(ring), range(ring), (True, False), *[task.strengths for _ in shown]
    ):
        if task.family == "decision":
            allowed = first != second and match
        elif task.category:
            allowed = match == ((first > half) == (second >= half))
        else:
            allowed = second == (first if match else (first + half) % ring)
        if not allowed:
            continue
        mean_TCH = np.zeros_like(rings_TCH)
        for c, pair in zip(shown, pairs, strict=True):
            for s, d in enumerate((first, second)):
                mean_TCH[:, c] += pair[s] * shows_TS[:, s, None] * bump_HH[d]
        log_weights.append(-((rings_TCH - mean_TCH) ** 2).sum() / (2 * noise**2))
        margin = sum(a - b for c, (a, b) in zip(shown, pairs, strict=True) if counts(task, c))
        if task.family == "matching":
            answers.append([1 + second if match == task.respond_on_match else 0] * 2)
        else:
            answers.append([1 + (first if margin > -1e-6 else second), 1 + (first if margin > 1e-6 else second)])
    weights = np.exp(np.array(log_weights) - max(log_weights))
    found = np.zeros(1 + ring)
    for weight, (heads, tails) in zip(weights, answers, strict=True):
        found[heads] += weight / 2
        found[tails] += weight / 2
    return found / found.sum()


def counts(task, modality):
    return task.family == "matching" or task.shown != "both" or task.attended in ("both", ("first", "second")[modality])


@pytest.mark.parametrize("noise", [NOISE, 0.7])
@pytest.mark.parametrize("name", NOISY)
def test_plain_loops_over_all_hypotheses_come_to_the_same(name, noise):
    parameters, batch, posterior_BO = trials_of(name, 2, ring=4, seed=3, noise=noise)
    for m in range(2):
        length = int(parameters.durations_MP[m].sum())
        rings_TCH = rings_of(batch, 4)[:length, m].double().numpy()
        expected_O = brute_force(TASKS[name], parameters, rings_TCH, noise, m)
        np.testing.assert_allclose(posterior_BO[m], expected_O, atol=2e-6)


@pytest.mark.parametrize("name", NOISY)
def test_as_many_trials_are_performed_as_the_posterior_says_and_more_than_by_eye(name):
    n = 2000
    _, batch, posterior_BO = trials_of(name, n, seed=1)
    by_rule, by_eye = (
        float(trial_performance(torch.eye(17)[response_B * batch.decision_TB], batch, 1))
        for response_B in (posterior_BO.argmax(1), by_eye_of(TASKS[name], rings_of(batch, 16)))
    )
    ideal = ideal_performance(TaskSet((name,)), 2000)
    spread = (by_rule * (1 - by_rule) / n) ** 0.5 + ideal.standard_error
    assert abs(by_rule - ideal.mean) <= 4 * spread
    assert by_eye <= by_rule
    assert by_eye < by_rule or TASKS[name].family == "matching" or name.startswith("dly")


def by_eye_of(task, rings_TBCH):
    """Respond at the input that was largest in sum, over modalities that count; always, in the matching family."""
    weights_C = torch.tensor([float(counts(task, c)) for c in (0, 1)])
    return 1 + torch.einsum("tbch,c->bh", rings_TBCH, weights_C).argmax(1)


@given(st.sampled_from(NOISY), st.sampled_from([2, 4, 10]), st.integers(0, 9), st.integers(0, 2**32))
@settings(deadline=None, max_examples=30)
def test_a_turned_ring_turns_the_posterior(name, ring, turn, seed):
    _, batch, posterior_BO = trials_of(name, 5, ring, seed)
    torch.testing.assert_close(posterior_BO.sum(1), torch.ones(5).double())
    assert (posterior_BO >= 0).all()
    if not TASKS[name].category:  # categories have their place on the ring
        turned_BO = response_posterior(TASKS[name], rings_of(batch, ring).roll(turn, -1))
        torch.testing.assert_close(turned_BO[:, 1:], posterior_BO[:, 1:].roll(turn, 1), atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("name", ["dm1", "dlydm2", "multidm", "dms", "dnmc"])
def test_more_trials_than_are_weighed_at_once_are_weighed_alike(name, monkeypatch):
    *_, whole_BO = trials_of(name, 40)
    monkeypatch.setattr("neurogrow.tasks.ideal_observer._CELLS", 5000)
    *_, parts_BO = trials_of(name, 40)
    torch.testing.assert_close(parts_BO, whole_BO)


@pytest.mark.parametrize("name", ["dmsintr", "dmcintl", "dnmcseqr", "ctxdlydm1intr"])
def test_variants_are_read_whatever_the_delay_and_have_the_ceiling_of_their_task(name):
    task = find_task(name)
    parameters, _, posterior_BO = trials_of(name, 400)
    delay = [period.name for period in task.periods].index("delay")
    turned_B = (posterior_BO.argmax(1) - 1 + task.shift * parameters.durations_MP[:, delay]) % 16
    response_B = torch.where(posterior_BO.argmax(1) > 0, 1 + turned_B, 0)
    assert torch.equal(response_B, correct_response(TaskSet((name,)), parameters))
    base = next(known for known in sorted(YANG19, key=len, reverse=True) if name.startswith(known))
    assert ideal_performance(TaskSet((name,)), 100).mean == ideal_performance(TaskSet((base,)), 100).mean


def test_a_task_has_one_ceiling_in_whatever_set_and_another_seed_another_estimate():
    ideal = partial(ideal_performance, trials_per_task=100)
    together = ideal(TaskSet(("go", "dm1", "multidm")))
    assert together.mean_K.tolist() == [1.0, ideal(TaskSet(("dm1",))).mean, ideal(TaskSet(("multidm",))).mean]
    assert together.mean == pytest.approx(together.mean_K.mean())
    assert together.standard_error == pytest.approx(np.linalg.norm(together.standard_error_K) / 3)
    assert ideal(TaskSet(("dm1",)), seed=1).mean != together.mean_K[1]
    assert ideal(TaskSet(("dm1",), ring=8)).mean != together.mean_K[1]


def test_the_standard_error_is_the_spread_of_estimates():
    estimates = [ideal_performance(TaskSet(("dm1",)), 100, seed) for seed in range(30)]
    assert np.std([each.mean for each in estimates]) == pytest.approx(
        np.mean([each.standard_error for each in estimates]), rel=0.35
    )


def test_what_cannot_be_simulated_is_refused():
    with pytest.raises(InputError, match="at least 2 trials"):
        ideal_performance(TaskSet(), 1)
    with pytest.raises(InputError, match="seed from 0"):
        ideal_performance(TaskSet(), 10, -1)
    with pytest.raises(InputError, match="known for sure"):
        response_posterior(TASKS["go"], torch.zeros(15, 1, 2, 16))
    with pytest.raises(InputError, match="known for sure"):
        response_posterior(TASKS["dm1"], torch.zeros(12, 1, 2, 16), noise=0)
