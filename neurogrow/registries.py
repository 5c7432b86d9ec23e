"""Every registry of names: what can be registered in a process, or declared by an installed package as an entry point.

=================  ==========================  =================================================================
registry           group of entry points       what a name stands for
=================  ==========================  =================================================================
``SOURCES``        neurogrow.trial_sources     a factory of a source of trials
``TASK_RECORDS``   neurogrow.tasks             the record of a cognitive task
``NEURONS``        neurogrow.neurons           a class of networks: their neuron model
``PENALTIES``      neurogrow.penalties         a factory of a penalty on the network
``DIALECTS``       neurogrow.dialects          a dialect of NIR
``READERS``        neurogrow.readers           a reader of NIR files
``CHIPS``          neurogrow.chips             a chip, or the path of its file
``ARITHMETIC``     neurogrow.arithmetic        the arithmetic of a chip
``PARTITIONS``     neurogrow.partitions        a method that assigns neurons to parts
``PLACEMENTS``     neurogrow.placements        a method that assigns parts to cores
``REFINEMENTS``    neurogrow.refinements       a method that improves a mapping
``ROUTERS``        neurogrow.routers           a method that chooses the links of a route
``TOPOLOGIES``     neurogrow.topologies        a class of topologies of a chip
=================  ==========================  =================================================================

A :class:`~neurogrow.registry.Registry` lists its names with ``names()``; ``register(name, value)`` adds one.
"""

from export import DIALECTS, READERS
from hardware_models import ARITHMETIC, CHIPS, PARTITIONS, PLACEMENTS, REFINEMENTS, ROUTERS, TOPOLOGIES

from .growth import PENALTIES
from .models import NEURONS
from .tasks import SOURCES, TASK_RECORDS

__all__ = [
    "ARITHMETIC",
    "CHIPS",
    "DIALECTS",
    "NEURONS",
    "PARTITIONS",
    "PENALTIES",
    "PLACEMENTS",
    "READERS",
    "REFINEMENTS",
    "ROUTERS",
    "SOURCES",
    "TASK_RECORDS",
    "TOPOLOGIES",
]
