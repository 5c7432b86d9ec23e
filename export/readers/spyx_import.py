"""Spyx's own importer, in float64.

Spyx has no leaky readout. Its file ends before the readout, which is integrated here with the decays in the metadata.
Spikes are taken from the membranes that Spyx returns: it spikes one tick after a membrane passes its threshold. Spyx
makes linear layers in float32; while a file is read, they are made in float64.
"""

import contextlib
import io
from functools import partial
from pathlib import Path
from unittest.mock import patch

import jax
import numpy as np
from flax import nnx
from spyx import nir as spyx_nir

from neurogrow.arrays import FloatArray
from neurogrow.response import Response

from ..nir.graph import read_graph
from ..nir.hidden import hidden_nodes
from ..nir.reference import tick_duration
from .readout import integrated


def run(path: Path, currents_TBI: FloatArray) -> Response:
    """Run a file of the dialect ``spyx`` on input currents."""
    graph, inputs_TBI = read_graph(path), np.asarray(currents_TBI, dtype=np.float64)
    dt, readout_graph = tick_duration(graph), read_graph(path)  # (Spyx changes the graph that it is given)
    (hidden,) = hidden_nodes(graph).values()
    threshold_N = hidden.v_threshold
    with jax.enable_x64(True), contextlib.redirect_stdout(io.StringIO()):  # (it says so when it has found a loop)
        double = partial(nnx.Linear, param_dtype=jax.numpy.float64)
        with patch.object(nnx, "Linear", double):
            _, (drive, states) = spyx_nir.from_nir(graph, jax.numpy.asarray(inputs_TBI), dt, return_all_states=True)
        v_TBN = np.asarray(jax.tree.leaves(states)[-1])[:, :, : len(threshold_N)]
        drive_TBO = np.asarray(drive)
    before_TBN = np.concatenate([np.zeros_like(v_TBN[:1]), v_TBN[:-1]])
    return Response(before_TBN > threshold_N, integrated(drive_TBO, readout_graph))
