"""Training: configuration, the one loop, run folders."""

from typing import TYPE_CHECKING

from .._internal.lazy import lazily

if TYPE_CHECKING:
    from .config import (
        GrowthConfig,
        ModelConfig,
        PenaltyConfig,
        TasksConfig,
        TrainConfig,
        TrainingConfig,
        load_config,
        save_config,
    )
    from .hooks import Hook, StopTraining
    from .loop import train
    from .run import Run
    from .state import TrainingState
else:
    __getattr__ = lazily(__name__, "config", "hooks", "run", "loop", "state")

__all__ = [
    "GrowthConfig",
    "Hook",
    "ModelConfig",
    "PenaltyConfig",
    "Run",
    "StopTraining",
    "TasksConfig",
    "TrainConfig",
    "TrainingConfig",
    "TrainingState",
    "load_config",
    "save_config",
    "train",
]
