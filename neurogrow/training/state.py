"""All that training carries from one step to the next, and how it is saved."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import torch
from torch import Tensor

from ..errors import InputError
from ..growth import ConnectionPenalty, FiringCost, wiring_cost
from ..io.tensors import read_tensors, write_tensors
from ..models import GridRNN
from ..tasks import TaskStream
from .build import build_model, build_stream, choose_device
from .config import TrainConfig
from .ensemble import Ensemble
from .run import fit_state


@dataclass
class TrainingState:
    """R networks, their optimiser, the stream of trials they share, and the number of steps done."""

    ensemble: Ensemble
    model: GridRNN
    optimiser: torch.optim.Adam
    stream: TaskStream
    subgradient: ConnectionPenalty | None
    """The penalty of the replicas that follow the subgradient rule."""
    proximal: ConnectionPenalty | None
    """The penalty of the replicas that follow the proximal rule."""
    firing: FiringCost | None
    """What spiking costs; None where it costs nothing."""
    wiring_R2: Tensor
    """|D * W|_1 before and after each replica's last round of swaps."""
    step: int = 0
    neurons_RM: Tensor | None = field(default=None)
    """The neurons that are computed; None: all of them."""

    @classmethod
    def start(cls, configs: TrainConfig | Sequence[TrainConfig], initial: GridRNN | None = None) -> "TrainingState":
        """Return the state before the first step: ``initial``'s weights if given, else drawn ones.

        Raises ``InputError`` if the networks cannot train together, or ``initial`` is of another shape.
        """
        ensemble = Ensemble((configs,) if isinstance(configs, TrainConfig) else tuple(configs))
        config = ensemble.shared
        device = choose_device(config.training.device)
        model = build_model(config, ensemble.seeds)
        if initial is not None:
            fit_state(model, initial.state_dict(), "The network to start from")
        model.to(device)
        return cls(
            ensemble,
            model,
            _optimiser(model, config.training.learning_rate),
            build_stream(config, device),
            ensemble.penalty(model, "subgradient"),
            ensemble.penalty(model, "proximal"),
            ensemble.firing_cost(model),
            wiring_cost(model.recurrent_weights_RNN.detach(), model.distance_NN)[:, None].repeat(1, 2),
        )

    @property
    def penalties(self) -> dict[str, ConnectionPenalty]:
        """By rule, the penalties that some replica pays."""
        both = {"subgradient": self.subgradient, "proximal": self.proximal}
        return {rule: penalty for rule, penalty in both.items() if penalty}

    @property
    def device(self) -> torch.device:
        """Where the networks and their trials are."""
        return self.model.hidden_bias_RN.device

    def save(self, path: Path, names: Sequence[str]) -> None:
        """Write the checkpoint: one file, so that its parts always belong together.

        Its header says without reading the tensors after how many steps it is (``step``), and of which networks: the
        ``names`` of their folders, with a ``/`` between them (``runs``).
        """
        tensors = {f"model.{name}": tensor for name, tensor in self.model.state_dict().items()}
        tensors |= {f"stream.{name}": tensor for name, tensor in self.stream.state().items()}
        for name, parameter in self.model.named_parameters():
            tensors |= {f"optimiser.{key}.{name}": value for key, value in self.optimiser.state[parameter].items()}
        if self.neurons_RM is not None:
            tensors["neurons_RM"] = self.neurons_RM
        tensors |= {"wiring_R2": self.wiring_R2, "step": torch.tensor(self.step)}
        write_tensors(path, tensors, {"step": str(self.step), "runs": "/".join(names)})

    def restore(self, path: Path) -> None:
        """Continue from a checkpoint. Raises ``InputError`` if it is missing, damaged or another network's."""
        tensors = read_tensors(path, sealed=True)
        fit_state(self.model, _part(tensors, "model."), path)
        try:
            self.stream.restore(_part(tensors, "stream."))
            count = torch.zeros((), device=self.device)
            for name, parameter in self.model.named_parameters():
                self.optimiser.state[parameter] = {
                    key: _placed(tensors, f"optimiser.{key}.{name}", like)
                    for key, like in (("step", count), ("exp_avg", parameter), ("exp_avg_sq", parameter))
                }
            self.wiring_R2.copy_(tensors["wiring_R2"])
            self.neurons_RM = tensors["neurons_RM"].to(self.device) if "neurons_RM" in tensors else None
            self.step = int(_placed(tensors, "step", torch.tensor(0)))
            if not 0 < self.step <= self.ensemble.shared.training.steps:
                raise ValueError(f"it is of step {self.step}")
            for rule, penalty in self.penalties.items():
                self.ensemble.reprice(penalty, rule, self.step)
        except (KeyError, RuntimeError, ValueError) as error:  # among them what the stream refuses
            raise InputError(f"{path} is not a complete checkpoint: {error}") from None


def _optimiser(model: GridRNN, learning_rate: float) -> torch.optim.Adam:
    """Return Adam in one kernel; on a GPU with its learning rate there, so that a captured step can be told another."""
    on_gpu = model.hidden_bias_RN.is_cuda
    rate = torch.tensor(learning_rate, device=model.hidden_bias_RN.device) if on_gpu else learning_rate
    return torch.optim.Adam(model.parameters(), lr=rate, fused=True, capturable=on_gpu)


def _part(tensors: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): tensor for name, tensor in tensors.items() if name.startswith(prefix)}


def _placed(tensors: dict[str, Tensor], name: str, like: Tensor) -> Tensor:
    """Return a tensor of a checkpoint where ``like`` is, whose shape and type it must have."""
    tensor = tensors[name]
    if (tensor.shape, tensor.dtype) != (like.shape, like.dtype):
        raise ValueError(f"{name} is {tensor.dtype} {tuple(tensor.shape)}")
    return tensor.to(like.device)
