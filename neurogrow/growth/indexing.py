"""Indexing along one axis, with different indices for each replica."""

from torch import Tensor


def along(index_RM: Tensor, tensor: Tensor, axis: int) -> Tensor:
    """Return the index expanded along the tensor's other axes, as ``gather`` and ``scatter`` need it."""
    shape, wanted = [1] * tensor.ndim, list(tensor.shape)
    shape[0], shape[axis] = index_RM.shape
    wanted[axis] = index_RM.shape[1]
    return index_RM.view(shape).expand(wanted)


def take(tensor: Tensor, index_RM: Tensor, axis: int) -> Tensor:
    """Return ``tensor[r]`` at ``index_RM[r]`` along ``axis``, for every replica r."""
    return tensor.gather(axis, along(index_RM, tensor, axis))
