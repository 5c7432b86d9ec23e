"""The pruned network: the value that training hands to export, analysis and figures. It needs no torch.

A :class:`GrownNetwork` holds sparse recurrent weights, the remaining neurons and their places on the grid. The neurons
are a :class:`NeuronModel`: rate neurons, LIF neurons, current-based LIF neurons, or a model of your own.
"""

import json
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import numpy as np
import safetensors
from safetensors.numpy import save_file
from scipy import sparse

from .arrays import FloatArray, IntArray
from .errors import InputError
from .io.files import replacing
from .io.untrusted import check_plain, plainly
from .registry import Registry

FORMAT = "neurogrow-network-1"
_ENCODER = "encoder."
"""Prefix of the names of an encoder's arrays in a file."""

ACTIVE_WEIGHT = 1e-2
"""A connection is active if its weight is larger than this in magnitude (paper, footnote 2)."""


@dataclass(frozen=True, eq=False)
class NeuronModel:
    """The neurons of a pruned network; N of them.

    A neuron model of your own is a frozen dataclass that inherits this class. Its fields are numbers, texts and numpy
    arrays. An array whose name ends in ``_N`` has one entry per neuron. Register the class in :data:`NEURON_MODELS`
    under its own name, so that networks with such neurons can be saved and loaded.
    """


@dataclass(frozen=True)
class RateNeurons(NeuronModel):
    """h <- phi(W h + W_in u + b), equation 1 of the paper.

    ``activation`` names phi: ``"relu"``, ``"tanh"`` or ``"softplus"``.
    """

    activation: str = "relu"


@dataclass(frozen=True, eq=False)
class SpikingNeurons(NeuronModel):
    """The parameters that all spiking neurons share; :class:`LIFNeurons` and :class:`CubaLIFNeurons` add their own.

    The readout is leaky, does not spike, and is read at the last tick of each task step:
    o <- beta_out o + (1 - beta_out) (W_out s + b_out).
    """

    beta_N: FloatArray
    """Decay of each neuron's membrane per tick, in (0, 1)."""
    threshold_N: FloatArray
    """Spike threshold of each neuron, positive."""
    readout_beta_O: FloatArray
    """Decay of each output per tick, in (0, 1)."""
    substeps: int
    """Ticks per task step. The input current is constant within a task step."""
    dt: float
    """Duration of a tick, in seconds."""

    def __post_init__(self) -> None:
        _check_decays(self, "beta_N", "readout_beta_O")
        _check_thresholds(self, "threshold_N")
        if not 0 < self.dt < np.inf or self.substeps < 1:
            raise InputError(f"dt ({self.dt} s) must be positive, and substeps ({self.substeps}) at least 1.")


@dataclass(frozen=True, eq=False)
class LIFNeurons(SpikingNeurons):
    """v <- beta v + (W_in u + b + W s); s = [v > threshold]; v <- 0 where s. W carries the spikes of the previous tick.

    In NIR's terms tau = dt / (1 - beta) and r = tau / dt.
    """


@dataclass(frozen=True, eq=False)
class CubaLIFNeurons(SpikingNeurons):
    """i <- alpha i + (W_in u + b + W s); v <- beta v + i; s = [v > threshold]; v <- 0 where s.

    The current-based LIF neuron: its input is a current that decays exponentially. W carries the spikes of the previous
    tick. In NIR's terms tau_syn = dt / (1 - alpha), w_in = tau_syn / dt, tau_mem = dt / (1 - beta) and
    r = tau_mem / dt.
    """

    alpha_N: FloatArray
    """Decay of each neuron's synaptic current per tick, in (0, 1)."""

    def __post_init__(self) -> None:
        super().__post_init__()
        _check_decays(self, "alpha_N")


@dataclass(frozen=True, eq=False)
class SpikeEncoder:
    """v <- beta v + (W u + b); e = [v > threshold]; v <- 0 where e: E LIF neurons that turn inputs into spikes.

    They have no recurrent weights. Their spikes reach the hidden neurons in the same tick.
    """

    weights_EI: FloatArray
    bias_E: FloatArray
    beta_E: FloatArray
    """Decay of each membrane per tick, in (0, 1)."""
    threshold_E: FloatArray
    """Spike threshold of each neuron, positive."""

    def __post_init__(self) -> None:
        _check_decays(self, "beta_E")
        _check_thresholds(self, "threshold_E")


NEURON_MODELS: Registry[type[NeuronModel]] = Registry(
    "model of pruned neurons",
    "neurogrow.neuron_models",
    {kind.__name__: kind for kind in (RateNeurons, LIFNeurons, CubaLIFNeurons)},
)
"""Classes of the neurons of saved networks, each by the name of the class."""


