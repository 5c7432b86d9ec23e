"""Conversion between decays per tick and the parameters of NIR's neurons.

NIR steps a leaky state by x <- x + (dt / tau)(gain I - x). With beta = 1 - dt / tau and gain = tau / dt this is
x <- beta x + I. The equation holds for a membrane (gain r), a synaptic current (gain w_in) and a readout.
"""

from collections.abc import Mapping
from typing import Any, TypeAlias

import nir
import numpy as np
from scipy import sparse

from neurogrow.arrays import AnyArray, FloatArray
from neurogrow.errors import InputError
from neurogrow.network import CubaLIFNeurons, LIFNeurons, SpikeEncoder, SpikingNeurons

NeuronNode: TypeAlias = Any
"""A ``nir.LIF`` or a ``nir.CubaLIF`` (nir has no types)."""


def tau_and_gain(beta_N: FloatArray, dt: float) -> tuple[FloatArray, FloatArray]:
    """Return tau and gain with 1 - dt / tau == beta and gain (dt / tau) == 1 in float64, where such floats exist.

    A membrane that equals its threshold must not spike in any reader, so the last place matters. For nearly every beta
    above one half there is an exact pair within two places of dt / (1 - beta) and of tau / dt.
    """
    nominal_N = dt / (1 - beta_N)
    tau_N, gain_N = nominal_N.copy(), nominal_N / dt
    solved_N = np.zeros(beta_N.shape, dtype=bool)
    for places in sorted(range(-2, 3), key=abs):
        trial_N = nominal_N + places * np.spacing(nominal_N)
        rate_N = dt / trial_N
        for nudge in (0, -1, 1):
            inverse_N = 1 / rate_N + nudge * np.spacing(1 / rate_N)
            exact_N = ~solved_N & (1 - rate_N == beta_N) & (inverse_N * rate_N == 1)
            tau_N[exact_N], gain_N[exact_N] = trial_N[exact_N], inverse_N[exact_N]
            solved_N |= exact_N
    return tau_N, gain_N


def neuron_node(neurons: SpikingNeurons | SpikeEncoder, dt: float, metadata: Mapping[str, Any]) -> NeuronNode:
    """Return the neurons as a LIF or CubaLIF node with v_leak = v_reset = 0. Its metadata hold the decays too.

    Below one half, 1 - beta rounds, and tau does not give beta to the last bit. The metadata do.
    """
    if isinstance(neurons, SpikeEncoder):
        beta_N, threshold_N = double(neurons.beta_E), double(neurons.threshold_E)
    else:
        beta_N, threshold_N = double(neurons.beta_N), double(neurons.threshold_N)
    zeros_N, (tau_N, r_N) = np.zeros(len(beta_N)), tau_and_gain(beta_N, dt)
    if not isinstance(neurons, CubaLIFNeurons):
        return nir.LIF(tau_N, r_N, zeros_N, threshold_N, zeros_N, metadata={**metadata, "beta": beta_N})
    alpha_N = double(neurons.alpha_N)
    tau_syn_N, w_in_N = tau_and_gain(alpha_N, dt)
    decays = {"beta": beta_N, "alpha": alpha_N}
    return nir.CubaLIF(
        tau_syn_N, tau_N, r_N, zeros_N, threshold_N, zeros_N, w_in=w_in_N, metadata={**metadata, **decays}
    )


def read_neurons(node: NeuronNode, readout: nir.LI, substeps: int, dt: float) -> LIFNeurons | CubaLIFNeurons:
    """Return the neurons of a node of :func:`neuron_node`. Raises ``InputError`` if metadata contradict parameters."""
    beta_N, readout_beta_O = decay(node, "hidden", dt), decay(readout, "readout", dt, gain_one=False)
    common = (beta_N, node.v_threshold, readout_beta_O, substeps, dt)
    if isinstance(node, nir.CubaLIF):
        return CubaLIFNeurons(*common, decay(node, "hidden", dt, "alpha"))
    return LIFNeurons(*common)


def decay(
    node: Any,  # noqa: ANN401  (LIF, CubaLIF or LI)
    name: str,
    dt: float,
    which: str = "beta",
    *,
    gain_one: bool = True,
) -> FloatArray:
    """Return ``beta`` or ``alpha`` from a node's metadata, after a check against its parameters.

    With ``gain_one``, input must reach the state unscaled (membranes, currents); otherwise r must be 1 (readouts).
    """
    value = np.asarray(entry(node.metadata, which, f"'{name}'"))
    if which == "alpha":
        tau, gain = node.tau_syn, node.w_in
    else:
        tau, gain = (node.tau_mem if isinstance(node, nir.CubaLIF) else node.tau), node.r
    rate = dt / np.asarray(tau)
    same = value.shape == rate.shape and np.allclose(1 - rate, value, rtol=0, atol=1e-14)
    if not same or not np.allclose(gain * rate if gain_one else gain, 1, rtol=0, atol=1e-14):
        raise InputError(f"tau, gain and the metadata '{which}' of '{name}' do not agree: one of them was changed.")
    return value


def entry(metadata: Mapping[str, Any], key: str, owner: str) -> Any:  # noqa: ANN401
    """Return an entry of the metadata of a node or graph. Raises ``InputError`` that names a missing entry."""
    if key not in metadata:
        raise InputError(f"the metadata of {owner} has no '{key}'.")
    return metadata[key]


def double(array: AnyArray) -> FloatArray:
    """Return the array in float64."""
    return np.asarray(array, dtype=np.float64)


def dense(weights: Any) -> FloatArray:  # noqa: ANN401  (nir has no types)
    """Return weights in full that may be a sparse matrix."""
    return np.asarray(weights.toarray() if isinstance(weights, sparse.csr_array) else weights)
