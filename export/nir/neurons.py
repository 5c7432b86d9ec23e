"""Decays per tick as the parameters of NIR's neurons, and back.

NIR steps a leaky state by x <- x + (dt / tau)(gain I - x), so with beta = 1 - dt / tau and gain = tau / dt it is
x <- beta x + I. That is one equation for a membrane (gain r), a synaptic current (gain w_in) and a readout.
"""

from collections.abc import Mapping
from typing import Any, TypeAlias

import nir
import numpy as np

from neurogrow.arrays import AnyArray, FloatArray
from neurogrow.errors import InputError
from neurogrow.network import CubaLIFNeurons, LIFNeurons, SpikeEncoder, SpikingNeurons

NeuronNode: TypeAlias = Any
"""A ``nir.LIF`` or a ``nir.CubaLIF`` (nir has no types)."""


def tau_and_gain(beta_N: FloatArray, dt: float) -> tuple[FloatArray, FloatArray]:
    """Return tau and gain, such that in float64 1 - dt / tau == beta and gain (dt / tau) == 1 where floats allow it.

    A membrane that meets its threshold exactly must not spike in any reader, so one in the last place matters. Within
    two places of dt / (1 - beta) and of tau / dt there is an exact pair for nearly every beta above one half.
    """
    nominal_N = dt / (1 - beta_N)
    tau_N, gain_N = nominal_N.copy(), nominal_N / dt
    found_N = np.zeros(beta_N.shape, dtype=bool)
    for places in sorted(range(-2, 3), key=abs):
        trial_N = nominal_N + places * np.spacing(nominal_N)
        rate_N = dt / trial_N
        for nudge in (0, -1, 1):
            inverse_N = 1 / rate_N + nudge * np.spacing(1 / rate_N)
            exact_N = ~found_N & (1 - rate_N == beta_N) & (inverse_N * rate_N == 1)
            tau_N[exact_N], gain_N[exact_N] = trial_N[exact_N], inverse_N[exact_N]
            found_N |= exact_N
    return tau_N, gain_N


def neuron_node(neurons: SpikingNeurons | SpikeEncoder, dt: float, metadata: Mapping[str, Any]) -> NeuronNode:
    """Return the neurons as a LIF or CubaLIF node with v_leak = v_reset = 0 and the decays in its metadata too.

    Below one half, 1 - beta rounds, and tau no longer tells beta to the last bit; the metadata does.
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


def neurons_of(node: NeuronNode, readout: nir.LI, substeps: int, dt: float) -> LIFNeurons | CubaLIFNeurons:
    """Return what :func:`neuron_node` wrote. Raises ``InputError`` where parameters contradict their metadata."""
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
    """Return ``beta`` or ``alpha`` of the node from its metadata, having checked that its parameters say the same.

    With ``gain_one`` what arrives must reach the state unscaled (membranes, currents); else r must be 1 (readouts).
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
    """Return an entry of a node's or graph's metadata. Raises ``InputError`` that names what is missing."""
    if key not in metadata:
        raise InputError(f"the metadata of {owner} has no '{key}'.")
    return metadata[key]


def double(array: AnyArray) -> FloatArray:
    """Return the array in float64."""
    return np.asarray(array, dtype=np.float64)
