"""Small networks that several tests share."""

from dataclasses import replace

import numpy as np
from scipy import sparse

from neurogrow.network import CubaLIFNeurons, GrownNetwork, LIFNeurons, SpikeEncoder


def small_network(neurons, n=5, seed=0, **changed):
    rng = np.random.default_rng(seed)
    parts = {
        "neurons": neurons,
        "input_weights_NI": rng.normal(size=(n, 3)),
        "recurrent_weights_NN": sparse.random_array((n, n), density=0.4, rng=rng, format="csr"),
        "output_weights_ON": rng.normal(size=(2, n)),
        "hidden_bias_N": rng.normal(size=n),
        "output_bias_O": rng.normal(size=2),
        "grid": (3, 3),
        "neuron_id_N": np.array([0, 2, 3, 5, 8]),
        "module_N": np.array([0, 0, 1, -1, 1]),
        "metadata": {"run": "a test"},
    }
    return GrownNetwork(**(parts | changed))


LIF = LIFNeurons(np.full(5, 0.75), np.ones(5), np.full(2, 0.5), substeps=5, dt=0.02)
CUBA = CubaLIFNeurons(np.full(5, 0.75), np.ones(5), np.full(2, 0.5), substeps=5, dt=0.02, alpha_N=np.full(5, 0.5))


def with_encoder(network, n_encoders=4, seed=0):
    """The network with its inputs as spikes: LIF neurons between them and the hidden neurons."""
    rng = np.random.default_rng(seed)
    encoder = SpikeEncoder(
        weights_EI=rng.normal(size=(n_encoders, network.n_inputs)),
        bias_E=rng.normal(scale=0.1, size=n_encoders),
        beta_E=rng.uniform(0.5, 0.95, n_encoders),
        threshold_E=rng.uniform(0.8, 1.3, n_encoders),
    )
    return replace(network, encoder=encoder, input_weights_NI=rng.normal(size=(network.n_neurons, n_encoders)))