@dataclass(frozen=True, eq=False)
class GrownNetwork:
    """A pruned recurrent network with a place for every neuron. N counts the remaining neurons.

    Raises
    ------
    InputError
        If shapes do not agree or a number is not finite.
    """

    neurons: NeuronModel
    input_weights_NI: FloatArray
    """Weights from the inputs or, if there is an encoder, from its E neurons: then the shape is (N, E)."""
    recurrent_weights_NN: sparse.csr_array
    """Sparse, [post, pre]. Every stored entry is a connection."""
    output_weights_ON: FloatArray
    hidden_bias_N: FloatArray
    output_bias_O: FloatArray
    grid: tuple[int, int]
    """Rows and columns of the grid the network was grown on."""
    neuron_id_N: IntArray
    """Each neuron's index on that grid (row * columns + column), ascending."""
    module_N: IntArray | None = None
    """Functional module of each neuron, -1 for neurons of no module. None: modules were not computed."""
    metadata: dict[str, str] = field(default_factory=dict)
    """Origin of the network: run, tasks, pruning threshold."""
    encoder: SpikeEncoder | None = None
    """Neurons between the inputs and the hidden neurons; None if inputs arrive as currents."""

    def __post_init__(self) -> None:
        if self.encoder and not isinstance(self.neurons, SpikingNeurons):
            raise InputError("An encoder drives spiking neurons; rate neurons take their inputs directly.")
        for owner, shapes in _shapes(self):
            for name, shape in shapes.items():
                _check(name, getattr(owner, name), shape)
        rows, cols = self.grid
        if self.n_neurons and (self.neuron_id_N.min() < 0 or self.neuron_id_N.max() >= rows * cols):
            raise InputError(f"A neuron_id lies outside the {rows} x {cols} grid.")
        if (np.diff(self.neuron_id_N) <= 0).any():
            raise InputError("neuron_id_N must be ascending, without repeats.")

    @property
    def n_neurons(self) -> int:
        """Number of remaining neurons, N."""
        return len(self.neuron_id_N)

    @property
    def n_inputs(self) -> int:
        """Number of inputs, I."""
        return int((self.encoder.weights_EI if self.encoder else self.input_weights_NI).shape[1])

    @property
    def n_outputs(self) -> int:
        """Number of outputs, O."""
        return int(self.output_weights_ON.shape[0])

    @property
    def places_N2(self) -> IntArray:
        """Row and column of each neuron on the grid, shape (N, 2)."""
        return np.stack(np.divmod(self.neuron_id_N, self.grid[1]), axis=1)

    @property
    def positions_N2(self) -> FloatArray:
        """Position of each neuron on the unit square, shape (N, 2)."""
        return np.asarray(self.places_N2 / np.array(self.grid))

    def save(self, path: str | Path) -> Path:
        """Write the network as safetensors (arrays) with a JSON header (the rest), whole or not at all.

        Raises
        ------
        InputError
            If the neurons are of a class that :data:`NEURON_MODELS` does not name.
        """
        name = type(self.neurons).__name__
        if name not in NEURON_MODELS or NEURON_MODELS[name] is not type(self.neurons):
            raise InputError(f"{name} cannot be saved before NEURON_MODELS.register('{name}', {name}).")
        header = {
            "format": FORMAT,
            "neurons": _scalars(self.neurons) | {"type": name},
            "grid": list(self.grid),
            "metadata": self.metadata,
        }
        path = Path(path)
        with replacing(path) as beside:
            save_file(_arrays(self), beside, metadata={"neurogrow": json.dumps(header)})
        return path

    @classmethod
    def load(cls, path: str | Path) -> "GrownNetwork":
        """Read what :meth:`save` wrote. Raises ``InputError`` for anything else."""
        path = Path(path)
        check_plain(path)
        try:
            with safetensors.safe_open(path, framework="numpy") as file:
                header = json.loads((file.metadata() or {}).get("neurogrow", "{}"))
                arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (not a dict)
        except Exception as error:  # safetensors, numpy and json raise a dozen types on broken files
            raise InputError(f"{path} is not a safetensors file: {plainly(error)}") from None
        file_format = header.get("format") if isinstance(header, dict) else None
        if file_format != FORMAT:
            raise InputError(f"{path} holds no grown network: its format is {file_format!r}, not {FORMAT!r}.")
        try:
            return _from_parts(header, arrays)
        except Exception as error:  # a broken header or array raises many types
            raise InputError(f"{path} is not a complete grown network: {plainly(error)}") from None


