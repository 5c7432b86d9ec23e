"""One tick of every kind of NIR node, in numpy, by the rules of a reader.

Steps collect the terms in the state, v + a((v_leak - v) + r I) = (1 - a) v + (a r) I + a v_leak. Rounding is then that
of v <- beta v + I.
"""

from collections.abc import Callable
from typing import Any, TypeAlias

import nir
import numpy as np

from neurogrow.arrays import FloatArray
from neurogrow.errors import InputError

from .semantics import Decay, Gain, Rule, Semantics

State: TypeAlias = tuple[Any, ...]
"""Membrane, synaptic current and spikes of the tick before, as far as a node has them."""
Step: TypeAlias = Callable[[State, FloatArray], tuple[State, FloatArray]]
"""(state before, I_k of shape (B, n)) -> (state after, output of shape (B, m)). A new state is ``(0.0, 0.0, 0.0)``."""

SPIKING = (nir.LIF, nir.IF, nir.CubaLIF)
"""The types of nodes whose output is spikes."""


def node_step(name: str, node: Any, dt: float, semantics: Semantics) -> Step:  # noqa: ANN401  (nir has no types)
    """Return the step of a node.

    Raises ``InputError`` for an unknown type, a shape that is no vector, or a time constant that is not positive.
    """
    if type(node) not in _STEPS:
        known = ", ".join(kind.__name__ for kind in _STEPS)
        raise InputError(f"The node '{name}' is of type {type(node).__name__}; the reference simulator knows {known}.")
    if len(node.output_type["output"]) != 1 or len(node.input_type["input"]) != 1:
        raise InputError(f"The node '{name}' is not one-dimensional; the reference simulator needs vectors.")
    for key in ("tau", "tau_mem", "tau_syn"):
        tau = np.asarray(getattr(node, key, 1.0), dtype=np.float64)
        if (wrong := ~np.isfinite(tau) | (tau <= 0)).any():
            raise InputError(
                f"A time constant of the node '{name}' is {tau[wrong][0]:g}; it must be positive and finite."
            )
    try:
        return _STEPS[type(node)](node, dt, semantics)
    except InputError as error:
        raise InputError(f"The node '{name}' {error}") from None


def _leaky(tau: FloatArray, gain: FloatArray, dt: float, decay: Decay, scaled: Gain) -> tuple[FloatArray, FloatArray]:
    """Return the factor of a state, and the factor of its input, for one tick."""
    rate = dt / tau
    keep = 1 - rate if decay == "euler" else np.exp(-rate)
    return keep, {"nir": rate * gain, "one": np.ones_like(keep), "decay": keep}[scaled]


def _passing(_node: Any, _dt: float, _semantics: Semantics) -> Step:  # noqa: ANN401
    """Input, Output and Flatten (of a vector): y = I."""
    return lambda state, current: (state, current)


def _linear(node: nir.Linear, _dt: float, _semantics: Semantics) -> Step:
    """Linear: y = W I."""
    return lambda state, current: (state, current @ node.weight.T)


def _affine(node: nir.Affine, _dt: float, _semantics: Semantics) -> Step:
    """Affine: y = W I + b."""
    return lambda state, current: (state, current @ node.weight.T + node.bias)


def _scale(node: nir.Scale, _dt: float, _semantics: Semantics) -> Step:
    """Scale: y = scale I, element by element."""
    return lambda state, current: (state, current * node.scale)


def _delay(node: nir.Delay, dt: float, _semantics: Semantics) -> Step:
    """Delay: y(t) = I(t - delay), and 0 before; the delay is a whole number of ticks."""
    ticks_N = np.rint(np.asarray(node.delay, dtype=np.float64) / dt)
    if not np.isfinite(ticks_N).all() or (ticks_N < 0).any() or not np.allclose(ticks_N * dt, node.delay, rtol=1e-6):
        raise InputError(f"has a delay that is not a whole number of ticks of {dt:g}.")
    longest = int(ticks_N.max())

    def step(state: State, current: FloatArray) -> tuple[State, FloatArray]:
        history = (current, *(state[0] if isinstance(state[0], tuple) else ()))[: longest + 1]
        delayed = np.zeros_like(current)
        for ticks, past in enumerate(history):
            delayed[:, ticks_N == ticks] = past[:, ticks_N == ticks]
        return (history,), delayed

    return step


