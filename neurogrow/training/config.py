"""The configuration of a training run: frozen dataclasses that are read from TOML and checked as they are read.

A TOML file has one table per section, and the fields' names as keys::

    [model]
    rows = 20
    cols = 20

    [growth]
    strength = 1e-5
    locality = 1.0
"""

from dataclasses import dataclass, field, fields, is_dataclass
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import tomli_w
from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, TypeAdapter, ValidationError, ValidationInfo
from pydantic_core import PydanticCustomError

from ..errors import InputError, nearest
from ..growth import PENALTIES, SwapMethod
from ..io.files import plain, write_text
from ..io.untrusted import plainly, read_settings
from ..models import NEURONS
from ..registry import Registry
from ..tasks import SOURCES, YANG19, task_names

T = TypeVar("T")

Positive = Annotated[int, Field(ge=1)]
NotNegative = Annotated[int, Field(ge=0)]
Seed = Annotated[int, Field(ge=0, lt=2**63)]
Fraction = Annotated[float, Field(ge=0, le=1)]
OpenFraction = Annotated[float, Field(gt=0, lt=1)]
PositiveFloat = Annotated[float, Field(gt=0, allow_inf_nan=False)]
NotNegativeFloat = Annotated[float, Field(ge=0, allow_inf_nan=False)]

STRICT = ConfigDict(extra="forbid")


def _named(registry: Registry[Any]) -> AfterValidator:
    """Return a check that a registry knows a name. A stored configuration is read without this check."""

    def check(name: str, info: ValidationInfo) -> str:
        if not (info.context and info.context.get("stored")):
            try:
                registry.find(name)
            except InputError as error:
                raise PydanticCustomError("unknown_name", "{reason}", {"reason": str(error)}) from None
        return name

    return AfterValidator(check)


@dataclass(frozen=True)
class TasksConfig:
    """The tasks that the network learns."""

    __pydantic_config__ = STRICT

    names: Annotated[tuple[str, ...], BeforeValidator(task_names)] = YANG19
    """Names of tasks or of whole collections (`neurogrow tasks` lists them); the paper's 20 by default."""
    ring: Annotated[int, Field(ge=2)] = 16
    """Directions on the ring: inputs per stimulus modality, and responses."""
    source: Annotated[str, _named(SOURCES)] = "cognitive"
    """Where trials come from: cognitive (the tasks above), or the name of a registered source of trials."""
    settings: dict[str, Any] = field(default_factory=dict, hash=False)
    """Settings of a source other than cognitive, as a table [tasks.settings]."""


@dataclass(frozen=True)
class ModelConfig:
    """The network and its grid."""

    __pydantic_config__ = STRICT

    kind: Annotated[str, _named(NEURONS)] = "rate"
    """Neurons: rate (equation 1 of the paper), spiking (leaky integrate-and-fire), or a registered neuron model."""
    rows: Positive = 20
    """Rows of the grid."""
    cols: Positive = 20
    """Columns of the grid."""
    seed: Seed = 0
    """Seeds the initial weights."""
    activation: Literal["relu", "tanh", "softplus"] = "relu"
    """Activation function of rate neurons."""
    substeps: Positive = 5
    """Ticks of a spiking network per task step of 100 ms."""
    beta: OpenFraction = 0.95
    """Decay of a spiking neuron's membrane per tick."""
    alpha: Annotated[float, Field(ge=0, lt=1)] = 0.0
    """Decay of a spiking neuron's synaptic current per tick; 0: the current lasts for one tick."""
    learn_decays: bool = False
    """Whether each spiking neuron learns its own alpha and beta."""
    encoders: NotNegative = 0
    """Spiking neurons that encode the inputs, at least one per input; 0: inputs arrive as currents."""
    readout_beta: OpenFraction = 0.8
    """Decay of a spiking network's readout per tick."""
    surrogate: Literal["atan", "fast_sigmoid", "sigmoid", "triangular"] = "fast_sigmoid"
    """Surrogate gradient of the spike."""
    slope: PositiveFloat = 10.0
    """Steepness of the surrogate gradient."""
    settings: dict[str, Any] = field(default_factory=dict, hash=False)
    """Settings of a neuron model that is not built in, as a table [model.settings]."""


