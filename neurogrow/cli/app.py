"""The root of the command line and the table of its commands.

A command's module is imported when the command is run or when its help is shown.
"""

from typing import Annotated

from cyclopts import App, ArgumentCollection, Parameter

from .._internal.version import __version__


def _settings(app: App, commands: tuple[str, ...], arguments: ArgumentCollection) -> None:
    if {"train", "spike"} & set(commands):
        from .settings import settings_from_file

        settings_from_file(app, commands, arguments)


app = App(
    name="neurogrow",
    version=__version__,
    help="Grow recurrent networks whose neurons have a place, and map them onto neuromorphic chips.",
    config=_settings,
    result_action="return_value",
    suppress_keyboard_interrupt=False,  # main reports how to continue
)
app.register_install_completion_command(
    help="Install completion of commands and options for this shell (bash, zsh, fish or PowerShell)."
)

COMMANDS = {
    "cite": (
        "citing:cite",
        "Print the papers to cite for a run as BibTeX: training, tasks, neurons, file formats and chips.",
    ),
    "prune": (
        "exporting:prune",
        "Remove weak weights, and neurons without a path to an output. Writes network.safetensors.",
    ),
    "export": (
        "exporting:export_command",
        "Export a run to network.onnx and, if it is spiking, to network.nir. Compares all readers in parity.json.",
    ),
    "map": (
        "exporting:map_command",
        "Map a network onto a chip: cores, routes, link loads and energy, compared with a random placement.",
    ),
    "distances": (
        "exporting:distances",
        "Write the distances between the places of a grid on a chip, to train with them (growth.distances).",
    ),
    "demo": (
        "growing:demo",
        "Run all stages on a small network: train, spike, analyse, export, map, report. Takes minutes on two cores.",
    ),
    "train": (
        "growing:train_command",
        "Train a network, and write a run folder.",
    ),
    "spike": (
        "growing:spike",
        "Train the spiking counterpart of a rate run: leaky integrate-and-fire neurons, same grid, same tasks.",
    ),
    "sweep": (
        "growing:sweep",
        "Train many networks from one file. Writes a run folder for each and one table. Skips finished networks.",
    ),
    "tasks": (
        "listing:tasks",
        "List the cognitive tasks, and the collections that contain them.",
    ),
    "chips": (
        "listing:chips",
        "List the chips, or show all quantities of one chip with their evidence and source.",
    ),
    "presets": (
        "listing:presets",
        "List the configurations and pretrained networks of this package, or print the TOML file or card of one.",
    ),
    "analyze": (
        "measuring:analyze",
        "Measure a trained network: performance, task variance, modules, their places, wiring. Writes analysis.json.",
    ),
    "emergence": (
        "measuring:emergence",
        "Measure functional and anatomical modularity at every snapshot of training. Writes emergence.json.",
    ),
    "compare": (
        "measuring:compare",
        "Compare networks, for example rate and spiking, or conditions with several seeds, in a table and a figure.",
    ),
    "card": (
        "measuring:card",
        "Write a model card as README.md in the run folder: architecture, performance, modularity and origin.",
    ),
    "tradeoff": (
        "measuring:tradeoff",
        "Compare sparsity and error of the networks of sweeps: Pareto frontier and hypervolume of each condition.",
    ),
    "report": (
        "measuring:report_command",
        "Write one offline HTML page about runs, and about trade-offs of sweeps.",
    ),
    "quantize": (
        "quantizing:quantize",
        "Round a network's weights to integers, and measure its performance. Writes network-BITSbit.nir and .json.",
    ),
    "lesion": (
        "substrate:lesion",
        "Silence each functional module in turn, compared with random important neurons. Writes lesions.json.",
    ),
    "transfer": (
        "substrate:transfer",
        "Train new tasks with frozen recurrent weights, compared with shuffled weights. Writes transfer.json.",
    ),
}
"""Function and summary of each command. The function is given as module of this package and name. The summary is the
first line of its docstring, copied here so that ``neurogrow --help`` need not import all commands."""

for _name, (_function, _summary) in COMMANDS.items():
    app.command(f"{__package__}.{_function}", name=_name, help=_summary)

Json = Annotated[bool, Parameter(name="--json", negative="", help="Print one JSON object on standard output.")]
