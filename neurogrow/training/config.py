"""What a training run is: frozen dataclasses, read from TOML and checked at that boundary.

A TOML file has one table per section and the fields' own names::

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
from pydantic import BeforeValidator, ConfigDict, Field, TypeAdapter, ValidationError

from ..errors import InputError, nearest
from ..growth import SwapMethod
from ..io.files import plain, write_text
from ..io.untrusted import plainly, read_settings
from ..tasks import YANG19, task_names

T = TypeVar("T")

Positive = Annotated[int, Field(ge=1)]
NotNegative = Annotated[int, Field(ge=0)]
Seed = Annotated[int, Field(ge=0, lt=2**63)]
Fraction = Annotated[float, Field(ge=0, le=1)]
OpenFraction = Annotated[float, Field(gt=0, lt=1)]
PositiveFloat = Annotated[float, Field(gt=0, allow_inf_nan=False)]
NotNegativeFloat = Annotated[float, Field(ge=0, allow_inf_nan=False)]

STRICT = ConfigDict(extra="forbid")


@dataclass(frozen=True)
class TasksConfig:
    """Which tasks the network learns."""

    __pydantic_config__ = STRICT

    names: Annotated[tuple[str, ...], BeforeValidator(task_names)] = YANG19
    """Names of tasks or of whole collections (`neurogrow tasks` lists them); the paper's 20 by default."""
    ring: Annotated[int, Field(ge=2)] = 16
    """Directions on the ring: neurons per stimulus modality, and responses."""


@dataclass(frozen=True)
class ModelConfig:
    """The network and its grid."""

    __pydantic_config__ = STRICT

    kind: Literal["rate", "spiking"] = "rate"
    """Rate neurons (equation 1 of the paper) or leaky integrate-and-fire neurons."""
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
    """Decay of a spiking neuron's synaptic current per tick; 0: it lasts for one tick."""
    learn_decays: bool = False
    """Whether each spiking neuron learns its own alpha and beta."""
    encoders: NotNegative = 0
    """Spiking neurons that turn inputs into spikes, at least one for each input; 0: inputs arrive as currents."""
    readout_beta: OpenFraction = 0.8
    """Decay of a spiking network's readout per tick."""
    surrogate: Literal["atan", "fast_sigmoid", "sigmoid", "triangular"] = "fast_sigmoid"
    """Surrogate gradient of the spike."""
    slope: PositiveFloat = 10.0
    """Steepness of the surrogate gradient."""


@dataclass(frozen=True)
class GrowthConfig:
    """Brain-inspired modular training: strength = 0 is no regularisation, locality = 0 is plain L1."""

    __pydantic_config__ = STRICT

    strength: NotNegativeFloat = 1e-5
    """Weight of the connection cost in the loss (the paper's lambda)."""
    locality: NotNegativeFloat = 1.0
    """Weight of wiring length in the connection cost (the paper's A)."""
    early_factor: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 1.0
    """Early in training, strength is this many times as large. Above one, few neurons are left, and then learn to do it
    all; below one, the tasks are learned before connections pay in full."""
    early_fraction: Annotated[float, Field(ge=0, le=0.5)] = 0.2
    """Part of training for which early_factor holds; over as long again it goes to one, by equal ratios."""
    rule: Literal["subgradient", "proximal"] = "subgradient"
    """How weights pay: subgradient, as in the paper; proximal: shortened after each step, to exact zeros."""
    swap_every: NotNegative = 200
    """Training steps between rounds of swaps; 0 for no swaps."""
    swap_method: SwapMethod = "full"
    """full: best swap of all pairs until none improves; paper: strongest neurons, best partner."""
    distances: str = ""
    """File (.npy) with the distance between every two places, such as a chip's; empty: the grid's own."""
    firing_strength: NotNegativeFloat = 0.0
    """Weight in the loss of the squared distance of spiking neurons' mean rates from a range; 0 for no such cost."""
    firing_low: NotNegativeFloat = 0.0
    """Lowest mean rate that costs nothing, in spikes per second."""
    firing_high: NotNegativeFloat = 5.0
    """Highest mean rate that costs nothing, in spikes per second."""


@dataclass(frozen=True)
class TrainingConfig:
    """The optimiser and the data it sees."""

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
    """Steps over which the learning rate rises from zero (without it Adam at 1e-3 explodes)."""
    decay_fraction: Fraction = 0.3
    """Last part of training over which the learning rate falls to zero (cosine)."""
    clip_norm: PositiveFloat = 1.0
    """Largest norm of a network's gradient."""
    seed: Seed = 0
    """Seeds the trials."""
    precision: Literal["float32", "bfloat16"] = "float32"
    """Of the products; weights and optimiser are float32 (bfloat16: fast on GPUs and on processors with AMX).
    On a processor small networks do without: from 144 neurons on at 64 lanes it is faster. Of spiking networks only
    the backward pass has it, so that spikes are those of the exported network."""
    active_set: bool = True
    """Leave neurons out of the computation that can no longer influence an output (proximal rule)."""
    device: str = "auto"
    """cpu, cuda, cuda:N, or auto: a GPU where there is one."""
    threads: NotNegative = 0
    """Processor threads; 0: one for a small network, all for a large one."""
    log_every: Positive = 100
    """Steps between rows of metrics.csv."""
    checkpoint_every: Positive = 1000
    """Steps between checkpoints."""
    snapshot_every: NotNegative = 0
    """Steps between weights that are kept, in snapshots/, to see how the network grew; 0 for none."""


@dataclass(frozen=True)
class TrainConfig:
    """Everything that decides a training run."""

    __pydantic_config__ = STRICT

    tasks: TasksConfig = field(default_factory=TasksConfig)
    model: ModelConfig = field(default_factory=ModelConfig)
    growth: GrowthConfig = field(default_factory=GrowthConfig)
    training: TrainingConfig = field(default_factory=TrainingConfig)


def load_config(path: Path) -> TrainConfig:
    """Read a TOML file. Raises ``InputError`` that names the file, the field and what is allowed."""
    return validated(TrainConfig, read_toml(path), str(path))


def save_config(config: TrainConfig, path: Path) -> Path:
    """Write every field, so that a run's folder says all that decided it."""
    return write_text(path, tomli_w.dumps(plain(config)))


def read_toml(path: Path) -> dict[str, Any]:
    """Parse a TOML file; an ``InputError`` names the file and the line that is wrong."""
    return read_settings(path)


def validated(kind: type[T], values: dict[str, Any], source: str) -> T:
    """Build a dataclass from plain values, checking names, types and ranges. ``source`` names where they come from."""
    try:
        adapter: TypeAdapter[T] = _adapter(kind)  # type: ignore[arg-type]  # a class is hashable
        return adapter.validate_python(values)
    except ValidationError as error:
        problems = "; ".join(_problem(kind, problem) for problem in error.errors())
        raise InputError(f"{source}: {plainly(problems, 2000)}") from None


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:  # noqa: ANN401  (made once for each class: it takes milliseconds)
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
