"""Metrics for TensorBoard, beside ``metrics.csv``; needs the extra ``tensorboard``."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from ..errors import InputError
from .loop import Progress


@contextmanager
def tensorboard_log(folder: Path) -> Iterator[Progress]:
    """Write each row of metrics to ``folder``, as scalars of their names, through a callback for ``train``.

    Nothing is written before the first row. Raises ``InputError`` if TensorBoard is not installed.
    """
    if find_spec("tensorboard") is None:
        raise InputError("TensorBoard is not installed; `pip install neurogrow[tensorboard]` installs it.")
    writers: list[Any] = []

    def on_step(done: int, steps: int, row: Mapping[str, float]) -> None:  # noqa: ARG001
        if row.get("step") != done:
            return  # a row from before
        if not writers:
            from torch.utils.tensorboard import SummaryWriter

            writers.append(SummaryWriter(str(folder)))
        for name, value in row.items():
            if name != "step":
                writers[0].add_scalar(name, value, done)

    try:
        yield on_step
    finally:
        for writer in writers:
            writer.close()
