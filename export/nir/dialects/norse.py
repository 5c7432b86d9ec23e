"""Norse's form of the NIR file.

LIF nodes have resistance r = 1, and the threshold is divided by the old r. A loop of linear nodes replaces the LI,
which Norse does not have. Edges into loops come first, because Norse takes the last node that its executor reaches as
the output.
"""

from .changes import loops_first, readout_as_loop, unit_resistance
from .dialect import Dialect
from .needs import one_population

NORSE = Dialect("norse", "Norse", needs=(one_population,), changes=(unit_resistance, readout_as_loop, loops_first))
