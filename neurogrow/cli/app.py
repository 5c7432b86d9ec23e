"""The command line's root: every module of commands adds its own to it."""

from typing import Annotated

from cyclopts import App, Parameter

from .._internal.version import __version__
from .settings import settings_from_file

app = App(
    name="neurogrow",
    version=__version__,
    help="Grow recurrent networks whose neurons have a place, and take them to neuromorphic chips.",
    config=settings_from_file,
    result_action="return_value",
    suppress_keyboard_interrupt=False,  # main says how to go on
)
app.register_install_completion_command(
    help="Install completion of commands and options for this shell (bash, zsh, fish or PowerShell)."
)

Json = Annotated[bool, Parameter(name="--json", negative="", help="Print one JSON object on standard output.")]
