"""A spiking network, ours or any NIR file, on a chip."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from export.nir.graph import read_nir
from hardware_models.chips.spec import ChipSpec, load_chip
from hardware_models.core_table import write_core_table
from hardware_models.mapping import MappingReport, map_workload, mapping_report
from hardware_models.sanafe_files import write_sanafe
from hardware_models.workload.spike_counts import RATE
from hardware_models.workload.workload import Workload

from ..errors import InputError
from ..io.files import write_json
from ..training import Run
from .exporting import export_run, pruned_before
from .network_files import ExportOptions


@dataclass(frozen=True)
class Mapped:
    """A mapping, and the same network placed at random, as the baseline."""

    chosen: MappingReport
    random: MappingReport
    path: Path


def map_network(
    nir_path: Path,
    spikes_path: Path | None,
    chip: ChipSpec | str | Path,
    folder: Path,
    *,
    partition: str | None = None,
    placement: str | None = None,
    neurons_per_core: int | None = None,
    chips_used: int = 1,
    cost_set: str | None = None,
    seed: int = 0,
    effort: str | None = "fast",
    sanafe_ticks: int | None = None,
    rate: float = RATE,
) -> Mapped:
    """Map a NIR file onto a chip, beside a random mapping; write ``mapping-<chip>.json``, its table and ``-random``.

    Without a file of spikes every neuron is taken to spike ``rate`` times per tick.

    Where the file says where its neurons sit, the layout guides the mapping by default; otherwise neurons are taken in
    the file's order and cores are swapped until none improves. ``effort`` (``fast``, ``balanced``, ``best``, or None)
    says how long neurons and cores are then moved to lower what the chip spends. The random mapping is kept for
    comparison even where it exceeds a limit that only a finished mapping shows; its report says so. With
    ``sanafe_ticks``, a replay of that many ticks is written for SANA-FE.
    """
    spec = chip if isinstance(chip, ChipSpec) else load_chip(chip)
    workload = Workload.from_nir(nir_path, spikes_path, rate)
    placed = workload.positions_M2 is not None
    methods = (partition or ("layout" if placed else "sequential"), placement or ("layout" if placed else "swap"))
    mappings = [
        map_workload(workload, spec, *each, seed, neurons_per_core, cost_set, chips_used, within_limits, search)
        for each, within_limits, search in ((methods, True, effort), (("random", "random"), False, None))
    ]
    if sanafe_ticks is not None:
        write_sanafe(mappings[0], folder, sanafe_ticks)
    chosen, baseline = (mapping_report(mapping) for mapping in mappings)
    path = chosen.save(folder)
    write_core_table(chosen, folder)
    write_json(path.with_name(f"mapping-{spec.name}-random.json"), baseline.to_json())
    return Mapped(chosen, baseline, path)


def map_run(
    run: Run,
    chip: ChipSpec | str | Path,
    folder: Path | None = None,
    **options: Any,  # noqa: ANN401  (map_network's options)
) -> Mapped:
    """Export the run if it has not been, and map its NIR file onto a chip; write into ``folder``, or the run's own."""
    chip = chip if isinstance(chip, ChipSpec) else load_chip(chip)  # a wrong name is said before anything is computed
    nir_path, spikes_path = run.path / "network.nir", run.path / "spikes.npz"
    if run.config.model.kind != "spiking":
        raise InputError(
            f"{run.path} is a rate network; chips run spiking ones. Grow one with `neurogrow spike {run.path}`."
        )
    network = pruned_before(run)
    if not (network and nir_path.exists() and spikes_path.exists() and read_nir(nir_path).metadata == network.metadata):
        export_run(run, options=ExportOptions(readers=("numpy",)))
    return map_network(nir_path, spikes_path, chip, folder or run.path, **options)


def map_on_each(onto: Callable[[ChipSpec], Mapped], chips: Sequence[ChipSpec]) -> dict[str, Mapped | InputError]:
    """Map onto each of several chips, by name; where the network does not fit there is the refusal instead.

    Raises
    ------
    InputError
        If it fits on none of them, or two have the same name.
    """
    names = [chip.name for chip in chips]
    if twice := [name for name in names if names.count(name) > 1]:
        raise InputError(f"The chip {twice[0]} is named twice; its files would be written over each other.")
    found: dict[str, Mapped | InputError] = {}
    for chip in chips:
        try:
            found[chip.name] = onto(chip)
        except InputError as error:
            found[chip.name] = error
    if all(isinstance(each, InputError) for each in found.values()):
        raise InputError(" ".join(dict.fromkeys(str(each) for each in found.values())))
    return found
