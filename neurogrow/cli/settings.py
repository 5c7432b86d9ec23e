"""Settings of `train` and `spike` from a TOML file, a preset or a run; flags override them."""

from dataclasses import asdict, replace

from cyclopts import App, ArgumentCollection
from cyclopts.config import Dict

from ..io.files import plain
from ..training.config import TrainConfig, load_config, validated
from ..training.presets import find_config
from ..training.pretrained import find_run


def settings_from_file(app: App, commands: tuple[str, ...], arguments: ArgumentCollection) -> None:
    """Fill in settings without a flag: for ``train`` from a file or preset, for ``spike`` also from the run."""
    command = next((name for name in commands if name in ("train", "spike")), None)
    given = {a.name: a.tokens[0].value for a in arguments if a.name in ("--config", "--run") and a.tokens}
    source = given.get("--config", given.get("--run"))
    if command is None or source is None:
        return
    values = plain(load_config(find_config(source)) if "--config" in given else _spiking_config(source))
    # The key is the command's name. Otherwise cyclopts takes the table [tasks] for the command `tasks` and drops it.
    Dict({command: values}, source=source)(app, commands, arguments)


def validate_settings(config: TrainConfig) -> TrainConfig:
    """Return the settings with flags applied, after checking their ranges. Raises ``InputError``."""
    return validated(TrainConfig, asdict(config), "The command line")


def _spiking_config(source: str) -> TrainConfig:
    """Return the configuration of a run, with spiking neurons."""
    config = find_run(source).config
    return replace(config, model=replace(config.model, kind="spiking"))
