"""A spiking network from a NIR file on one chip or several."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from hardware_models.chips.spec import ChipSpec, load_chip
from hardware_models.core_table import write_core_table
from hardware_models.mapping import MappingReport, map_workload, mapping_report
from hardware_models.sanafe_files import write_sanafe
from hardware_models.search.partition import PartitionMethod
from hardware_models.search.placement import PlacementMethod
from hardware_models.workload.spike_counts import RATE
from hardware_models.workload.workload import Workload

from ..errors import InputError
from ..io.files import write_json
from ..report.context import REFUSED_FORMAT


@dataclass(frozen=True)
class Mapped:
    """A mapping, and the same network placed at random, as the baseline."""

    chosen: MappingReport
    random: MappingReport | None
    """The baseline; None if the chip has no room for it."""
    path: Path
    random_refused: str | None = None
    """The reason why there is no baseline."""


def map_network(
    nir_path: Path,
    spikes_path: Path | None,
    chip: ChipSpec | str | Path,
    folder: Path,
    *,
    partition: PartitionMethod | str | None = None,
    placement: PlacementMethod | str | None = None,
    neurons_per_core: int | None = None,
    chips_used: int = 1,
    cost_set: str | None = None,
    seed: int = 0,
    effort: str | None = "fast",
    sanafe_ticks: int | None = None,
    rate: float = RATE,
) -> Mapped:
    """Map a NIR file onto a chip, beside a random mapping; write ``mapping-<chip>.json``, its table and ``-random``.

    Without a file of spikes, every neuron is assumed to spike ``rate`` times per tick.

    If the file states the places of its neurons, the layout guides the mapping by default. Otherwise neurons are taken
    in the file's order, and cores are swapped until no swap improves the mapping. ``effort`` (``fast``, ``balanced``,
    ``best``, or None) says how long neurons and cores are then moved to lower the chip's cost. The random mapping is
    kept even if it exceeds a limit that only a finished mapping shows; its report says so. If it does not fit on the
    chip at all, its file holds the reason. With ``sanafe_ticks``, a replay of that many ticks is written for SANA-FE.

    Raises
    ------
    InputError
        If a file cannot be read, a method is not known, or the network does not fit on the chip.
    """
    spec = chip if isinstance(chip, ChipSpec) else load_chip(chip)
    workload = Workload.from_nir(nir_path, spikes_path, rate)
    placed = workload.positions_M2 is not None
    methods = (partition or ("layout" if placed else "sequential"), placement or ("layout" if placed else "swap"))
    onto_chip = partial(
        map_workload,
        workload,
        spec,
        seed=seed,
        neurons_per_core=neurons_per_core,
        cost_set=cost_set,
        chips_used=chips_used,
    )
    mapping = onto_chip(*methods, effort=effort)
    if sanafe_ticks is not None:
        write_sanafe(mapping, folder, sanafe_ticks)
    chosen, baseline, refused = mapping_report(mapping), None, None
    try:
        baseline = mapping_report(onto_chip("random", "random", within_limits=False))
    except InputError as error:
        refused = str(error)
    path = chosen.save(folder)
    write_core_table(chosen, folder)
    content = {"format": REFUSED_FORMAT, "reason": refused} if baseline is None else baseline.to_json()
    write_json(path.with_name(f"mapping-{spec.name}-random.json"), content)
    return Mapped(chosen, baseline, path, refused)


def map_on_each(onto: Callable[[ChipSpec], Mapped], chips: Sequence[ChipSpec]) -> dict[str, Mapped | InputError]:
    """Map onto several chips, and return the mappings by chip; where the network does not fit, the refusal instead.

    Raises
    ------
    InputError
        If it fits on none of them, or two have the same name.
    """
    names = [chip.name for chip in chips]
    if twice := [name for name in names if names.count(name) > 1]:
        raise InputError(f"The chip {twice[0]} is named twice; its files would be written over each other.")
    results: dict[str, Mapped | InputError] = {}
    for chip in chips:
        try:
            results[chip.name] = onto(chip)
        except InputError as error:
            results[chip.name] = error
    if all(isinstance(result, InputError) for result in results.values()):
        raise InputError(" ".join(dict.fromkeys(str(result) for result in results.values())))
    return results
