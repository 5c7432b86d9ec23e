"""Training: configuration, the one loop, run folders."""

from .config import GrowthConfig, ModelConfig, TasksConfig, TrainConfig, TrainingConfig, load_config, save_config
from .loop import train
from .run import Run

__all__ = [
    "GrowthConfig",
    "ModelConfig",
    "Run",
    "TasksConfig",
    "TrainConfig",
    "TrainingConfig",
    "load_config",
    "save_config",
    "train",
]
