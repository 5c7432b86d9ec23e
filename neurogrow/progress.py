"""Progress of long work, told to a listener. The command line shows bars; a program hears nothing unless it listens.

    def show(what, done, total, values=None):
        print(what, done, "of", total, values or "")

    with heard_by(show):
        train(config, out)

Work inside other work is told as well, under its own name.
"""

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Protocol, TypeVar

Item = TypeVar("Item")

TRAINING_STEPS = "training steps"
"""What training counts. It tells the last row of its metrics as values."""


class Listener(Protocol):
    """Called with what is counted, how many of it are done, and how many there are in all.

    Some work tells values as well, by name. They are a fourth argument, which is left out where there are none.
    """

    def __call__(self, what: str, done: int, total: int, values: Mapping[str, float] = ..., /) -> object:
        """Hear of progress."""


_listener: ContextVar[Listener | None] = ContextVar("listener", default=None)


@contextmanager
def heard_by(listener: Listener | None) -> Iterator[None]:
    """Let a listener hear of all work in this context, in place of the listener before; None: nobody hears."""
    token = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(token)


def counted(items: Collection[Item], what: str) -> Iterator[Item]:
    """Yield the items one by one. Before each item and at the end, tell the listener how many of ``what`` are done."""
    for done, item in enumerate(items):
        tell(what, done, len(items))
        yield item
    tell(what, len(items), len(items))


def tell(what: str, done: int, total: int, values: Mapping[str, float] | None = None) -> None:
    """Tell the listener that ``done`` of ``total`` are done, and values if there are any."""
    listener = _listener.get()
    if listener is None:
        return
    if values:
        listener(what, done, total, values)
    else:
        listener(what, done, total)


@contextmanager
def counted_as_part(what: str, before: int, times: int, total: int) -> Iterator[None]:
    """Tell ``what`` is counted in this context as a part of more work: ``before + times * done`` of ``total``.

    Other work in the context is told as it is.
    """
    outer = _listener.get()

    def listener(counting: str, done: int, of: int, values: Mapping[str, float] | None = None, /) -> None:
        with heard_by(outer):
            if counting == what:
                tell(what, before + times * done, total, values)
            else:
                tell(counting, done, of, values)

    with heard_by(listener if outer else None):
        yield
