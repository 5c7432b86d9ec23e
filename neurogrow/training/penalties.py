"""From the configurations of an ensemble to the penalties that its networks pay."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..errors import InputError
from ..growth import Penalty, PenaltyContext, PenaltyFactory
from ..models import GridRNN
from .config import GrowthConfig, PenaltyConfig, TrainConfig
from .providers import Providers, find_part


def penalties_of(growth: GrowthConfig) -> tuple[PenaltyConfig, ...]:
    """Return the penalties of a network by name: those of the fields of ``growth``, then ``growth.penalties``.

    Examples
    --------
    >>> [penalty.name for penalty in penalties_of(GrowthConfig(strength=1e-5, rule="proximal"))]
    ['connection-proximal']
    """
    return (*_of_fields(growth), *growth.penalties)


def _of_fields(growth: GrowthConfig) -> Iterator[PenaltyConfig]:
    if growth.strength:
        names = ("strength", "locality", "early_factor", "early_fraction")
        yield PenaltyConfig(f"connection-{growth.rule}", {name: getattr(growth, name) for name in names})
    if growth.firing_strength:
        settings = {name: getattr(growth, f"firing_{name}") for name in ("strength", "low", "high")}
        yield PenaltyConfig("firing-rate", settings)


def makes_exact_zeros(growth: GrowthConfig) -> bool:
    """Return whether a penalty of the network sets weights to exactly zero."""
    return any(
        getattr(find_part("penalty", each.name, {}), "makes_exact_zeros", False) for each in penalties_of(growth)
    )


def build_penalties(
    configs: Sequence[TrainConfig], model: GridRNN, providers: Providers | None = None
) -> tuple[Penalty, ...]:
    """Return the penalties of an ensemble, each for all of its replicas.

    Replicas that ask for the same name share one penalty, with settings for each of them. A name that one configuration
    has twice stands for two penalties.

    Parameters
    ----------
    configs
        The configuration of each replica.
    model
        The networks, on the device on which they are trained.
    providers
        Which distributions provide the parts of a stored run, for the error message.

    Raises
    ------
    InputError
        If a name is not known, or its settings are wrong.
    """
    settings_R: dict[tuple[str, int], list[Mapping[str, Any] | None]] = {}
    for replica, config in enumerate(configs):
        times: Counter[str] = Counter()
        for penalty in penalties_of(config.growth):
            place = (penalty.name, times[penalty.name])
            settings_R.setdefault(place, [None] * len(configs))[replica] = penalty.settings
            times[penalty.name] += 1
    steps = configs[0].training.steps
    return tuple(
        _built(name, PenaltyContext(model, tuple(settings), steps), providers or {})
        for (name, _), settings in settings_R.items()
    )


def _built(name: str, context: PenaltyContext, providers: Providers) -> Penalty:
    factory: PenaltyFactory = find_part("penalty", name, providers)
    try:
        return factory(context)
    except InputError as error:
        raise InputError(f"The penalty '{name}': {error}") from None
