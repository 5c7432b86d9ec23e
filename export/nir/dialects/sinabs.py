"""Sinabs' form of the NIR file.

The file is of NIR 1.0.4 and counts time in ticks. Sinabs decays states exponentially, lets a neuron spike several times
a tick, and resets by subtraction.
"""

from ..semantics import SINABS
from .changes import exponential_taus, loops_first, recurrence_as_affine, time_in_ticks, unscaled_readout
from .dialect import Dialect
from .needs import no_current_based, one_population

SINABS_DIALECT = Dialect(
    "sinabs",
    "Sinabs",
    needs=(no_current_based, one_population),
    changes=(unscaled_readout, exponential_taus, time_in_ticks, recurrence_as_affine, loops_first),
    semantics=SINABS,
    nir_version="1.0.4",
)
