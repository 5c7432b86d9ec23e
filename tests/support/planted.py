"""Networks with modules put there on purpose, which the analysis must find again."""

import numpy as np


def variance_of_modules(module_N, n_tasks, seed=0, noise=0.02):
    """Task variance (N, K) in which the neurons of module m vary in two or three tasks of their own; -1 never vary."""
    rng = np.random.default_rng(seed)
    codes = [f"{number:0{n_tasks}b}" for number in rng.permutation(2**n_tasks)]
    patterns = np.array([[int(bit) for bit in code] for code in codes if code.count("1") in (2, 3)])
    variance_NK = patterns[module_N] + noise * rng.random((len(module_N), n_tasks))
    return np.where(module_N[:, None] >= 0, variance_NK * rng.uniform(0.5, 2, (len(module_N), 1)), 0.0)


def quadrants(layout, across):
    """Modules that are places: across x across blocks of a square grid."""
    block_N2 = layout.places_N2 * across // layout.rows
    return block_N2[:, 0] * across + block_N2[:, 1]


def recording_with_variance(variance_NK, ticks=4):
    """Activity (T, B, N) of two trials per task whose task variance is exactly as given, its mask and its tasks."""
    n_tasks = variance_NK.shape[1]
    task_B = np.repeat(np.arange(n_tasks), 2)
    sign_B = np.tile([1.0, -1.0], n_tasks)
    activity_BN = 3 + sign_B[:, None] * np.sqrt(variance_NK.T)[task_B]
    return np.tile(activity_BN, (ticks, 1, 1)), np.ones((ticks, len(task_B)), dtype=bool), task_B