def _li(node: nir.LI, dt: float, semantics: Semantics) -> Step:
    """LI: v <- v + (dt / tau)((v_leak - v) + r I); y = v."""
    keep, gain = _leaky(node.tau, node.r, dt, semantics.li.decay, semantics.li.gain)
    leak = dt / node.tau * node.v_leak

    def step(state: State, current: FloatArray) -> tuple[State, FloatArray]:
        v = keep * state[0] + gain * current + leak
        return (v,), v

    return step


def _cuba_li(node: nir.CubaLI, dt: float, semantics: Semantics) -> Step:
    """CubaLI: i <- i + (dt / tau_syn)(w_in I - i); then LI with the new i as its current."""
    keep, gain = _leaky(node.tau_syn, node.w_in, dt, "euler", "nir")
    membrane = _li(nir.LI(node.tau_mem, node.r, node.v_leak), dt, semantics)

    def step(state: State, current: FloatArray) -> tuple[State, FloatArray]:
        i = keep * state[1] + gain * current
        (v,), _ = membrane(state, i)
        return (v, i), v

    return step


def _if(node: nir.IF, dt: float, _semantics: Semantics) -> Step:
    """IF: v <- v + dt r I, and spikes as LIF."""
    gain, reset = dt * node.r, _Reset(node, Rule())

    def step(state: State, current: FloatArray) -> tuple[State, FloatArray]:
        return reset(state[0] + gain * current, 0.0)

    return step


def _lif(node: nir.LIF, dt: float, semantics: Semantics) -> Step:
    """LIF: v <- v + (dt / tau)((v_leak - v) + r I); z = [v > v_threshold], strictly; v <- v_reset where z; y = z."""
    return _spiking_membrane(node, node.tau, dt, semantics.lif)


def _cuba_lif(node: nir.CubaLIF, dt: float, semantics: Semantics) -> Step:
    """CubaLIF: i <- i + (dt / tau_syn)(w_in I - i); then LIF with the new i as its current."""
    rule = semantics.cuba_lif
    keep, gain = _leaky(node.tau_syn, node.w_in, dt, rule.decay, rule.current_gain)
    membrane = _spiking_membrane(node, node.tau_mem, dt, rule)

    def step(state: State, current: FloatArray) -> tuple[State, FloatArray]:
        i = keep * state[1] + gain * current
        (v, _, z), spikes = membrane(state, i)
        return (v, i, z), spikes

    return step


def _spiking_membrane(node: Any, tau: FloatArray, dt: float, rule: Rule) -> Step:  # noqa: ANN401
    keep, gain = _leaky(tau, node.r, dt, rule.decay, rule.gain)
    leak = node.v_leak * (dt / tau if rule.gain == "nir" else 1)
    reset = _Reset(node, rule)

    def step(state: State, current: FloatArray) -> tuple[State, FloatArray]:
        v, i, z = state
        v = keep * v + gain * current + leak
        return reset(v - node.v_threshold * z if rule.reset == "subtract next tick" else v, i)

    return step


class _Reset:
    """The spikes of a membrane, and the membrane after its reset."""

    def __init__(self, node: Any, rule: Rule) -> None:  # noqa: ANN401
        self.node, self.rule = node, rule

    def __call__(self, v: FloatArray, i: Any) -> tuple[State, FloatArray]:  # noqa: ANN401
        threshold = self.node.v_threshold
        if self.rule.many_spikes:
            z = np.where(v >= threshold, np.minimum(np.floor(v / threshold), self.rule.most_spikes), 0.0)
        else:
            z = (v > threshold).astype(np.float64)
        if self.rule.reset == "to v_reset":
            v = np.where(z, self.node.v_reset, v)
        elif self.rule.reset == "subtract":
            v = v - z * threshold
        return (v, i, z), z


_STEPS: dict[type[Any], Callable[[Any, float, Semantics], Step]] = {
    nir.Input: _passing,
    nir.Output: _passing,
    nir.Flatten: _passing,
    nir.Linear: _linear,
    nir.Affine: _affine,
    nir.Scale: _scale,
    nir.Delay: _delay,
    nir.LI: _li,
    nir.LIF: _lif,
    nir.IF: _if,
    nir.CubaLI: _cuba_li,
    nir.CubaLIF: _cuba_lif,
}
