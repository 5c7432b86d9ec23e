"""SpikingJelly: one number per parameter and population, spikes at v >= threshold, no LI."""

from .changes import next_threshold, previous_threshold, readout_as_loop, unit_thresholds
from .dialect import Dialect
from .needs import uniform_time_constants

SPIKINGJELLY = Dialect(
    "spikingjelly",
    "SpikingJelly",
    needs=(uniform_time_constants,),
    changes=(unit_thresholds, next_threshold, readout_as_loop),
    undo=(previous_threshold,),
)
