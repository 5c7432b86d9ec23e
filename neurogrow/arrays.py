"""Names for numpy array types.

Shape letters used throughout the project: R replica, T tick, B lane of the batch, N hidden neuron, I input, O output,
K task, C core. They are suffixes where that helps (``weights_NN``). Weights are ``[post, pre]``.
"""

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

AnyArray: TypeAlias = npt.NDArray[Any]
FloatArray: TypeAlias = npt.NDArray[np.floating[Any]]
IntArray: TypeAlias = npt.NDArray[np.integer[Any]]
BoolArray: TypeAlias = npt.NDArray[np.bool_]
