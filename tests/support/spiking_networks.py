"""Larger random spiking networks that do spike, and what drives them."""

from dataclasses import replace

import numpy as np
from scipy import sparse

from neurogrow.network import CubaLIFNeurons, GrownNetwork, LIFNeurons
from support.networks import with_encoder

KINDS = {
    "LIF": {},
    "CubaLIF": {"cuba": True},
    "encoder and LIF": {"encoders": 7},
    "encoder and CubaLIF": {"cuba": True, "encoders": 7},
}
"""What spiking_network() takes for each kind of network that there is."""


def spiking_network(n=70, n_inputs=6, n_outputs=4, seed=0, substeps=3, dt=0.02, density=0.15, cuba=False, encoders=0):
    """A recurrent network in which 2 to 30 % of the bins hold a spike (with currents() as input).

    With ``cuba`` neurons have a synaptic current; with ``encoders``, that many neurons turn inputs into spikes.
    """
    rng = np.random.default_rng(seed)
    side = int(np.ceil(np.sqrt(1.3 * n)))
    pattern = sparse.random_array((n, n), density=density, rng=rng, format="csr")
    pattern.data = rng.normal(scale=1.0 / np.sqrt(density * n), size=pattern.nnz)
    common = {
        "beta_N": rng.uniform(0.5, 0.95, n),
        "threshold_N": rng.uniform(0.8, 1.3, n) * (2 if cuba else 1),
        "readout_beta_O": rng.uniform(0.6, 0.9, n_outputs),
        "substeps": substeps,
        "dt": dt,
    }
    network = _network(rng, n, n_inputs, n_outputs, side, pattern, LIFNeurons(**common))
    if cuba:
        network = replace(network, neurons=CubaLIFNeurons(**common, alpha_N=rng.uniform(0.3, 0.8, n)))
    return with_encoder(network, encoders, seed) if encoders else network


def _network(rng, n, n_inputs, n_outputs, side, pattern, neurons):
    return GrownNetwork(
        neurons=neurons,
        input_weights_NI=rng.normal(scale=0.5, size=(n, n_inputs)),
        recurrent_weights_NN=pattern,
        output_weights_ON=rng.normal(size=(n_outputs, n)),
        hidden_bias_N=rng.normal(scale=0.05, size=n),
        output_bias_O=rng.normal(size=n_outputs),
        grid=(side, side),
        neuron_id_N=np.sort(rng.choice(side * side, n, replace=False)),
        module_N=rng.integers(-1, 4, n),
        metadata={"run": "a test", "odd/key": "an é, a \0"},
    )


def currents(network, n_steps=40, n_lanes=5, seed=0):
    return np.random.default_rng(seed).normal(size=(n_steps, n_lanes, network.n_inputs))


def uniform_network(seed=0, n=60, **kind):
    """A network whose time constants are the same for all neurons of a population."""
    network = spiking_network(n, seed=seed, **kind)
    decays = {"beta_N": np.full(n, 0.8), "readout_beta_O": np.full(4, 0.7)}
    if kind.get("cuba"):
        decays["alpha_N"] = np.full(n, 0.6)
    encoder = network.encoder and replace(network.encoder, beta_E=np.full(7, 0.75))
    return replace(network, neurons=replace(network.neurons, **decays), encoder=encoder)
