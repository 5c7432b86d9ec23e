"""Capacity: how much of each resource a core may hold."""

from dataclasses import dataclass, replace

from neurogrow.arrays import IntArray


@dataclass(frozen=True)
class Capacity:
    """Limits of a core by resource; the first resource is the number of neurons."""

    most: tuple[int, ...]
    least: tuple[int, ...] = (0,)
    axons: tuple[int | None, int | None] = (None, None)
    """Largest numbers of input and of output axons; None for no limit."""
    own_axons: bool = False
    """Whether a net that reaches its own core takes an output axon for it."""

    def for_clusters(self, extra: IntArray) -> "Capacity":
        """Return a capacity for clusters: larger by ``extra`` of each resource, and without limits of axons."""
        most = tuple(int(limit + more) for limit, more in zip(self.most, extra, strict=True))
        return replace(self, most=most, least=(0,) * len(most), axons=(None, None))
