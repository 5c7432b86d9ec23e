"""All that training carries from one step to the next, and how it is saved."""

from dataclasses import dataclass

import torch
from torch import Tensor

from ..errors import InputError
from ..models import GridRNN
from ..tasks import TaskStream
from .build import build_model, build_stream, choose_device
from .config import TrainConfig
from .run import Run, fit_state, read_tensors, write_tensors


@dataclass
class TrainingState:
    """Network, optimiser, stream of trials and the number of steps done."""

    model: GridRNN
    optimiser: torch.optim.Adam
    stream: TaskStream
    step: int = 0

    @classmethod
    def start(cls, config: TrainConfig, initial: GridRNN | None = None) -> "TrainingState":
        """Return the state before the first step: ``initial``'s weights if given, else drawn ones."""
        device = choose_device(config.training.device)
        model = build_model(config, initial.replicas if initial else 1)
        if initial is not None:
            fit_state(model, initial.state_dict(), "The network to start from")
        model.to(device)
        optimiser = torch.optim.Adam(model.parameters(), lr=config.training.learning_rate, fused=True)
        return cls(model, optimiser, build_stream(config, device))

    @property
    def device(self) -> torch.device:
        """Where the network and its trials are."""
        return self.model.hidden_bias_RN.device

    def save(self, run: Run) -> None:
        """Write the checkpoint (one file, so that its parts always belong together) and the weights beside it."""
        tensors = {f"model.{name}": tensor for name, tensor in self.model.state_dict().items()}
        tensors |= {f"stream.{name}": tensor for name, tensor in self.stream.state().items()}
        for name, parameter in self.model.named_parameters():
            tensors |= {f"optimiser.{key}.{name}": value for key, value in self.optimiser.state[parameter].items()}
        run.save_model(self.model)  # first: a checkpoint of the last step means that all is written
        write_tensors(run.state_path, tensors | {"step": torch.tensor(self.step)})

    def restore(self, run: Run) -> None:
        """Continue from the run's checkpoint. Raises ``InputError`` if it is missing, damaged or another network's."""
        tensors = read_tensors(run.state_path)
        fit_state(self.model, _part(tensors, "model."), run.state_path)
        try:
            self.stream.restore(_part(tensors, "stream."))
            for name, parameter in self.model.named_parameters():
                self.optimiser.state[parameter] = {
                    key: self._placed(tensors[f"optimiser.{key}.{name}"], parameter, key)
                    for key in ("step", "exp_avg", "exp_avg_sq")
                }
            self.step = int(tensors["step"])
        except (KeyError, RuntimeError) as error:
            raise InputError(f"{run.state_path} is not a complete checkpoint: {error}") from None

    @staticmethod
    def _placed(tensor: Tensor, parameter: Tensor, key: str) -> Tensor:
        if key != "step" and tensor.shape != parameter.shape:
            raise RuntimeError(f"a moment has shape {tuple(tensor.shape)}")
        return tensor.to(parameter.device)


def _part(tensors: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): tensor for name, tensor in tensors.items() if name.startswith(prefix)}
