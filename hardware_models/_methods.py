"""Methods that a user gives by name or as objects, and checks of what such methods return."""

from typing import TypeVar

import numpy as np

from neurogrow.arrays import AnyArray, IntArray
from neurogrow.errors import InputError
from neurogrow.registry import Registry

T = TypeVar("T")


def resolve(registry: Registry[T], method: T | str) -> tuple[str, T]:
    """Return the name of a method, and the method.

    Parameters
    ----------
    registry
        The names of methods of this kind.
    method
        A name in the registry, or the method itself.

    Raises
    ------
    InputError
        If the registry has no such name.
    """
    if isinstance(method, str):
        return method, registry.find(method)
    return name_of(registry, method), method


def name_of(registry: Registry[T], method: T) -> str:
    """Return the registered name of an object, or else its ``__name__``.

    An object that is not registered but is called like a registered one gets its module in front. Installed packages
    are not imported to look for the object.

    Examples
    --------
    >>> constants = Registry[float]("constant", "example.constants", {"pi": 3.14159})
    >>> name_of(constants, constants["pi"]), name_of(constants, len)
    ('pi', 'len')
    """
    for known in registry.names():
        if registry.provider(known) in (None, "neurogrow") and _same(registry.find(known), method):
            return known
    name = _own_name(method)
    return f"{getattr(method, '__module__', 'unnamed')}.{name}" if name in registry else name


def _same(first: object, second: object) -> bool:
    """Whether two objects are one; tuples of the same objects are."""
    return first is second or (isinstance(first, tuple) and isinstance(second, tuple) and first == second)


def _own_name(method: object) -> str:
    if isinstance(method, tuple):
        return "+".join(_own_name(each) for each in method if each is not None)
    return str(getattr(method, "__name__", type(method).__name__))


def checked_numbers(values: object, size: int, limit: int, method: str, content: str) -> IntArray:
    """Return the numbers that a method returned, shape (size,), each in ``range(limit)``.

    Parameters
    ----------
    values
        Return value of the method.
    size, limit
        How many numbers there must be, and the number that all must be below.
    method
        The method, for the message: ``the partition 'mine'``.
    content
        Meaning of the numbers, for the message: ``a part for every neuron``.

    Raises
    ------
    InputError
        If the values are not such numbers.
    """
    try:
        numbers: AnyArray = np.asarray(values)
    except ValueError:  # rows of different lengths
        raise InputError(f"The {method} must return {content}: {size} whole numbers in one array.") from None
    if numbers.shape != (size,) or numbers.dtype.kind not in "iu":
        raise InputError(
            f"The {method} must return {content}: {size} whole numbers, not an array of {numbers.dtype} of shape "
            f"{numbers.shape}."
        )
    wrong = np.flatnonzero((numbers < 0) | (numbers >= limit))
    if len(wrong):
        raise InputError(
            f"The {method} must return {content}, from 0 to {limit - 1}; the number at index {wrong[0]} is "
            f"{numbers[wrong[0]]}."
        )
    return numbers.astype(np.int64)


def checked_order(values: object, size: int, method: str, content: str) -> IntArray:
    """Return the order that a method returned: each number of ``range(size)`` once, shape (size,).

    Raises
    ------
    InputError
        If it is not such an order.
    """
    order = checked_numbers(values, size, size, method, content)
    missing = np.flatnonzero(np.bincount(order, minlength=size) == 0)
    if len(missing):
        raise InputError(f"The {method} must return {content}, each once; {missing[0]} is missing.")
    return order
