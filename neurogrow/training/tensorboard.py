"""A hook that writes metrics for TensorBoard; needs the extra ``tensorboard``."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import InputError
from .hooks import Hook

if TYPE_CHECKING:
    from .state import TrainingState


@contextmanager
def tensorboard_log(folder: Path) -> Iterator[Hook]:
    """Yield a hook that writes each row of metrics to ``folder``, as scalars of their names.

    Nothing is written before the first row. Raises ``InputError`` if TensorBoard is not installed.
    """
    if find_spec("tensorboard") is None:
        raise InputError("TensorBoard is not installed; `pip install neurogrow[tensorboard]` installs it.")
    writers: list[Any] = []

    def write_row(state: "TrainingState") -> None:
        row = state.metrics
        if row.get("step") != state.step:
            return  # no row was logged at this step
        if not writers:
            from torch.utils.tensorboard import SummaryWriter

            writers.append(SummaryWriter(str(folder)))
        for name, value in row.items():
            if name != "step":
                writers[0].add_scalar(name, value, state.step)

    try:
        yield write_row
    finally:
        for writer in writers:
            writer.close()
