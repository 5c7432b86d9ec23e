"""Names for numpy array types.

Shape letters of the whole project: R replica, T tick or task step, B lane of the batch, N hidden neuron, I input,
O output, K task, C core. Names of arrays carry them as a suffix (``weights_NN``) if that helps. Weights are
``[post, pre]``.
"""

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

AnyArray: TypeAlias = npt.NDArray[Any]
FloatArray: TypeAlias = npt.NDArray[np.floating[Any]]
IntArray: TypeAlias = npt.NDArray[np.integer[Any]]
BoolArray: TypeAlias = npt.NDArray[np.bool_]
