"""Norse: LIF without resistance, no LI; the last node that its executor reaches is the output."""

from .changes import loops_first, readout_as_loop, unit_resistance
from .dialect import Dialect
from .needs import one_population

NORSE = Dialect("norse", "Norse", needs=(one_population,), changes=(unit_resistance, readout_as_loop, loops_first))
