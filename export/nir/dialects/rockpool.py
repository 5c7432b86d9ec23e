"""Rockpool's form of the NIR file.

It holds current-based neurons only. Rockpool decays states exponentially, lets a neuron spike several times a tick, and
resets by subtraction.
"""

from ..semantics import ROCKPOOL
from .changes import (
    exponential_taus,
    gains_that_tell_the_tick,
    loop_as_subgraph,
    time_in_readout_taus,
    undecayed_input,
)
from .dialect import Dialect
from .needs import one_population, one_readout_time_constant, only_current_based

ROCKPOOL_DIALECT = Dialect(
    "rockpool",
    "Rockpool",
    needs=(only_current_based, one_population, one_readout_time_constant),
    changes=(undecayed_input, exponential_taus, time_in_readout_taus, gains_that_tell_the_tick, loop_as_subgraph),
    semantics=ROCKPOOL,
)
