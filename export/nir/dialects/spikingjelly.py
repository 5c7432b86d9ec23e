"""SpikingJelly's form of the NIR file.

Each parameter is one number for a population. SpikingJelly spikes at v >= threshold, so thresholds become the next
larger float. A loop of linear nodes replaces the LI, which SpikingJelly does not have.
"""

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
