"""Training: configuration, the one loop, run folders."""

from typing import TYPE_CHECKING

from .._internal.lazy import lazily

if TYPE_CHECKING:
    from .config import GrowthConfig, ModelConfig, TasksConfig, TrainConfig, TrainingConfig, load_config, save_config
    from .loop import train
    from .run import Run
else:
    __getattr__ = lazily(__name__, "config", "run", "loop")

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
