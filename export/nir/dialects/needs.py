"""Needs of readers. Each is a function that returns the reason to refuse a network, or None."""

import nir
import numpy as np


def only_current_based(graph: nir.NIRGraph) -> str | None:
    """Every spiking neuron is a current-based one (CubaLIF)."""
    others = [name for name, node in graph.nodes.items() if isinstance(node, nir.LIF)]
    if not others:
        return None
    return (
        f"it reads current-based neurons only, and '{others[0]}' are LIF neurons. Grow a network with a synaptic "
        "current and without an encoder (a LIF neuron is not a CubaLIF neuron with other numbers)."
    )


def no_current_based(graph: nir.NIRGraph) -> str | None:
    """No spiking neuron has a synaptic current."""
    cuba = [name for name, node in graph.nodes.items() if isinstance(node, nir.CubaLIF)]
    return f"its importer knows no CubaLIF, which '{cuba[0]}' is." if cuba else None


def uniform_time_constants(graph: nir.NIRGraph) -> str | None:
    """All neurons of a population have the same time constants."""
    for name, node in graph.nodes.items():
        taus = {"tau": getattr(node, "tau", None), "tau_mem": getattr(node, "tau_mem", None)}
        taus |= {"tau_syn": getattr(node, "tau_syn", None)}
        for parameter, tau in taus.items():
            if isinstance(node, nir.LIF | nir.CubaLIF) and tau is not None and np.ptp(tau):
                return (
                    f"it has one {parameter} for all neurons of a population, and those of '{name}' lie between "
                    f"{tau.min():.4g} and {tau.max():.4g} s."
                )
    return None


def one_readout_time_constant(graph: nir.NIRGraph) -> str | None:
    """All outputs have the same time constant."""
    for node in graph.nodes.values():
        if isinstance(node, nir.LI) and np.ptp(node.tau):
            return (
                "it reads readouts' time constants as whole numbers, which only the unit of time can make right, and "
                f"these are several, from {node.tau.min():.4g} to {node.tau.max():.4g} s."
            )
    return None


def one_population(graph: nir.NIRGraph) -> str | None:
    """The hidden neurons are one population."""
    several = sum(isinstance(node, nir.Linear) for node in graph.nodes.values()) > 1
    return (
        "in it, of several populations some drive others in the same tick; write it without --modular."
        if several
        else None
    )
