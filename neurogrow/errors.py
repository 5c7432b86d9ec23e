"""The one error a user is meant to read."""


class InputError(ValueError):
    """Something the user gave cannot be used.

    The message is one or two sentences that say what is wrong, where, and what to change. The command line prints it
    without a traceback and exits with status 2; nothing has been written when it is raised.
    """


def nearest(name: str, known: list[str]) -> str:
    """Return ``" Did you mean 'x'?"`` for the known name closest to ``name``, or an empty string."""
    from difflib import get_close_matches

    close = get_close_matches(name, known, n=1, cutoff=0.5)
    return f" Did you mean '{close[0]}'?" if close else ""
