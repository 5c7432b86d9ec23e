"""Write grown networks to NIR and ONNX, read NIR files of any tool, and measure parity in every installed reader.

The public names are those of ``__all__``. A name is imported when it is first used, so ``import export`` loads no
torch.

Examples
--------
Write a network, and read it back (``network`` is a spiking :class:`neurogrow.network.GrownNetwork`)::

    import export

    export.write_nir(network, "network.nir")
    export.measure_nir("network.nir", inputs_TBI).readers  # spike bins that differ, for each reader
    export.import_nir("network.nir").network
"""

from typing import TYPE_CHECKING

from neurogrow._internal.lazy import lazily

if TYPE_CHECKING:
    from .nir.dialects import DIALECTS, Dialect, find_dialect, write_dialect
    from .nir.graph import read_graph, read_nir, to_nir, write_graph, write_nir
    from .nir.importing import Imported, import_nir, trainable
    from .nir.modular import to_modular_nir, write_modular_nir
    from .nir.reference import simulate
    from .nir.semantics import NIR_EULER, Rule, Semantics
    from .onnx.model import OnnxRun, run_onnx, to_onnx, write_onnx
    from .onnx.parity import OnnxParity, measure_onnx
    from .parity import NirParity, ReaderParity, measure_nir, write_parity
    from .quantized_files import write_quantized
    from .readers import READERS, Reader

__all__ = [
    "DIALECTS",
    "NIR_EULER",
    "READERS",
    "Dialect",
    "Imported",
    "NirParity",
    "OnnxParity",
    "OnnxRun",
    "Reader",
    "ReaderParity",
    "Rule",
    "Semantics",
    "find_dialect",
    "import_nir",
    "measure_nir",
    "measure_onnx",
    "read_graph",
    "read_nir",
    "run_onnx",
    "simulate",
    "to_modular_nir",
    "to_nir",
    "to_onnx",
    "trainable",
    "write_dialect",
    "write_graph",
    "write_modular_nir",
    "write_nir",
    "write_onnx",
    "write_parity",
    "write_quantized",
]

__getattr__ = lazily(
    __name__,
    "nir.graph",
    "nir.semantics",
    "nir.dialects",
    "nir.modular",
    "nir.reference",
    "readers",
    "onnx.model",
    "onnx.parity",
    "parity",
    "quantized_files",
    "nir.importing",
)
