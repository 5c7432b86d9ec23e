"""The state of training between two steps, and its checkpoint."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import torch
from torch import Tensor

from ..errors import InputError
from ..growth import Penalty, wiring_cost
from ..io.tensors import read_tensors, write_tensors
from ..models import GridRNN
from ..tasks import TrialSource, TrialStream
from .build import build_model, build_source, choose_device
from .config import TrainConfig
from .ensemble import Ensemble
from .penalties import build_penalties
from .providers import NOTHING_GIVEN, GivenObjects, Providers
from .run import fit_state, header_of

_MOMENTS = ("step", "exp_avg", "exp_avg_sq")
"""What Adam holds of each parameter."""


@dataclass
class TrainingState:
    """R networks, their optimiser, the trials and penalties they share, and the number of steps done."""

    ensemble: Ensemble
    """The configurations of the networks."""
    model: GridRNN
    """The networks."""
    optimiser: torch.optim.Adam
    """Their optimiser."""
    source: TrialSource
    """Where trials come from, and how responses to them are scored."""
    stream: TrialStream
    """The batches that the networks are trained on."""
    penalties: tuple[Penalty, ...]
    """What the networks pay for beside their errors."""
    wiring_R2: Tensor
    """|D * W|_1 before and after each replica's last round of swaps."""
    step: int = 0
    """Number of training steps done."""
    neurons_RM: Tensor | None = field(default=None)
    """The neurons that are computed; None: all of them."""
    metrics: dict[str, float] = field(default_factory=dict)
    """The last row of metrics, a mean over the networks; empty before the first. Its ``step`` says when that was."""
    stopped: bool = False
    """Whether a hook has ended training."""

    @classmethod
    def start(
        cls,
        configs: TrainConfig | Sequence[TrainConfig],
        initial: GridRNN | None = None,
        given: GivenObjects = NOTHING_GIVEN,
        providers: Providers | None = None,
    ) -> "TrainingState":
        """Return the state before the first step.

        Parameters
        ----------
        configs
            The configuration of the network, or of each network of an ensemble.
        initial
            A network to start from; by default weights are drawn.
        given
            Objects in place of names in the configuration.
        providers
            Which distributions provide the parts of a stored run, for the error message.

        Raises
        ------
        InputError
            If the networks cannot train together, ``initial`` has another shape, or a part is not known.
        """
        configs = (configs,) if isinstance(configs, TrainConfig) else configs
        ensemble = Ensemble(tuple(given.named_in(config) for config in configs))
        config, training = ensemble.shared, ensemble.shared.training
        device = choose_device(training.device)
        source = given.source or build_source(config, providers)
        model = build_model(config, ensemble.seeds, providers, given)
        if initial is not None:
            fit_state(model, initial.state_dict(), "The network to start from")
        model.to(device)
        return cls(
            ensemble,
            model,
            _optimiser(model, training.learning_rate),
            source,
            source.stream(training.batch_size, training.ticks, device, training.seed),
            (*build_penalties(ensemble.configs, model, providers), *given.penalties),
            wiring_cost(model.recurrent_weights_RNN.detach(), model.distance_NN)[:, None].repeat(1, 2),
        )

    @property
    def device(self) -> torch.device:
        """Where the networks and their trials are."""
        return self.model.hidden_bias_RN.device

    @property
    def may_shrink(self) -> bool:
        """Whether neurons may leave the computation as training goes on."""
        makes_zeros = any(penalty.makes_exact_zeros for penalty in self.penalties)
        return makes_zeros and self.ensemble.shared.training.active_set

    def save(self, path: Path, names: Sequence[str]) -> None:
        """Write the checkpoint as one file, so that its parts always belong together.

        The file's header can be read without the tensors. It holds the number of steps (``step``), the ``names`` of the
        networks' folders joined by ``/`` (``runs``), and ``stopped`` if a hook has ended training.
        """
        tensors = {f"model.{name}": tensor for name, tensor in self.model.state_dict().items()}
        tensors |= {f"stream.{name}": tensor for name, tensor in self.stream.state().items()}
        for index, penalty in enumerate(self.penalties):
            tensors |= {f"penalty.{index}.{name}": tensor for name, tensor in penalty.state().items()}
        for name, parameter in self.model.named_parameters():
            tensors |= {f"optimiser.{key}.{name}": value for key, value in self.optimiser.state[parameter].items()}
        if self.neurons_RM is not None:
            tensors["neurons_RM"] = self.neurons_RM
        tensors |= {"wiring_R2": self.wiring_R2, "step": torch.tensor(self.step)}
        write_tensors(path, tensors, header_of(self.step, self.stopped) | {"runs": "/".join(names)})

    def restore(self, path: Path) -> None:
        """Continue from a checkpoint. Raises ``InputError`` if it is missing, damaged or another network's."""
        tensors = read_tensors(path, sealed=True)
        fit_state(self.model, _part(tensors, "model."), path)
        try:
            self.stream.restore(_part(tensors, "stream."))
            self._restore_moments(tensors)
            self.wiring_R2.copy_(tensors["wiring_R2"])
            self.neurons_RM = tensors["neurons_RM"].to(self.device) if "neurons_RM" in tensors else None
            self.step = int(_placed(tensors, "step", torch.tensor(0)))
            if not 0 < self.step <= self.ensemble.shared.training.steps:
                raise ValueError(f"it is of step {self.step}")
            for index, penalty in enumerate(self.penalties):
                penalty.restore(_part(tensors, f"penalty.{index}."))
                penalty.reprice(self.step)
        except (KeyError, RuntimeError, ValueError) as error:  # among them what the stream refuses
            raise InputError(f"{path} is not a complete checkpoint: {error}") from None

    def _restore_moments(self, tensors: dict[str, Tensor]) -> None:
        """Restore Adam's moments of every parameter that the checkpoint has any of."""
        count = torch.zeros((), device=self.device)
        for name, parameter in self.model.named_parameters():
            if not any(f"optimiser.{key}.{name}" in tensors for key in _MOMENTS):
                continue  # a parameter that has never had a gradient
            self.optimiser.state[parameter] = {
                key: _placed(tensors, f"optimiser.{key}.{name}", count if key == "step" else parameter)
                for key in _MOMENTS
            }


def _optimiser(model: GridRNN, learning_rate: float) -> torch.optim.Adam:
    """Return Adam in one kernel. On a GPU its learning rate is a tensor there, which a captured step can read."""
    on_gpu = model.hidden_bias_RN.is_cuda
    rate = torch.tensor(learning_rate, device=model.hidden_bias_RN.device) if on_gpu else learning_rate
    return torch.optim.Adam(model.parameters(), lr=rate, fused=True, capturable=on_gpu)


def _part(tensors: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): tensor for name, tensor in tensors.items() if name.startswith(prefix)}


def _placed(tensors: dict[str, Tensor], name: str, like: Tensor) -> Tensor:
    """Return a tensor of a checkpoint on the device of ``like``, whose shape and type it must have."""
    tensor = tensors[name]
    if (tensor.shape, tensor.dtype) != (like.shape, like.dtype):
        raise ValueError(f"{name} is {tensor.dtype} {tuple(tensor.shape)}")
    return tensor.to(like.device)
