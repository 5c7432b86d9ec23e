"""What a core's neurons take of its limits."""

from dataclasses import dataclass

import numpy as np

from neurogrow.arrays import IntArray

from .chips import ChipSpec
from .destinations import Destinations, destinations
from .workload import Workload

NAMES = {
    "neurons_per_core": "neurons",
    "input_axons_per_core": "input axons",
    "output_axons_per_core": "output axons",
    "synapse_bits_per_core": "bits of synapse memory",
}
"""The limits of a core, and what they count."""


@dataclass(frozen=True)
class LimitUse:
    """The fullest core with respect to one limit; ``limit`` and ``used`` are None where nothing is published."""

    name: str
    used: int | None
    limit: int | None
    core: int | None

    @property
    def fraction(self) -> float | None:
        """Share of the limit that is used, in [0, 1] for a valid mapping."""
        return None if self.used is None or self.limit is None else self.used / self.limit


def limit_of(chip: ChipSpec, name: str) -> int | None:
    """The chip's figure for a limit, None where it is not published."""
    figure = getattr(chip.limits, name)
    return None if figure is None else int(figure.value)


def bits_per_synapse(chip: ChipSpec) -> int | None:
    """Memory that one synapse takes, None where it is not published."""
    figure = chip.limits.bits_per_synapse
    return None if figure is None else int(figure.value)


def use_of_cores(
    workload: Workload, core_M: IntArray, n_cores: int, chip: ChipSpec, pairs: Destinations | None = None
) -> dict[str, IntArray]:
    """What every core uses of each limit in :data:`NAMES`, shape (C,) each; without memory where it is unknown."""
    pairs = destinations(workload, core_M, n_cores) if pairs is None else pairs
    sent = pairs if chip.routing.own_core_packets else pairs.remote()
    use: dict[str, IntArray] = {
        "neurons_per_core": np.bincount(core_M, minlength=n_cores),
        "input_axons_per_core": np.bincount(pairs.core_P, minlength=n_cores),
        "output_axons_per_core": np.bincount(sent.home_P, minlength=n_cores),
    }
    bits = bits_per_synapse(chip)
    if bits is not None:
        synapses_M = np.asarray(workload.connectivity.sum(axis=1))
        held_C = np.bincount(core_M, weights=synapses_M, minlength=n_cores)
        use["synapse_bits_per_core"] = np.rint(held_C).astype(np.int64) * bits
    return use


def fullest(use: dict[str, IntArray], chip: ChipSpec) -> list[LimitUse]:
    """The fullest core for every limit, the tightest limit first and unpublished ones last."""
    found = []
    for name in NAMES:
        used_C, limit = use.get(name), limit_of(chip, name)
        core = None if used_C is None else int(used_C.argmax())
        found.append(LimitUse(name, None if used_C is None else int(used_C.max()), limit, core))
    return sorted(found, key=lambda item: -1.0 if item.fraction is None else item.fraction, reverse=True)
