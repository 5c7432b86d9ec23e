"""The update of weights as one CUDA graph, which launches a thousand small kernels in a single call."""

import warnings

import torch
from torch import Tensor

from .state import TrainingState
from .step import rearrange, set_schedules, train_step, update

WARM_UP = 3
"""Ordinary steps before the capture. In them, libraries choose kernels and allocate memory."""


class CapturedStep:
    """A step of training on a GPU whose update is replayed from a CUDA graph.

    On other devices, and after a capture that failed (with a warning), it is the ordinary :func:`train_step`.
    A stream of trials without a torch generator is not captured, because a replay would draw the same trials again.

    Batches are drawn inside the graph, from the stream's own generator. Swaps, and the search for neurons without
    influence, stay outside: they are rare, and they depend on values. When the number of computed neurons changes, the
    update is captured again.
    """

    def __init__(self, state: TrainingState) -> None:
        self._state = state
        self._graph: torch.cuda.CUDAGraph | None = None
        self._neurons: Tensor | None = None
        self._measured: dict[str, Tensor] = {}
        self._ordinary_steps = WARM_UP
        self._usable = state.device.type == "cuda" and state.stream.generator is not None

    def __call__(self) -> dict[str, Tensor]:
        """Take one step. Returns what :func:`train_step` returns; it is valid until the next call."""
        if not self._usable:
            return train_step(self._state)
        self._follow_active_neurons()
        if self._graph is None and self._ordinary_steps:
            self._ordinary_steps -= 1
            return self._step_on_own_stream()
        if self._graph is None:
            self._capture()
        if self._graph is None:
            return train_step(self._state)
        state = self._state
        set_schedules(state)
        self._graph.replay()
        state.step += 1
        rearrange(state)
        return self._measured

    def _step_on_own_stream(self) -> dict[str, Tensor]:
        """Take an ordinary step on a CUDA stream of its own, as a capture does."""
        stream = torch.cuda.Stream()  # type: ignore[no-untyped-call]
        stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(stream):
            measured = train_step(self._state)
        torch.cuda.current_stream().wait_stream(stream)
        return measured

    def _capture(self) -> None:
        state, graph = self._state, torch.cuda.CUDAGraph()
        state.optimiser.zero_grad(set_to_none=True)
        try:
            graph.register_generator_state(state.stream.generator)
            with torch.cuda.graph(graph):
                self._measured = update(state)
        except RuntimeError as error:
            warnings.warn(f"Steps are not captured as a CUDA graph: {error}", RuntimeWarning, stacklevel=2)
            self._usable = False
            return
        self._graph, self._neurons = graph, state.neurons_RM

    def _follow_active_neurons(self) -> None:
        """Copy the present active neurons into the graph, or drop the graph if their number has changed."""
        now, captured = self._state.neurons_RM, self._neurons
        if self._graph is None or now is captured:
            return
        if now is not None and captured is not None and now.shape == captured.shape:
            self._state.neurons_RM = captured.copy_(now)
            return
        self._graph, self._ordinary_steps = None, WARM_UP
