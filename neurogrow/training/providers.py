"""Parts of a run that are not built in: sources of trials, tasks, neuron models and penalties that users bring.

A run folder holds names and settings, and never code. ``config.toml`` holds the registered name of each part and its
settings. ``providers.json`` says which distribution provides a name, so that whoever opens the run without that
distribution is told to install it. There is no such file where all parts are built in.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from inspect import isfunction
from pathlib import Path
from typing import Any, TypeAlias

from ..errors import InputError
from ..growth import PENALTIES, Penalty
from ..io.files import plain, read_json, write_json
from ..models import NEURONS, GridRNN
from ..registry import Registry
from ..tasks import SOURCES, TASK_RECORDS, TaskSet, TrialSource
from .config import PenaltyConfig, TasksConfig, TrainConfig

Providers: TypeAlias = Mapping[str, Mapping[str, str | None]]
"""The distribution that provides each name, by kind of part and by name; None for a name that none provided."""

_REGISTRIES: dict[str, Registry[Any]] = {
    "source": SOURCES,
    "task": TASK_RECORDS,
    "neurons": NEURONS,
    "penalty": PENALTIES,
}


@dataclass(frozen=True, eq=False)
class GivenObjects:
    """Objects that the caller passes to training; they take precedence over names in the configuration."""

    source: TrialSource | None = None
    """Where trials come from, in place of ``tasks.source``."""
    model: type[GridRNN] | None = None
    """The class of the networks, in place of ``model.kind``."""
    penalties: tuple[Penalty, ...] = ()
    """Penalties beside those of the configuration, for all replicas."""

    def __post_init__(self) -> None:
        if self.model is not None and not isinstance(self.model, type):
            raise InputError("Pass the class of the model; weights to start from are passed as `initial`.")
        if self.model is not None and not issubclass(self.model, GridRNN):
            raise InputError(f"The model must be a subclass of neurogrow.models.GridRNN; {self.model.__name__} is not.")
        if self.source is not None:
            _check_object("source", self.source, _methods_of(TrialSource))
        for penalty in self.penalties:
            _check_object("penalty", penalty, _methods_of(Penalty))

    def named_in(self, config: TrainConfig) -> TrainConfig:
        """Return the configuration with the name and the settings of the source and the name of the model's class.

        Names are the registered ones, or those of the classes.

        Raises
        ------
        InputError
            If the class of an object has no registered name, and its own name is that of another registered part.
        """
        if isinstance(self.source, TaskSet):
            config = replace(config, tasks=TasksConfig(self.source.names, self.source.ring))
        elif self.source is not None:
            name, settings = _name(SOURCES, self.source), _source_settings(self.source)
            config = replace(config, tasks=replace(config.tasks, source=name, settings=settings))
        if self.model is not None:
            config = replace(config, model=replace(config.model, kind=_name(NEURONS, self.model)))
        return config

    def stored_in(self, config: TrainConfig) -> TrainConfig:
        """Return the configuration that a run folder stores: :meth:`named_in`, with the penalties as well."""
        config = self.named_in(config)
        named = [PenaltyConfig(_name(PENALTIES, each), _own_settings(each)) for each in self.penalties]
        return replace(config, growth=replace(config.growth, penalties=(*config.growth.penalties, *named)))


NOTHING_GIVEN = GivenObjects()
"""All parts are named by the configuration."""


def providers_of(config: TrainConfig) -> Providers:
    """Return which distribution provides each part of a configuration that is not built in."""
    providers: dict[str, dict[str, str | None]] = {}
    for kind, name in _names(config):
        if (provider := _REGISTRIES[kind].provider(name)) != "neurogrow":
            providers.setdefault(kind, {})[name] = provider
    return providers


def write_providers(config: TrainConfig, path: Path) -> None:
    """Write ``providers.json``, unless every part is built in."""
    if providers := providers_of(config):
        write_json(path, plain(providers))


def read_providers(path: Path) -> Providers:
    """Read ``providers.json``; empty if there is no such file. Raises ``InputError`` if it is not one."""
    if not path.exists():
        return {}
    value = read_json(path)
    if not isinstance(value, dict) or not all(_is_table_of_names(table) for table in value.values()):
        raise InputError(f"{path} does not say which packages provide the parts of this run; restore or remove it.")
    return value


def find_part(kind: str, name: str, providers: Providers) -> Any:  # noqa: ANN401  (of any kind)
    """Return what a name stands for: a ``"source"``, a ``"task"``, ``"neurons"`` or a ``"penalty"``.

    Raises ``InputError``, which names the distribution that provides it, if the name is not known here.
    """
    return _REGISTRIES[kind].find(name, provided_by=providers.get(kind, {}).get(name))


def _names(config: TrainConfig) -> Iterator[tuple[str, str]]:
    yield "source", config.tasks.source
    if config.tasks.source == "cognitive":
        yield from (("task", name) for name in config.tasks.names)
    yield "neurons", config.model.kind
    for penalty in config.growth.penalties:
        yield "penalty", penalty.name


def _name(registry: Registry[Any], part: object) -> str:
    """Return the registered name of an object or of its class, or else the name of the class."""
    kind = part if isinstance(part, type) else type(part)
    if name := registry.name_of(part) or registry.name_of(kind):
        return name
    if kind.__name__ in registry:
        raise InputError(
            f"The class {kind.__module__}.{kind.__qualname__} is not registered, and its name stands for another "
            f"{registry.kind}. Register it under a name of its own."
        )
    return kind.__name__


def _own_settings(part: object) -> dict[str, Any]:
    """Return the settings from which a registered factory rebuilds an object: its attribute ``settings``."""
    settings = getattr(part, "settings", {})
    return dict(settings) if isinstance(settings, Mapping) else {}


def _source_settings(source: object) -> dict[str, Any]:
    """Return the settings of a source: its attribute ``settings``, or else the fields of a dataclass."""
    if not hasattr(source, "settings") and is_dataclass(source):
        return {field.name: plain(getattr(source, field.name)) for field in fields(source) if field.init}
    return _own_settings(source)


def _methods_of(protocol: type) -> tuple[str, ...]:
    return tuple(name for name, member in vars(protocol).items() if isfunction(member) and not name.startswith("_"))


def _check_object(kind: str, part: object, methods: tuple[str, ...]) -> None:
    """Raise ``InputError`` for a class in place of an object, and for an object without the methods that are needed."""
    if isinstance(part, type):
        raise InputError(f"Pass an object as {kind}, not the class: {part.__name__}(...).")
    if missing := [name for name in methods if not callable(getattr(part, name, None))]:
        raise InputError(f"A {type(part).__name__} is no {kind}: it has no method {', '.join(missing)}.")


def _is_table_of_names(table: object) -> bool:
    return isinstance(table, dict) and all(isinstance(value, str | None) for value in table.values())
