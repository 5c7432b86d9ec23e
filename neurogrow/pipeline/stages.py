"""Every stage of a run folder, for tables and tests."""

from typing import Any

from hardware_models.chips.spec import ChipSpec

from .analyzing import ANALYSIS
from .card_stage import CARD
from .drawing import FIGURES
from .emergence import EMERGENCE, EMERGENCE_FIGURE
from .exporting import EXPORT
from .lesions import LESION_FIGURE, LESIONS
from .pruning import PRUNE
from .quantizing import quantize_stage
from .raster import RASTER
from .run_mapping import map_stage
from .spikes import SPIKES
from .stage import Stage
from .transfer import TRANSFER, TRANSFER_FIGURE


def all_stages(chips: tuple[ChipSpec, ...] = (), bits: tuple[int, ...] = (8, 4)) -> list[Stage[Any]]:
    """Return every stage of a run folder, with a stage for each of these chips and numbers of bits."""
    return [
        *(ANALYSIS, RASTER, FIGURES, LESIONS, LESION_FIGURE, TRANSFER, TRANSFER_FIGURE, EMERGENCE, EMERGENCE_FIGURE),
        *(PRUNE, SPIKES, EXPORT, CARD),
        *(quantize_stage(number) for number in bits),
        *(map_stage(chip) for chip in chips),
    ]
