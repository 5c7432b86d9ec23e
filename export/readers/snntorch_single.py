"""snnTorch in float32, its default precision. Bins that differ are due to rounding."""

from pathlib import Path

import torch

from neurogrow.arrays import FloatArray
from neurogrow.response import Response

from . import snntorch_by_map


def run(path: Path, currents_TBI: FloatArray) -> Response:
    """Run a file of the dialect ``snntorch`` on input currents, tick by tick, in float32."""
    return snntorch_by_map.run(path, currents_TBI, torch.float32)
