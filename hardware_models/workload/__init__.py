"""Workloads: the neurons, synapses and spikes of a network, read from a NIR file."""

from typing import TYPE_CHECKING

from neurogrow._internal.lazy import lazily

if TYPE_CHECKING:
    from .destinations import Destinations, flow_between
    from .nets import Nets, nets_of
    from .nir_file import Population
    from .spike_counts import Spikes, read_spikes
    from .workload import Workload
else:
    __getattr__ = lazily(__name__, "spike_counts", "nir_file", "workload", "destinations", "nets")

__all__ = ["Destinations", "Nets", "Population", "Spikes", "Workload", "flow_between", "nets_of", "read_spikes"]
