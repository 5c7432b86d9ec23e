"""The names of chip arithmetics, as chip files give them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from neurogrow.equations import Respond
from neurogrow.errors import InputError
from neurogrow.network import GrownNetwork
from neurogrow.quantization.grid import QuantizedNetwork
from neurogrow.registry import Registry

from .._methods import resolve
from ..chips.spec import ChipSpec

Arithmetic: TypeAlias = Callable[[QuantizedNetwork], Respond]
"""(quantised network) -> its response, from inputs to logits, in the integer arithmetic of a chip."""


def _no_departures(network: GrownNetwork) -> dict[str, Respond]:  # noqa: ARG001
    return {}


@dataclass(frozen=True)
class ChipArithmetic:
    """A chip's integer arithmetic, with the effects by which the chip differs from the network's own equations."""

    respond: Arithmetic
    departures: Callable[[GrownNetwork], dict[str, Respond]] = _no_departures
    """(network) -> for each effect, by its description: the network's response in real numbers with only this effect.
    It is called for spiking networks only."""

    def __call__(self, quantized: QuantizedNetwork) -> Respond:
        """Return the response of a quantised network on the chip."""
        return self.respond(quantized)


ARITHMETIC: Registry[Arithmetic] = Registry(
    "chip arithmetic",
    "neurogrow.arithmetic",
    {
        "loihi": "hardware_models.arithmetic.loihi:loihi_responds",
        "xylo": "hardware_models.arithmetic.xylo_departures:XYLO",
    },
)
"""Arithmetics by the name that ``arithmetic`` in a chip file gives them."""


def arithmetic_of(chip: ChipSpec) -> Arithmetic:
    """Return the arithmetic of a chip.

    Raises
    ------
    InputError
        If the chip's file names none, or one that is not known.
    """
    if chip.arithmetic is None:
        raise InputError(
            f"The arithmetic of {chip.name} is not known: its file names none. Known arithmetics: "
            f'{", ".join(ARITHMETIC)}. The file names one in a line such as arithmetic = "loihi".'
        )
    return resolve(ARITHMETIC, chip.arithmetic)[1]
