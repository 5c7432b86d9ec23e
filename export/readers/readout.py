"""The leaky readout, for readers whose files do not contain it."""

import nir
import numpy as np

from neurogrow.arrays import FloatArray


def integrated(drive_TBO: FloatArray, graph: nir.NIRGraph) -> FloatArray:
    """Return o <- beta o + (1 - beta) drive at every tick, with the file's ``readout_beta``, from o = 0."""
    beta_O = graph.metadata["readout_beta"]
    readout_TBO = np.empty(drive_TBO.shape)
    o_BO = np.zeros(drive_TBO.shape[1:])
    for tick, drive_BO in enumerate(drive_TBO):
        o_BO = readout_TBO[tick] = beta_O * o_BO + (1 - beta_O) * drive_BO
    return readout_TBO
