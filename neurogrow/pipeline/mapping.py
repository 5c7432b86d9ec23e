"""A spiking network, ours or any NIR file, on a chip."""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from inspect import signature
from pathlib import Path
from typing import Any

from hardware_models.chips.spec import ChipSpec, load_chip
from hardware_models.core_table import write_core_table
from hardware_models.mapping import MappingReport, map_workload, mapping_report
from hardware_models.sanafe_files import write_sanafe
from hardware_models.workload.spike_counts import RATE
from hardware_models.workload.workload import Workload

from ..errors import InputError
from ..io.files import plain, read_json, write_json
from ..training import Run
from .exporting import EXPORT
from .runner import bring, ensure, one_pass
from .spikes import NIR_FILE, SPIKES, SPIKES_FILE
from .stage import Settings, Stage, is_spiking


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

    Without a file of spikes, every neuron is assumed to spike ``rate`` times per tick.

    If the file states the places of its neurons, the layout guides the mapping by default. Otherwise neurons are taken
    in the file's order, and cores are swapped until no swap improves the mapping. ``effort`` (``fast``, ``balanced``,
    ``best``, or None) says how long neurons and cores are then moved to lower the chip's cost. The random mapping is
    kept even if it exceeds a limit that only a finished mapping shows; its report says so. With ``sanafe_ticks``, a
    replay of that many ticks is written for SANA-FE.
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
    """Map the run's NIR file onto a chip; write into ``folder``, or the run's own. The run is exported if need be.

    In the run's own folder, a mapping with the same options is read, not made again.
    """
    spec = chip if isinstance(chip, ChipSpec) else load_chip(chip)  # a wrong name is said before anything is computed
    if not is_spiking(run):
        raise InputError(
            f"{run.path} is a rate network; chips run spiking ones. Grow one with `neurogrow spike {run.path}`."
        )
    stage = map_stage(spec)
    settings = dict(stage.defaults) | options
    with one_pass():
        if folder in (None, run.path) and _is_plain(settings):
            return bring(run, stage, settings)
        for earlier in stage.after:
            ensure(run, earlier)
        return map_network(run.path / NIR_FILE, run.path / SPIKES_FILE, spec, folder or run.path, **options)


def map_stage(spec: ChipSpec) -> Stage[Mapped]:
    """Return the stage that maps a run's network onto a chip; every chip has its own."""
    names = tuple(f"mapping-{spec.name}{end}" for end in (".json", "-random.json", ".csv"))

    def mapped(run: Run, chip: str, **options: Any) -> Mapped:  # noqa: ANN401, ARG001  (chip: see defaults)
        return map_network(run.path / NIR_FILE, run.path / SPIKES_FILE, spec, run.path, **options)

    def loaded(run: Run, settings: Settings) -> Mapped:  # noqa: ARG001
        return Mapped(_report(run.path / names[0]), _report(run.path / names[1]), run.path / names[0])

    def writes(run: Run, settings: Settings) -> tuple[str, ...]:  # noqa: ARG001
        return names if settings["sanafe_ticks"] is None else (*names, *_SANAFE)

    return Stage(
        name=f"map-{spec.name}",
        reads=(NIR_FILE, SPIKES_FILE),
        writes=writes,
        compute=mapped,
        load=loaded,
        after=(EXPORT, SPIKES),
        defaults=_DEFAULTS | {"chip": _digest(spec)},
    )


_SANAFE = ("sanafe-architecture.yaml", "sanafe-network.yaml")
_DEFAULTS = {
    name: parameter.default
    for name, parameter in signature(map_network).parameters.items()
    if parameter.kind is parameter.KEYWORD_ONLY
}


def _report(path: Path) -> MappingReport:
    return MappingReport(**{name: value for name, value in read_json(path).items() if name != "format"})


def _digest(spec: ChipSpec) -> str:
    """Return a digest of all that a chip's file says."""
    return hashlib.sha256(json.dumps(plain(spec), sort_keys=True, default=str).encode()).hexdigest()


def _is_plain(settings: Settings) -> bool:
    """Return whether a record can hold the settings. A method that is an object has no lasting name."""
    return all(value is None or isinstance(value, bool | int | float | str) for value in settings.values())


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
