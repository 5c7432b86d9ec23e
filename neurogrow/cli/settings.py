"""Settings from a TOML file, any of them overridden by a flag: the file fills in what the command line leaves open."""

from dataclasses import asdict, replace

from cyclopts import App, ArgumentCollection
from cyclopts.config import Dict

from ..io.files import plain
from ..training.config import TrainConfig, load_config, validated
from ..training.presets import find_config
from ..training.pretrained import find_run


def settings_from_file(app: App, commands: tuple[str, ...], arguments: ArgumentCollection) -> None:
    """Fill in the settings of ``train`` from the file or preset it is given, those of ``spike`` from one or its run."""
    command = next((name for name in commands if name in ("train", "spike")), None)
    given = {a.name: a.tokens[0].value for a in arguments if a.name in ("--config", "--run") and a.tokens}
    source = given.get("--config", given.get("--run"))
    if command is None or source is None:
        return
    values = plain(_of_file(source) if "--config" in given else _of_spiking(source))
    # By the command's name, or cyclopts would take the table [tasks] for the command of that name and leave it out.
    Dict({command: values}, source=source)(app, commands, arguments)


def checked(config: TrainConfig) -> TrainConfig:
    """Check ranges again, now that flags have been put in."""
    return validated(TrainConfig, asdict(config), "The command line")


def _of_file(source: str) -> TrainConfig:
    return load_config(find_config(source))


def _of_spiking(source: str) -> TrainConfig:
    """As the rate run was grown, with spiking neurons in its place."""
    config = find_run(source).config
    return replace(config, model=replace(config.model, kind="spiking"))