@dataclass(frozen=True)
class PenaltyConfig:
    """A penalty by its registered name."""

    __pydantic_config__ = STRICT

    name: Annotated[str, _named(PENALTIES)]
    """Name in :data:`~neurogrow.growth.PENALTIES`."""
    settings: dict[str, Any] = field(default_factory=dict, hash=False)
    """The penalty's settings."""


@dataclass(frozen=True)
class GrowthConfig:
    """Brain-inspired modular training: strength = 0 is no regularisation, locality = 0 is plain L1."""

    __pydantic_config__ = STRICT

    strength: NotNegativeFloat = 1e-5
    """Weight of the connection cost in the loss (the paper's lambda)."""
    locality: NotNegativeFloat = 1.0
    """Weight of wiring length in the connection cost (the paper's A)."""
    early_factor: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 1.0
    """Factor of strength early in training. Above one, few neurons remain early, and they then learn all tasks.
    Below one, the network learns the tasks before connections cost their full price."""
    early_fraction: Annotated[float, Field(ge=0, le=0.5)] = 0.2
    """Fraction of training for which early_factor holds. It then changes to one over as many steps, by equal ratios."""
    rule: Literal["subgradient", "proximal"] = "subgradient"
    """How weights pay. subgradient: the paper's rule. proximal: soft-thresholding after each step, to exact zeros."""
    swap_every: NotNegative = 200
    """Training steps between rounds of swaps; 0 for no swaps."""
    swap_method: SwapMethod = "full"
    """full: best swap of all pairs until none improves. paper: the strongest neurons swap with their best partner."""
    distances: str = ""
    """File (.npy) with the distance between every two places, such as a chip's; empty: distances of the grid."""
    firing_strength: NotNegativeFloat = 0.0
    """Strength of the cost of firing: squared distance of spiking neurons' mean rates from a range; 0: no cost."""
    firing_low: NotNegativeFloat = 0.0
    """Lowest mean rate that costs nothing, in spikes per second."""
    firing_high: NotNegativeFloat = 5.0
    """Highest mean rate that costs nothing, in spikes per second."""
    penalties: tuple[PenaltyConfig, ...] = ()
    """Further penalties by registered name, as tables [[growth.penalties]] with a name and settings."""


@dataclass(frozen=True)
class TrainingConfig:
    """The optimiser and its batches of trials."""

    __pydantic_config__ = STRICT

    steps: Positive = 20_000
    """Training steps."""
    batch_size: Positive = 64
    """Lanes of trials per step."""
    ticks: Positive = 100
    """Task steps (of 100 ms) per lane."""
    learning_rate: PositiveFloat = 1e-3
    """Adam's learning rate after warm-up."""
    warmup_steps: NotNegative = 200
    """Steps over which the learning rate rises from zero. Without warm-up, Adam at 1e-3 diverges."""
    decay_fraction: Fraction = 0.3
    """Last fraction of training, over which the learning rate falls to zero along half a cosine."""
    clip_norm: PositiveFloat = 1.0
    """Largest norm of a network's gradient."""
    seed: Seed = 0
    """Seeds the trials."""
    precision: Literal["float32", "bfloat16"] = "float32"
    """Precision of matrix products. Weights and optimiser are always float32.
    bfloat16 is fast on GPUs and on processors with AMX. A processor uses it from 144 neurons at 64 lanes upwards.
    Spiking networks use it in the backward pass alone, so their spikes are those of the exported network."""
    active_set: bool = True
    """Leave out neurons that can no longer influence an output (penalties that make exact zeros)."""
    device: str = "auto"
    """cpu, cuda, cuda:N, or auto: a GPU where there is one."""
    threads: NotNegative = 0
    """Processor threads; 0: one for a small network, all for a large one."""
    log_every: Positive = 100
    """Steps between rows of metrics.csv."""
    checkpoint_every: Positive = 1000
    """Steps between checkpoints."""
    snapshot_every: NotNegative = 0
    """Steps between snapshots of the weights in snapshots/, which show how the network grew; 0 for none."""


