"""Spyx's form of the NIR file.

Layers follow one after the other, and there is no LI. Spyx resets by subtraction, and spikes arrive one tick later.
"""

from ..semantics import SPYX
from .changes import without_readout
from .dialect import Dialect
from .needs import one_population

SPYX_DIALECT = Dialect("spyx", "Spyx", needs=(one_population,), changes=(without_readout,), semantics=SPYX)
