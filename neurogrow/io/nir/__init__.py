"""The one reader of NIR files: any tool's file, with the size of every node. No torch here.

A file is read if it determines a network, whether or not its declared shapes pass the type check of the `nir` package.
The steps, one module each:

1. :mod:`~neurogrow.io.nir.weights` reads arrays from HDF5, large sparse matrices as sparse ones;
2. :mod:`~neurogrow.io.nir.nodes` makes nodes of them, of older versions of the format too;
3. :mod:`~neurogrow.io.nir.flat` takes subgraphs apart and gives every node a name of its own;
4. :mod:`~neurogrow.io.nir.sizes` finds the size of every node;
5. :mod:`~neurogrow.io.nir.invented` finds the inputs and outputs that the `nir` package has added.

Reference: J. E. Pedersen et al., "Neuromorphic intermediate representation: A unified instruction set for interoperable
brain-inspired computing", Nature Communications 15, 8122 (2024), doi:10.1038/s41467-024-52259-9.
"""

from .flat import Links, flatten, links
from .invented import invented_inputs
from .kernels import Shape, convolution_shape, flattened_shape, spread_padding, with_axes
from .nodes import SILENT, SPIKING
from .reading import read_graph
from .sizes import set_sizes, size_of

__all__ = [
    "SILENT",
    "SPIKING",
    "Links",
    "Shape",
    "convolution_shape",
    "flatten",
    "flattened_shape",
    "invented_inputs",
    "links",
    "read_graph",
    "set_sizes",
    "size_of",
    "spread_padding",
    "with_axes",
]