@dataclass(frozen=True)
class TrainConfig:
    """All settings of a training run."""

    __pydantic_config__ = STRICT

    tasks: TasksConfig = field(default_factory=TasksConfig)
    model: ModelConfig = field(default_factory=ModelConfig)
    growth: GrowthConfig = field(default_factory=GrowthConfig)
    training: TrainingConfig = field(default_factory=TrainingConfig)


def load_config(path: Path, stored: bool = False) -> TrainConfig:
    """Read a TOML file.

    Parameters
    ----------
    path
        The file.
    stored
        Whether the file is a run's own. Its names of sources, neurons and penalties are not looked up then, so that it
        can be read where the package that provides them is missing.

    Raises
    ------
    InputError
        If the file is no configuration. The message names the file, the field and what is allowed.
    """
    return validated(TrainConfig, read_toml(path), str(path), stored)


def save_config(config: TrainConfig, path: Path) -> Path:
    """Write every field of a configuration to a TOML file.

    Fields for what is not built in are written only where they are used. So a run without them has the same file as
    before there were such fields.

    Raises
    ------
    InputError
        If a setting has no form in TOML, or the file cannot be written.
    """
    values = plain(config)
    for section, name, default in _UNWRITTEN:
        if values[section][name] == default:
            del values[section][name]
    try:
        return write_text(path, tomli_w.dumps(values))
    except TypeError as error:
        raise InputError(
            f"A setting cannot be written to {path.name}: {error}. Use numbers, texts and lists."
        ) from None


_UNWRITTEN: tuple[tuple[str, str, object], ...] = (
    ("tasks", "source", "cognitive"),
    ("tasks", "settings", {}),
    ("model", "settings", {}),
    ("growth", "penalties", []),
)
"""Fields that are left out of a file where they have their default."""


def read_toml(path: Path) -> dict[str, Any]:
    """Parse a TOML file. Raises ``InputError`` that names the file and the line that is wrong."""
    return read_settings(path)


def validated(kind: type[T], values: dict[str, Any], source: str, stored: bool = False) -> T:
    """Build a dataclass from plain values, and check names, types and ranges.

    Parameters
    ----------
    kind
        The dataclass.
    values
        Its fields.
    source
        Where the values come from, for the message of an ``InputError``.
    stored
        As for :func:`load_config`.
    """
    try:
        adapter: TypeAdapter[T] = _adapter(kind)  # type: ignore[arg-type]  # a class is hashable
        return adapter.validate_python(values, context={"stored": stored})
    except ValidationError as error:
        problems = "; ".join(_problem(kind, problem) for problem in error.errors())
        raise InputError(f"{source}: {plainly(problems, 2000)}") from None


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:  # noqa: ANN401  (built once for each class: it takes milliseconds)
    return TypeAdapter(kind)


def _problem(kind: Any, problem: Any) -> str:  # noqa: ANN401  (pydantic's error details)
    place = [str(part) for part in problem["loc"]]
    if problem["type"] in ("unexpected_keyword_argument", "extra_forbidden"):
        known = _field_names(kind, place[:-1])
        return f"unknown key '{'.'.join(place)}'.{nearest(place[-1], known)} Known here: {', '.join(known)}"
    return f"{'.'.join(place)}: {problem['msg']} (given: {plainly(repr(problem['input']))})"


def _field_names(kind: Any, sections: list[str]) -> list[str]:  # noqa: ANN401
    for section in sections:
        kind = next((f.type for f in fields(kind) if f.name == section), None) if is_dataclass(kind) else None
    return [f.name for f in fields(kind)] if is_dataclass(kind) else []
