"""Whether a stage of a run folder is up to date, decided by content.

A stage is up to date if the files that it reads, its settings and the files that it wrote are those of its record. A
folder of an earlier version has no records. There, files are up to date if they state that they are of these weights.
"""

from typing import Any

from ..errors import InputError
from ..training import Run
from .stage import DAMAGED, Settings, Stage
from .stage_records import StageRecord, digests, read_record

_UNKNOWN = object()


def out_of_date(run: Run, stage: Stage[Any], wanted: Settings | None = None) -> tuple[str | None, Settings]:
    """Return why a stage is out of date, None if it is not, and the settings of its files as far as they are known."""
    wanted = wanted or {}
    try:
        record = read_record(run, stage)
    except InputError as error:
        return f"its record is damaged: {error}", {}
    if record is None:
        return _unrecorded(run, stage, wanted)
    read = digests(run, stage.reads)
    if changed := sorted(name for name in {*read, *record.reads} if read.get(name) != record.reads.get(name)):
        return f"changed since: {', '.join(changed)}", record.settings
    if other := sorted(name for name in wanted if record.settings.get(name, _UNKNOWN) != wanted[name]):
        return f"made with other settings: {', '.join(other)}", record.settings
    written = digests(run, record.writes)
    if lost := sorted(name for name in record.writes if name not in written):
        return f"missing: {', '.join(lost)}", record.settings
    if stage.sealed and (altered := sorted(name for name in written if written[name] != record.writes[name])):
        return f"altered or damaged: {', '.join(altered)}", record.settings
    return None, record.settings


def _unrecorded(run: Run, stage: Stage[Any], wanted: Settings) -> tuple[str | None, Settings]:
    """Whether files without a record will do, by what they themselves state."""
    present = digests(run, stage.writes(run, stage.defaults))
    if not present:
        return "not made yet", {}
    try:
        stated = stage.stated_settings(run)
    except DAMAGED as error:
        return f"its files cannot be read: {' '.join(str(error).split())}", {}
    if stated is None:
        return f"not known to be of these weights: {', '.join(present)}", {}
    unknown = sorted(name for name in wanted if stated.get(name, _UNKNOWN) != wanted[name])
    return (f"made with other or unknown settings: {', '.join(unknown)}" if unknown else None), stated


def would_replace(run: Run, stage: Stage[Any], settings: Settings) -> bool:
    """Return whether the stage has valid files that were made with other settings than these."""
    return out_of_date(run, stage)[0] is None and out_of_date(run, stage, settings)[0] is not None


def settings_of_these_weights(run: Run, stage: Stage[Any]) -> Settings:
    """Return the settings of a stage's files, as far as they are known, if they were made from the run's weights."""
    try:
        record: StageRecord | None = read_record(run, stage)
        if record is not None:
            return record.settings if record.model == run.fingerprint() else {}
        return stage.stated_settings(run) or {}
    except DAMAGED:
        return {}
