"""Names for what users bring: tasks, neurons, penalties, placements, dialects, chips and more.

Wherever neurogrow takes a method or a model, it takes an object. A configuration file and the command line need a name
for that object, and a :class:`Registry` holds the names of one kind. A name comes from one of three places:

1. built in;
2. registered in this process: ``PLACEMENTS.register("diagonal", diagonal)``;
3. installed: a package declares an entry point in the registry's group, for example::

       [project.entry-points."neurogrow.placements"]
       diagonal = "my_package:diagonal"

Installed code is imported when its name is looked up, and never before.
"""

from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from typing import Generic, TypeVar

from .errors import InputError, nearest

T = TypeVar("T")


class Registry(Generic[T]):
    """The names of one kind of object.

    Parameters
    ----------
    kind
        What the names stand for, in the singular, for messages: ``"placement"``.
    group
        The group of entry points in which other packages declare theirs: ``"neurogrow.placements"``.
    built_in
        The built-in objects by name. A text ``"package.module:attribute"`` is imported when its name is looked up.

    Examples
    --------
    >>> greetings = Registry[str]("greeting", "example.greetings", {"plain": "math:pi"})
    >>> greetings.register("warm", "hello")
    'hello'
    >>> greetings.names(), greetings["warm"]
    (['plain', 'warm'], 'hello')
    """

    def __init__(self, kind: str, group: str, built_in: Mapping[str, T | str] | None = None) -> None:
        self.kind, self.group = kind, group
        self._built_in: dict[str, T | str] = dict(built_in or {})
        self._registered: dict[str, T] = {}

    def register(self, name: str, value: T) -> T:
        """Give an object a name in this process, and return the object.

        Raises
        ------
        InputError
            If the name is empty or stands for another object already.
        """
        if not name or name != name.strip():
            raise InputError(f"A {self.kind} needs a name without surrounding spaces, not {name!r}.")
        if self._registered.get(name) is not value and name in self:
            raise InputError(f"There is a {self.kind} '{name}' already; register yours under another name.")
        self._registered[name] = value
        return value

    def unregister(self, name: str) -> None:
        """Take back a name that was registered in this process. Raises ``InputError`` if there is none."""
        if name not in self._registered:
            raise InputError(f"No {self.kind} '{name}' was registered in this process.")
        del self._registered[name]

    def names(self) -> list[str]:
        """Return every known name: built-in names first, then registered ones, then installed ones."""
        return list(dict.fromkeys([*self._built_in, *self._registered, *_installed(self.group)]))

    def name_of(self, value: object) -> str | None:
        """Return the name under which an object is registered, built in or installed; None if it has none.

        Nothing is imported: built-in and installed objects are compared by module and qualified name.
        """
        place = f"{getattr(value, '__module__', '')}:{getattr(value, '__qualname__', '')}"
        installed = {name: entry.value.replace(" ", "") for name, entry in _installed(self.group).items()}
        known: dict[str, object] = {**installed, **self._built_in, **self._registered}
        return next((name for name, held in known.items() if held is value or held == place), None)

    def provider(self, name: str) -> str | None:
        """Return the distribution that provides a name; None if the name is registered in this process, or unknown."""
        if name in self._built_in:
            return "neurogrow"
        if name in self._registered:
            return None
        entry = _installed(self.group).get(name)
        return entry.dist.name if entry and entry.dist else None

    def __contains__(self, name: object) -> bool:
        return name in self._built_in or name in self._registered or name in _installed(self.group)

    def __iter__(self) -> Iterator[str]:
        return iter(self.names())

    def __getitem__(self, name: str) -> T:
        return self.find(name)

    def find(self, name: str, provided_by: str | None = None) -> T:
        """Return the object that a name stands for.

        Parameters
        ----------
        name
            The name.
        provided_by
            The distribution that provided the name when it was stored, for the error message.

        Raises
        ------
        InputError
            If nothing has this name, or the installed package that provides it cannot be imported.
        """
        if name in self._registered:
            return self._registered[name]
        if name in self._built_in:
            return self._load_built_in(name)
        if entry := _installed(self.group).get(name):
            return self._load_installed(name, entry)
        if provided_by:
            raise InputError(f"The {self.kind} '{name}' comes from the package '{provided_by}'; install that package.")
        raise InputError(
            f"There is no {self.kind} '{name}'.{nearest(name, self.names())} Known: {', '.join(self.names())}. "
            f"Register your own with `register`, or install a package that declares it in the group '{self.group}'."
        )

    def _load_built_in(self, name: str) -> T:
        value = self._built_in[name]
        if isinstance(value, str):
            module, _, attribute = value.partition(":")
            loaded: T = getattr(import_module(module), attribute)
            self._built_in[name] = loaded
            return loaded
        return value

    def _load_installed(self, name: str, entry: EntryPoint) -> T:
        try:
            loaded: T = entry.load()
        except Exception as error:  # another package's code may raise anything while it is imported
            raise InputError(
                f"The {self.kind} '{name}' is declared by the package '{self.provider(name)}' as {entry.value}, "
                f"which cannot be imported: {type(error).__name__}: {error}"
            ) from error
        return loaded


@cache
def _installed(group: str) -> dict[str, EntryPoint]:
    """Return the entry points of a group by name; looking them up takes milliseconds, so it is done once."""
    return {entry.name: entry for entry in entry_points(group=group)}
