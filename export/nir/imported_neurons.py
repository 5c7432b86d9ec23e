"""Conversion of any NIR neurons to the form of :mod:`neurogrow.network`: decays, thresholds, unscaled input."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import nir
import numpy as np

from neurogrow.arrays import FloatArray
from neurogrow.errors import InputError


@dataclass(frozen=True, eq=False)
class Membranes:
    """Decays and thresholds of neurons that add their input unscaled."""

    beta_N: FloatArray
    threshold_N: FloatArray
    alpha_N: FloatArray | None
    """None for LIF neurons."""
    bias_N: FloatArray
    """A constant input: the pull of the membrane to its v_leak."""


def membranes(nodes: dict[str, Any], dt: float) -> Membranes:
    """Return the neurons of these nodes, one after the other, all LIF or all CubaLIF.

    u = v - v_reset follows u <- (1 - a) u + g I + a (v_leak - v_reset), with a = dt / tau and the gain g (of a CubaLIF
    the product of both gains). So u / g is reset to 0, has the threshold (v_threshold - v_reset) / g, and adds I
    unscaled and a constant.

    Raises
    ------
    InputError
        If a parameter is not a finite number, a time constant is not above dt, or a threshold not above v_reset.
    """
    if len({type(node) for node in nodes.values()}) > 1:
        raise InputError(f"{', '.join(nodes)} are populations of different kinds of neurons.")
    parts = [_membrane(name, node, dt) for name, node in nodes.items()]
    alphas = [part.alpha_N for part in parts if part.alpha_N is not None]
    return Membranes(
        np.concatenate([part.beta_N for part in parts]),
        np.concatenate([part.threshold_N for part in parts]),
        np.concatenate(alphas) if alphas else None,
        np.concatenate([part.bias_N for part in parts]),
    )


def readout_decay(name: str, node: nir.LI, dt: float) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return beta of the readout, the gain of its input, and the constant that is added to it."""
    _check_finite(name, {"r": node.r, "v_leak": node.v_leak})
    beta_O = _decay(name, node, np.asarray(node.tau, dtype=np.float64), dt, "beta")
    return beta_O, np.broadcast_to(node.r, beta_O.shape), np.broadcast_to(node.v_leak, beta_O.shape)


def _membrane(name: str, node: Any, dt: float) -> Membranes:  # noqa: ANN401
    shape, cuba = np.shape(node.v_threshold), isinstance(node, nir.CubaLIF)
    values = {key: np.broadcast_to(np.asarray(getattr(node, key), dtype=np.float64), shape) for key in _keys(cuba)}
    tau = values["tau_mem" if cuba else "tau"]
    beta_N = _decay(name, node, tau, dt, "beta")
    alpha_N = _decay(name, node, values["tau_syn"], dt, "alpha") if cuba else None
    _check_finite(name, values)
    gain = _gain(values["r"], dt / tau)
    if cuba:
        gain = gain * _gain(values["w_in"], dt / values["tau_syn"])
    threshold_N = (values["v_threshold"] - values["v_reset"]) / gain
    if not (gain > 0).all():
        raise InputError(f"the gain r{' w_in' if cuba else ''} of '{name}' is not positive for all neurons.")
    if not (threshold_N > 0).all():
        raise InputError(f"the thresholds of '{name}' are not all above v_reset.")
    if cuba and (values["v_leak"] != values["v_reset"]).any():
        raise InputError(f"v_reset of '{name}' is not its v_leak, whose pull a current would hold back.")
    bias_N = dt / tau * (values["v_leak"] - values["v_reset"]) / gain
    return Membranes(beta_N, threshold_N, alpha_N, bias_N)


def _keys(cuba: bool) -> Sequence[str]:
    common = ("r", "v_leak", "v_threshold", "v_reset")
    return (*common, "tau_mem", "tau_syn", "w_in") if cuba else (*common, "tau")


def _check_finite(name: str, values: Mapping[str, FloatArray]) -> None:
    for key, value in values.items():
        if not np.isfinite(value).all():
            raise InputError(f"the parameter '{key}' of '{name}' holds {np.ravel(value[~np.isfinite(value)])[0]}.")


def _gain(gain: FloatArray, rate: FloatArray) -> FloatArray:
    """Return gain * rate; exactly 1 where the product differs from 1 by rounding alone, as in files of neurogrow."""
    product = gain * rate
    return np.where(np.abs(product - 1) < 4e-16, 1.0, product)


def _decay(name: str, node: Any, tau: FloatArray, dt: float, which: str) -> FloatArray:  # noqa: ANN401
    """Return 1 - dt / tau, or the decay in the node's metadata if it agrees, which is exact to the last bit."""
    wrong = ~np.isfinite(tau) | (tau <= 0)
    if wrong.any():
        raise InputError(f"a time constant of '{name}' is {tau[wrong][0]:g}; it must be a positive, finite number.")
    value = 1 - dt / tau
    if not ((value > 0) & (value < 1)).all():
        raise InputError(
            f"the time constants of '{name}' must be finite and longer than a tick of {dt:g}; they lie between "
            f"{tau.min():.4g} and {tau.max():.4g}."
        )
    noted = np.asarray(node.metadata.get(which, value))
    same = noted.shape == value.shape and np.allclose(noted, value, rtol=0, atol=1e-14)
    return np.asarray(noted if same else value, dtype=np.float64)
