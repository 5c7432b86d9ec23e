"""Our own equations in numpy: the file is read as a network, and its equations are stepped, without NIR nodes."""

from pathlib import Path

from neurogrow.arrays import FloatArray
from neurogrow.equations import spiking_reference
from neurogrow.response import Response

from ..nir.graph import read_nir


def run(path: Path, currents_TBI: FloatArray) -> Response:
    """Run the canonical file's network by the equations of :mod:`neurogrow.network`, in float64."""
    return spiking_reference(read_nir(path), currents_TBI)
