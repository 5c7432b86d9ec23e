"""The names of neuron models, for configuration files."""

from typing import TYPE_CHECKING

from ..registry import Registry

if TYPE_CHECKING:  # names of neuron models do not need torch
    from .base import GridRNN

NEURONS: "Registry[type[GridRNN]]" = Registry(
    "neuron model",
    "neurogrow.neurons",
    {"rate": "neurogrow.models.rate:RateRNN", "spiking": "neurogrow.models.spiking:SpikingRNN"},
)
"""Classes of networks by the name of their neuron model, ``model.kind`` of a configuration.

A class is called as ``cls(layout, n_inputs, n_outputs, replicas, seeds, **settings)``, with the settings of the
configuration. It is a subclass of :class:`~neurogrow.models.GridRNN`.
"""
