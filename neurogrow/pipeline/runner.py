"""Brings the stages of a run folder up to date: what is missing or out of date is computed, in order, and reported.

When a stage is up to date, is decided in :mod:`~neurogrow.pipeline.freshness`.
Messages go to the logger ``neurogrow.pipeline``: one for each stage that is computed, with the reason.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any, TypeVar

from ..training import Run
from .freshness import out_of_date, settings_of_these_weights
from .stage import DAMAGED, Settings, Stage, in_order
from .stage_records import digests, write_record

T = TypeVar("T")

log = logging.getLogger("neurogrow.pipeline")

_Done = dict[tuple[Path, str], tuple[Stage[Any], Settings, Any]]
_done: ContextVar[_Done | None] = ContextVar("done", default=None)
_UNREAD = object()


@contextmanager
def one_pass() -> Iterator[None]:
    """Within this context, remember results: every stage is checked and read, or computed, once.

    Every call of :func:`bring` or :func:`ensure` is such a pass; calls within another pass are part of that.
    """
    if _done.get() is not None:
        yield
        return
    token = _done.set({})
    try:
        yield
    finally:
        _done.reset(token)


def bring(run: Run, stage: Stage[T], settings: Settings | None = None) -> T:
    """Return the result of a stage: read from its files if they are up to date, otherwise computed.

    Parameters
    ----------
    run
        The run.
    stage
        The stage. Those that it comes after are brought up to date first, with the settings that they have.
    settings
        The settings that are asked for. Where none is asked for, that of the present files will do. If the stage is to
        be computed, it keeps the settings of its record as long as the weights are the same; else defaults are taken.

    Raises
    ------
    InputError
        If the stage refuses the run or the settings.
    """
    with one_pass():
        ensure(run, stage, settings)
        known, result = _remembered(run, stage)
        if result is not _UNREAD:
            computed: T = result
            return computed
        try:
            loaded = stage.load(run, known)
        except DAMAGED as error:
            reason = f"its files cannot be read: {' '.join(str(error).split())}"
            return _computed(run, stage, _all_settings(run, stage, settings), reason)
        _remember(run, stage, known, loaded)
        return loaded


def ensure(run: Run, stage: Stage[Any], settings: Settings | None = None) -> None:
    """Bring the files of a stage up to date, as :func:`bring` does, without reading the result."""
    wanted = dict(settings or {})
    with one_pass():
        found = (_done.get() or {}).get((run.path, stage.name))
        if found is not None and wanted.items() <= found[1].items():
            return
        for earlier in stage.after:
            ensure(run, earlier)
        reason, known = out_of_date(run, stage, wanted)
        if reason is None:
            _remember(run, stage, known, _UNREAD)
        else:
            _computed(run, stage, _all_settings(run, stage, wanted), reason)


def _all_settings(run: Run, stage: Stage[Any], wanted: Settings | None) -> dict[str, Any]:
    """Return the settings to compute with: those asked for, else the present ones of these weights, else defaults."""
    present = settings_of_these_weights(run, stage)
    return {name: present.get(name, value) for name, value in stage.defaults.items()} | dict(wanted or {})


def _computed(run: Run, stage: Stage[T], settings: dict[str, Any], reason: str) -> T:
    log.info("%s: %s (%s)", run.path, stage.name, reason)
    read = digests(run, stage.reads)
    result = stage.compute(run, **settings)
    write_record(run, stage, read, settings)
    _forget_later(run, stage)
    _remember(run, stage, settings, result)
    return result


def _remember(run: Run, stage: Stage[Any], settings: Settings, result: object) -> None:
    if (done := _done.get()) is not None:
        done[run.path, stage.name] = (stage, settings, result)


def _remembered(run: Run, stage: Stage[Any]) -> tuple[Settings, Any]:
    _, settings, result = (_done.get() or {})[run.path, stage.name]
    return settings, result


def _forget_later(run: Run, stage: Stage[Any]) -> None:
    """Forget the results of the run's stages that come after this one."""
    done = _done.get() or {}
    for (path, name), (other, _, _) in list(done.items()):
        if path == run.path and stage.name in {earlier.name for earlier in in_order([other])}:
            del done[path, name]
