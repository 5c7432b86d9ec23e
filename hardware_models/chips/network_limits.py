"""What a network needs of a chip before it is mapped, beside the chip's limits.

Limits are numbers of inputs, hidden neurons and outputs, fan-in and fan-out, and numbers of neurons that inputs reach
or outputs read.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from neurogrow.arrays import IntArray
from neurogrow.network import GrownNetwork


@dataclass(frozen=True)
class LimitCheck:
    """One limit of a chip, and how much of it a network uses."""

    name: str
    used: int
    limit: int | None
    """None if the chip has no such limit, or if none is published."""
    neuron: int | None = None
    """The neuron that uses most, by its index on the grid; None for limits of the whole chip."""

    @property
    def exceeded(self) -> bool:
        """Whether the network needs more than the chip has."""
        return self.limit is not None and self.used > self.limit

    @property
    def sentence(self) -> str:
        """The check as a sentence.

        Examples
        --------
        >>> LimitCheck("fan-out", 93, 64, neuron=17).sentence
        'fan-out: neuron 17 needs 93, the chip allows 64'
        """
        allowed = "no limit is published" if self.limit is None else f"the chip allows {self.limit:,}"
        return f"{self.name}: {'' if self.neuron is None else f'neuron {self.neuron} '}needs {self.used:,}, {allowed}"


def check_limits(network: GrownNetwork, limits: Mapping[str, int]) -> tuple[LimitCheck, ...]:
    """Return every limit, and how much of it the network uses.

    Connections are weights that are not zero. An input is a channel of the chip that leads to a hidden neuron: an
    input of the network or, if the network has an encoder, a neuron of the encoder.

    Parameters
    ----------
    network
        The network, quantised for the chip. A weight that was rounded to zero is no connection.
    limits
        Limits by name: any of ``inputs``, ``hidden neurons``, ``outputs``, ``fan-in``, ``fan-out``,
        ``neurons that inputs reach``, ``neurons that outputs read``.
    """
    recurrent, entering, leaving = (
        weights != 0
        for weights in (network.recurrent_weights_NN.toarray(), network.input_weights_NI, network.output_weights_ON)
    )
    whole = {
        "inputs": entering.any(axis=0).sum(),
        "hidden neurons": network.n_neurons,
        "outputs": network.n_outputs,
        "neurons that inputs reach": entering.any(axis=1).sum(),
        "neurons that outputs read": leaving.any(axis=0).sum(),
    }
    largest = {
        "fan-in": recurrent.sum(axis=1) + entering.sum(axis=1),
        "fan-out": recurrent.sum(axis=0) + leaving.sum(axis=0),
    }
    return (
        *(LimitCheck(name, int(used), limits.get(name)) for name, used in whole.items()),
        *(_most(network, name, used_N, limits.get(name)) for name, used_N in largest.items()),
    )


def _most(network: GrownNetwork, name: str, used_N: IntArray, limit: int | None) -> LimitCheck:
    neuron = int(np.argmax(used_N))
    return LimitCheck(name, int(used_N[neuron]), limit, int(network.neuron_id_N[neuron]))
