"""The parameters of any NIR neurons in the form of :mod:`neurogrow.network`: decays, thresholds, input unscaled."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import nir
import numpy as np

from neurogrow.arrays import FloatArray
from neurogrow.errors import InputError


@dataclass(frozen=True, eq=False)
class Membranes:
    """Decays and thresholds of neurons to which what arrives is added as it is."""

    beta_N: FloatArray
    threshold_N: FloatArray
    alpha_N: FloatArray | None
    """None for LIF neurons."""
    bias_N: FloatArray
    """A constant that arrives on top: what pulls the membrane to its v_leak."""


def membranes(nodes: dict[str, Any], dt: float) -> Membranes:
    """Return the neurons of these nodes, one after the other, all LIF or all CubaLIF.

    u = v - v_reset follows u <- (1 - a) u + g I + a (v_leak - v_reset) with a = dt / tau and the gain g, of a CubaLIF
    the product of both gains. So u / g is reset to 0, has the threshold (v_threshold - v_reset) / g and takes I as it
    is, and a constant.

    Raises
    ------
    InputError
        If a threshold is not above v_reset, or a time constant not above dt.
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
    """Return beta of the readout, and the gain and the constant that its current has on top."""
    beta_O = _decay(name, node, np.asarray(node.tau, dtype=np.float64), dt, "beta")
    return beta_O, np.broadcast_to(node.r, beta_O.shape), np.broadcast_to(node.v_leak, beta_O.shape)


def _membrane(name: str, node: Any, dt: float) -> Membranes:  # noqa: ANN401
    shape, cuba = np.shape(node.v_threshold), isinstance(node, nir.CubaLIF)
    values = {key: np.broadcast_to(np.asarray(getattr(node, key), dtype=np.float64), shape) for key in _keys(cuba)}
    tau = values["tau_mem" if cuba else "tau"]
    gain = _gain(values["r"], dt / tau)
    if cuba:
        gain = gain * _gain(values["w_in"], dt / values["tau_syn"])
    threshold_N = (values["v_threshold"] - values["v_reset"]) / gain
    if not (gain > 0).all() or not (threshold_N > 0).all():
        raise InputError(f"the thresholds of '{name}' are not all above v_reset, or its r is not positive.")
    if cuba and (values["v_leak"] != values["v_reset"]).any():
        raise InputError(f"v_reset of '{name}' is not its v_leak, whose pull a current would hold back.")
    beta_N = _decay(name, node, tau, dt, "beta")
    bias_N = dt / tau * (values["v_leak"] - values["v_reset"]) / gain
    return Membranes(beta_N, threshold_N, _decay(name, node, values["tau_syn"], dt, "alpha") if cuba else None, bias_N)


def _keys(cuba: bool) -> Sequence[str]:
    common = ("r", "v_leak", "v_threshold", "v_reset")
    return (*common, "tau_mem", "tau_syn", "w_in") if cuba else (*common, "tau")


def _gain(gain: FloatArray, rate: FloatArray) -> FloatArray:
    """Return gain * rate, and 1 exactly where only rounding is between the two (as in every file of ours)."""
    product = gain * rate
    return np.where(np.abs(product - 1) < 4e-16, 1.0, product)


def _decay(name: str, node: Any, tau: FloatArray, dt: float, which: str) -> FloatArray:  # noqa: ANN401
    """Return 1 - dt / tau; to the last bit, where the node's metadata say so and agree."""
    value = 1 - dt / tau
    if not ((value > 0) & (value < 1)).all():
        raise InputError(
            f"the time constants of '{name}' must be finite and longer than a tick of {dt:g}; they lie between "
            f"{tau.min():.4g} and {tau.max():.4g}."
        )
    noted = np.asarray(node.metadata.get(which, value))
    same = noted.shape == value.shape and np.allclose(noted, value, rtol=0, atol=1e-14)
    return np.asarray(noted if same else value, dtype=np.float64)
