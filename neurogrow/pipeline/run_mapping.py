"""The network of a spiking run on a chip; each chip is a stage of its own."""

import hashlib
import json
from inspect import signature
from pathlib import Path
from typing import Any

from hardware_models.chips.spec import ChipSpec, load_chip
from hardware_models.mapping import MappingReport

from ..errors import InputError
from ..io.files import plain, read_json
from ..report.context import REFUSED_FORMAT
from ..training import Run
from .exporting import EXPORT
from .mapping import Mapped, map_network
from .runner import bring, ensure, one_pass
from .spikes import NIR_FILE, SPIKES, SPIKES_FILE
from .stage import Settings, Stage, is_spiking


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
        baseline = read_json(run.path / names[1])
        chosen, path = _report(read_json(run.path / names[0])), run.path / names[0]
        if baseline["format"] == REFUSED_FORMAT:
            return Mapped(chosen, None, path, baseline["reason"])
        return Mapped(chosen, _report(baseline), path)

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


def _report(content: dict[str, Any]) -> MappingReport:
    return MappingReport(**{name: value for name, value in content.items() if name != "format"})


def _digest(spec: ChipSpec) -> str:
    """Return a digest of all that a chip's file says."""
    return hashlib.sha256(json.dumps(plain(spec), sort_keys=True, default=str).encode()).hexdigest()


def _is_plain(settings: Settings) -> bool:
    """Return whether a record can hold the settings. A method that is an object has no lasting name."""
    return all(value is None or isinstance(value, bool | int | float | str) for value in settings.values())
