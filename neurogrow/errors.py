"""The error for input that cannot be used."""


class InputError(ValueError):
    """Input from the user that cannot be used.

    The message says in one or two sentences what is wrong, where, and what to change. The command line prints it
    without a traceback and exits with status 2. When it is raised, no file has been written.
    """


def nearest(name: str, known: list[str]) -> str:
    """Return ``" Did you mean 'x'?"`` for the known name closest to ``name``, or an empty string.

    Among names that are equally close, the first one is suggested. There is no suggestion below a similarity of 0.5.
    """
    from difflib import SequenceMatcher

    similarity = {other: SequenceMatcher(None, other, name).ratio() for other in known}
    closest = max(similarity, key=lambda other: similarity[other], default="")
    return f" Did you mean '{closest}'?" if similarity.get(closest, 0) >= 0.5 else ""
