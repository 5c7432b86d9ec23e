"""Spyx: layers one after the other, no LI; a reset by subtraction, and spikes that leave a tick later."""

from ..semantics import SPYX
from .changes import without_readout
from .dialect import Dialect
from .needs import one_population

SPYX_DIALECT = Dialect("spyx", "Spyx", needs=(one_population,), changes=(without_readout,), semantics=SPYX)
