"""Analysis reports of planted networks that several tests share."""

import numpy as np

from neurogrow.analysis.recording import Recording
from neurogrow.analysis.report import modularity_report
from neurogrow.analysis.trade_off_report import SweptPoint, TradeOffReport
from neurogrow.layout import GridLayout
from support.planted import quadrants, recording_with_variance, variance_of_modules


def planted_trade_off():
    """Five networks of two conditions; sweep/0 is behind its condition's frontiers, sweep/4 has nothing left."""
    networks = [
        SweptPoint("sweep/0", "BIMT", 1e-6, 0, 0.06, 300, 4000.0),
        SweptPoint("sweep/1", "BIMT", 1e-5, 1, 0.05, 200, 900.0),
        SweptPoint("sweep/2", "BIMT", 1e-4, 0, 0.20, 40, 100.0),
        SweptPoint("sweep/3", "L1 <b>", 1e-5, 0, 0.10, 180, 2000.0),
        SweptPoint("sweep/4", "L1 <b>", 1e-1, 0, 0.90, 0, 0.0),
    ]
    return TradeOffReport.from_networks(networks)


def recording_of(variance_NK, performance=0.9):
    activity_TBN, mask_TB, task_B = recording_with_variance(variance_NK)
    return Recording(activity_TBN, mask_TB, task_B, np.full(variance_NK.shape[1], performance))


def local_weights(layout, seed=0):
    """Random weights that decay with distance."""
    rng = np.random.default_rng(seed)
    return rng.normal(size=layout.distance_NN.shape) * np.exp(-12 * layout.distance_NN)


def planted_report(module_N=None, side=12, n_tasks=6, seed=0, n_shuffles=200, task_names=None, **changed):
    """Report of a network whose modules are 3 x 3 blocks of the grid, or ``module_N``."""
    layout = GridLayout(side, side)
    module_N = quadrants(layout, 3) if module_N is None else module_N
    names = task_names or [f"task{k}" for k in range(n_tasks)]
    variance_NK = variance_of_modules(module_N, n_tasks, seed)
    parts = {"weights_NN": local_weights(layout), "layout": layout, "recording": recording_of(variance_NK)}
    return modularity_report(**parts | {"task_names": names, "n_shuffles": n_shuffles} | changed)
