"""Networks whose wiring is planted: by distance alone, or by modules too."""

import numpy as np

from neurogrow.analysis.pairs import neuron_pairs
from support.planted import variance_of_modules


def wired_pairs(layout, module_N, seed=0, within=1.0, reach=6.0):
    """Pairs of a network whose weights fall with distance, and are ``within`` times as strong inside a module."""
    rng = np.random.default_rng(seed)
    weights_NN = rng.normal(size=layout.distance_NN.shape) * np.exp(-reach * layout.distance_NN)
    weights_NN *= np.where(module_N[:, None] == module_N, within, 1.0)
    return neuron_pairs(weights_NN, layout.distance_NN, variance_of_modules(module_N, 6, seed), module_N >= 0)
