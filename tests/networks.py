"""Small networks that several tests share."""

import numpy as np
from scipy import sparse

from neurogrow.network import GrownNetwork, LIFNeurons


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
