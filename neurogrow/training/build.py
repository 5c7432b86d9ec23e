"""From a configuration to the objects it describes."""

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import torch

from ..arrays import FloatArray
from ..errors import InputError
from ..io.untrusted import plainly
from ..layout import GridLayout
from ..models import GridRNN
from ..tasks import TaskSet, TrialSource
from .config import TrainConfig
from .providers import NOTHING_GIVEN, GivenObjects, Providers, find_part


def build_source(config: TrainConfig, providers: Providers | None = None) -> TrialSource:
    """Return the source of trials.

    Parameters
    ----------
    config
        The configuration.
    providers
        Which distributions provide the parts of a stored run, for the error message.

    Raises
    ------
    InputError
        If the source is not known, or its settings are not those of its factory; if a task does not exist.
    """
    tasks = config.tasks
    factory: Callable[..., TrialSource] = find_part("source", tasks.source, providers or {})
    if tasks.source == "cognitive":
        _refuse_settings(tasks.settings, "tasks.settings", "tasks.source", "cognitive")
        for name in (providers or {}).get("task", {}):
            find_part("task", name, providers or {})
        return factory(tasks.names, tasks.ring)
    _check_settings(factory, (), tasks.settings, f"tasks.settings of the source '{tasks.source}'")
    return factory(**tasks.settings)


def build_tasks(config: TrainConfig) -> TaskSet:
    """Return the task set of a configuration whose source of trials is the built-in one.

    Raises ``InputError`` for a task that does not exist, or for another source of trials.
    """
    source = build_source(config)
    if not isinstance(source, TaskSet):
        raise InputError(f"This is for cognitive tasks; the network was trained on the source '{config.tasks.source}'.")
    return source


def model_class(config: TrainConfig, providers: Providers | None = None) -> type[GridRNN]:
    """Return the class of the networks. Raises ``InputError`` if ``model.kind`` is not known."""
    kind: type[GridRNN] = find_part("neurons", config.model.kind, providers or {})
    return kind


def build_model(
    config: TrainConfig,
    seeds: Sequence[int] | None = None,
    providers: Providers | None = None,
    given: GivenObjects = NOTHING_GIVEN,
) -> GridRNN:
    """Return the untrained network on the CPU.

    Parameters
    ----------
    config
        The configuration.
    seeds
        A seed for each replica of an ensemble; by default one replica from ``model.seed``.
    providers
        Which distributions provide the parts of a stored run, for the error message.
    given
        Objects in place of the names of the configuration.

    Raises
    ------
    InputError
        If the source or the neurons are not known, or a setting is wrong.
    """
    source, model = given.source or build_source(config, providers), config.model
    seeds = seeds or (model.seed,)
    file, size = config.growth.distances, (model.rows, model.cols)
    layout = GridLayout(*size, _distances(file)) if file else GridLayout(*size)
    kind, settings = given.model or model_class(config, providers), _model_settings(config)
    sizes = (layout, source.n_inputs, source.n_outputs, len(seeds), seeds)
    _check_settings(kind, sizes, settings, f"model.settings of the neurons '{model.kind}'")
    return kind(*sizes, **settings)


def choose_device(name: str) -> torch.device:
    """Return the device; ``auto`` is a GPU where there is one. Raises ``InputError`` if it cannot be used."""
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(name)
        torch.empty(0, device=device)
        torch.Generator(device)  # some devices hold tensors but draw no numbers, such as "meta"
    except (RuntimeError, AssertionError) as error:
        raise InputError(f"The device '{name}' cannot be used here: {str(error).splitlines()[0]}") from None
    return device


def _rate_settings(config: TrainConfig) -> dict[str, Any]:
    return {"activation": config.model.activation}


def _spiking_settings(config: TrainConfig) -> dict[str, Any]:
    names = ("substeps", "beta", "readout_beta", "surrogate", "slope", "alpha", "learn_decays", "encoders")
    products = torch.bfloat16 if config.training.precision == "bfloat16" else None
    return {name: getattr(config.model, name) for name in names} | {"products": products}


_BUILT_IN_SETTINGS = {"rate": _rate_settings, "spiking": _spiking_settings}
"""How the settings of built-in neurons follow from the fields of the configuration."""


def _model_settings(config: TrainConfig) -> Mapping[str, Any]:
    """Return the keywords of the model's class: from fields of ``model`` if it is built in, else its own settings."""
    model = config.model
    if model.kind not in _BUILT_IN_SETTINGS:
        return model.settings
    _refuse_settings(model.settings, "model.settings", "model.kind", model.kind)
    return _BUILT_IN_SETTINGS[model.kind](config)


def _refuse_settings(settings: Mapping[str, Any], table: str, field: str, name: str) -> None:
    if settings:
        raise InputError(
            f"{table} is for parts that are not built in; {field} is {name}. Remove {', '.join(settings)} from {table}."
        )


def _check_settings(
    factory: Callable[..., Any], positional: Sequence[object], settings: Mapping[str, Any], what: str
) -> None:
    """Raise ``InputError`` if a factory does not take these settings."""
    try:
        inspect.signature(factory).bind(*positional, **settings)
    except TypeError as error:
        raise InputError(f"{what} do not fit: {error}.") from None


def _distances(file: str) -> FloatArray:
    try:
        return np.asarray(np.load(file, allow_pickle=False), dtype=np.float64)
    except (OSError, ValueError) as error:
        raise InputError(f"growth.distances: {file} cannot be read as an array (.npy): {plainly(error)}") from None
