"""Commands that list tasks, chips, presets and pretrained networks."""

from dataclasses import asdict

from ..errors import InputError, nearest
from ..tasks import COLLECTIONS, TASK_RECORDS, find_task, task_names
from ..training.presets import preset_names, preset_path, preset_summary
from ..training.pretrained import pretrained_card, pretrained_names, pretrained_summary
from .app import Json
from .output import emit, table


def tasks(collection: str | None = None, *, json: Json = False) -> None:
    """List the cognitive tasks, and the collections that contain them.

    Parameters
    ----------
    collection
        List only the tasks of this collection: yang19 (20 tasks), or modcog (82 tasks, including those of yang19).
    """
    if collection is not None and collection not in COLLECTIONS:
        raise InputError(f"There is no collection of tasks '{collection}'.{nearest(collection, list(COLLECTIONS))}")
    names = dict.fromkeys(task_names(collection or (*COLLECTIONS, *TASK_RECORDS)))
    listed = [(name, [key for key, held in COLLECTIONS.items() if name in held], find_task(name)) for name in names]
    rows = [(name, ", ".join(inside), task.family, task.summary) for name, inside, task in listed]
    records = [
        {"name": name, "collections": inside, "family": task.family, "summary": task.summary}
        for name, inside, task in listed
    ]
    emit({"tasks": records}, json, table("Tasks", ("name", "collections", "family", "instruction"), rows))


def chips(name: str | None = None, *, json: Json = False) -> None:
    """List the chips, or show all quantities of one chip with their evidence and source.

    Parameters
    ----------
    name
        Name of a chip, or a TOML file.
    """
    from hardware_models.chips.spec import chip_names, load_chip

    from .chip_tables import CHIP_COLUMNS, chip_rows, chip_tables

    if name is not None:
        chip = load_chip(name)
        emit(asdict(chip), json, *chip_tables(chip))
        return
    loaded = [load_chip(each) for each in chip_names()]
    value = {"chips": [{"name": chip.name, "title": chip.title} for chip in loaded]}
    emit(value, json, table("Chips", CHIP_COLUMNS, chip_rows(loaded)))


def presets(name: str | None = None, *, json: Json = False) -> None:
    """List the configurations and pretrained networks of this package, or print the TOML file or card of one.

    Parameters
    ----------
    name
        Name of a configuration, as `train` takes it, or of a pretrained network, as commands take it for a run folder.
    """
    if name is not None:
        _show_preset(name, json)
        return
    rows = [(each, preset_summary(each)) for each in preset_names()]
    trained = [(each, pretrained_summary(each)) for each in pretrained_names()]
    value = {
        "presets": [{"name": each, "summary": summary} for each, summary in rows],
        "pretrained": [{"name": each, "summary": summary} for each, summary in trained],
    }
    columns = ("name", "description")
    shown = [table("Presets", columns, rows)] + ([table("Pretrained networks", columns, trained)] if trained else [])
    emit(value, json, *shown)


def _show_preset(name: str, as_json: bool) -> None:
    """Print a configuration, a card, or both if a network has the name of its configuration."""
    card = pretrained_card(name) if name in pretrained_names() else None
    toml = None if card and name not in preset_names() else preset_path(name).read_text(encoding="utf-8")
    emit({"name": name, "toml": toml, "card": card}, as_json, *(text for text in (toml, card) if text))