def _shapes(network: GrownNetwork) -> list[tuple[Any, dict[str, tuple[int, ...]]]]:
    """Return the shapes that the arrays of the network, its neurons and its encoder must have, by owner and name."""
    n, n_in, n_out = network.n_neurons, network.n_inputs, network.n_outputs
    neurons, encoder = network.neurons, network.encoder
    own = {
        "input_weights_NI": (n, len(encoder.bias_E) if encoder else n_in),
        "recurrent_weights_NN": (n, n),
        "output_weights_ON": (n_out, n),
        "hidden_bias_N": (n,),
        "output_bias_O": (n_out,),
    }
    shapes: list[tuple[Any, dict[str, tuple[int, ...]]]] = [(network, own)]
    if network.module_N is not None:
        shapes.append((network, {"module_N": (n,)}))
    if isinstance(neurons, SpikingNeurons):
        shapes.append((neurons, {"readout_beta_O": (n_out,)}))
    by_neuron = [f.name for f in fields(neurons) if f.name.endswith("_N")]
    shapes.append((neurons, dict.fromkeys(by_neuron, (n,))))
    if encoder:
        e = len(encoder.bias_E)
        shapes.append((encoder, {"weights_EI": (e, n_in), "bias_E": (e,), "beta_E": (e,), "threshold_E": (e,)}))
    return shapes


def _check_decays(owner: Any, *names: str) -> None:  # noqa: ANN401  (neurons or encoder)
    for name in names:
        if not ((getattr(owner, name) > 0) & (getattr(owner, name) < 1)).all():
            raise InputError(f"{name} must lie between 0 and 1, both excluded: it is a decay per tick.")


def _check_thresholds(owner: Any, name: str) -> None:  # noqa: ANN401  (neurons or encoder)
    if not (getattr(owner, name) > 0).all():
        raise InputError(f"{name} must be positive: a neuron that is reset to 0 would spike at every tick.")


def _check(name: str, array: Any, shape: tuple[int, ...]) -> None:  # noqa: ANN401  (dense or sparse)
    if tuple(array.shape) != shape:
        raise InputError(f"{name} has shape {tuple(array.shape)}, but the network needs {shape}.")
    if not np.isfinite(array.data if isinstance(array, sparse.csr_array) else array).all():
        raise InputError(f"{name} holds a number that is not finite.")


def _arrays(network: GrownNetwork) -> dict[str, np.ndarray[Any, Any]]:
    """Return every array of the network by name; the sparse matrix as its three CSR vectors."""
    owners: list[Any] = [network, network.neurons]
    arrays = {
        f.name: getattr(owner, f.name)
        for owner in owners
        for f in fields(owner)
        if isinstance(getattr(owner, f.name), np.ndarray)
    }
    if network.encoder:
        arrays |= {_ENCODER + f.name: getattr(network.encoder, f.name) for f in fields(SpikeEncoder)}
    csr = network.recurrent_weights_NN
    arrays |= {"recurrent_data": csr.data, "recurrent_indices": csr.indices, "recurrent_indptr": csr.indptr}
    # safetensors writes memory in its order: a transposed view would silently be read back as another matrix
    return {name: np.ascontiguousarray(array) for name, array in arrays.items()}


def _scalars(neurons: NeuronModel) -> dict[str, str | int | float]:
    values = {f.name: getattr(neurons, f.name) for f in fields(neurons)}
    return {name: value for name, value in values.items() if not isinstance(value, np.ndarray)}


def _grid(rows: Any, cols: Any) -> tuple[int, int]:  # noqa: ANN401  (parsed JSON)
    if not (type(rows) is type(cols) is int and min(rows, cols) > 0 and rows * cols < 2**31):
        raise ValueError(f"its grid is {rows!r} x {cols!r}")
    return rows, cols


def _check_types(arrays: dict[str, Any]) -> None:
    """Raise ``ValueError`` for an array of a type that is never written: indices are integers, other arrays real."""
    for name, array in arrays.items():
        whole = name in ("recurrent_indices", "recurrent_indptr", "neuron_id_N", "module_N")
        if array.dtype.kind not in ("iu" if whole else "f"):
            raise ValueError(f"{name} has the type {array.dtype}")


def _from_parts(header: dict[str, Any], arrays: dict[str, Any]) -> GrownNetwork:
    _check_types(arrays)
    scalars = dict(header["neurons"])
    kind = NEURON_MODELS.find(scalars.pop("type"))
    neuron_arrays = {f.name: arrays.pop(f.name) for f in fields(kind) if f.name in arrays}
    encoder = {name.removeprefix(_ENCODER): arrays.pop(name) for name in list(arrays) if name.startswith(_ENCODER)}
    csr = tuple(arrays.pop(f"recurrent_{part}") for part in ("data", "indices", "indptr"))
    n = len(arrays["neuron_id_N"])
    recurrent_weights_NN = sparse.csr_array(csr, shape=(n, n))
    recurrent_weights_NN.check_format(full_check=True)  # an index past the end would read other memory
    return GrownNetwork(
        neurons=kind(**scalars, **neuron_arrays),
        recurrent_weights_NN=recurrent_weights_NN,
        grid=_grid(*header["grid"]),
        metadata=header["metadata"],
        encoder=SpikeEncoder(**encoder) if encoder else None,
        **arrays,
    )
