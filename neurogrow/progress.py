"""How far long work has come, told to whoever listens: commands show bars, a program hears nothing unless it asks.

    with heard_by(lambda what, done, total: print(what, done, "of", total)):
        analyze(run)

What is counted inside other work is told as well, under its own name.
"""

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeAlias, TypeVar

Item = TypeVar("Item")

Listener: TypeAlias = Callable[[str, int, int], None]
"""Called with what is counted, how many of it are done, and how many there are."""

_listener: ContextVar[Listener | None] = ContextVar("listener", default=None)


@contextmanager
def heard_by(listener: Listener | None) -> Iterator[None]:
    """Let a listener hear of all work in this context, in place of the one before; None: nobody hears."""
    token = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(token)


def counted(items: Collection[Item], what: str) -> Iterator[Item]:
    """Yield the items one after the other; the listener hears how many of ``what`` are done, first of none."""
    for done, item in enumerate(items):
        tell(what, done, len(items))
        yield item
    tell(what, len(items), len(items))


def tell(what: str, done: int, total: int) -> None:
    """Say that ``done`` of ``total`` are done."""
    if listener := _listener.get():
        listener(what, done, total)
