"""Pruning: from a trained model to a :class:`~neurogrow.network.GrownNetwork`, and back to a model on the full grid.

Pruning removes weights up to a threshold (the paper counts a connection as active above 1e-2). It then removes the
neurons from which no remaining path leads to an output. Removing these neurons changes no output. Removing weak weights
changes outputs slightly, so later stages report the performance of the pruned network.
"""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import torch
from scipy import sparse
from scipy.sparse import csgraph
from torch import Tensor

from .arrays import BoolArray, FloatArray, IntArray
from .equations import spiking_neurons
from .errors import InputError
from .layout import GridLayout
from .models import GridRNN, RateRNN, SpikingRNN
from .network import (
    ACTIVE_WEIGHT,
    CubaLIFNeurons,
    GrownNetwork,
    RateNeurons,
    SpikeEncoder,
    SpikingNeurons,
)


def prune(
    model: GridRNN,
    threshold: float = ACTIVE_WEIGHT,
    module_N: IntArray | None = None,
    metadata: dict[str, str] | None = None,
    replica: int = 0,
) -> GrownNetwork:
    """Remove weak weights and the neurons that can no longer influence an output.

    Parameters
    ----------
    model
        The trained network. A model class of your own implements :meth:`~neurogrow.models.GridRNN.pruned_neurons`.
    threshold
        Weights (recurrent, input and output) up to this magnitude are removed.
    module_N
        Functional module of every neuron of the grid; the entries of remaining neurons are kept.
    metadata
        Origin of the network, written into its files.
    replica
        Which network of an ensemble.

    Raises
    ------
    InputError
        If the threshold is negative, or leaves no neuron that reaches an output, or the model's class does not say how
        its neurons are pruned.
    """
    if not threshold >= 0:
        raise InputError(f"A pruning threshold is a number that is not negative; {threshold} is not one.")
    W_in, W, W_out = (
        _without_weak(weights[replica], threshold)
        for weights in (model.input_weights_RNI, model.recurrent_weights_RNN, model.output_weights_RON)
    )
    neuron_ids = np.flatnonzero(reaches_output(W, W_out))
    if not len(neuron_ids):
        raise InputError(f"No neuron reaches an output over weights above {threshold}; choose a lower threshold.")
    return GrownNetwork(
        neurons=model.pruned_neurons(replica, neuron_ids),
        input_weights_NI=W_in[neuron_ids],
        recurrent_weights_NN=sparse.csr_array(W[np.ix_(neuron_ids, neuron_ids)]),
        output_weights_ON=W_out[:, neuron_ids],
        hidden_bias_N=_numpy(model.hidden_bias_RN[replica])[neuron_ids],
        output_bias_O=_numpy(model.output_bias_RO[replica]),
        grid=(model.layout.rows, model.layout.cols),
        neuron_id_N=neuron_ids,
        module_N=None if module_N is None else module_N[neuron_ids],
        metadata=(metadata or {}) | {"pruning_threshold": repr(threshold)},
        encoder=model.pruned_encoder(replica),
    )


def reaches_output(recurrent_weights_NN: FloatArray, output_weights_ON: FloatArray) -> BoolArray:
    """Return which neurons have a path of nonzero weights to an output, shape (N,)."""
    n = len(recurrent_weights_NN)
    backwards = np.zeros((n + 1, n + 1), dtype=bool)  # node n stands for all outputs
    backwards[:n, :n] = recurrent_weights_NN != 0
    backwards[n, :n] = (output_weights_ON != 0).any(axis=0)
    visited = csgraph.breadth_first_order(sparse.csr_array(backwards), n, return_predecessors=False)
    reached = np.zeros(n + 1, dtype=bool)
    reached[visited] = True
    return reached[:n]


def restore(network: GrownNetwork) -> GridRNN:
    """Return the network as a model on its full grid, in float64. Neurons that were removed have no weights.

    Neurons of a class of your own implement ``to_model(network) -> GridRNN``, which returns a model with one replica,
    the grid of the network, and the parameters that the neurons hold. The weights and biases of
    :class:`~neurogrow.models.GridRNN` are set here.

    Raises
    ------
    InputError
        If spiking neurons have different thresholds, which the spiking model does not support, or the class of the
        neurons has no ``to_model``.
    """
    model = _model(network).double()
    ids = torch.as_tensor(network.neuron_id_N)
    values_on_grid = {
        model.input_weights_RNI: (network.input_weights_NI, (ids,)),
        model.output_weights_RON: (network.output_weights_ON, (slice(None), ids)),
        model.hidden_bias_RN: (network.hidden_bias_N, (ids,)),
        model.output_bias_RO: (network.output_bias_O, (slice(None),)),
        model.recurrent_weights_RNN: (network.recurrent_weights_NN.toarray(), (ids[:, None], ids[None])),
    }
    with torch.no_grad():
        for parameter, (values, place) in values_on_grid.items():
            parameter.zero_()[0][place] = torch.as_tensor(values, dtype=torch.float64)
        if isinstance(model, SpikingRNN) and isinstance(network.neurons, SpikingNeurons):
            _set_decays(model, ids, network.neurons)
            _set_encoder(model, network.encoder)
    return model


def with_unit_thresholds(network: GrownNetwork) -> GrownNetwork:
    """Return the same network with all thresholds 1: the weights and biases of a neuron are divided by its threshold.

    Raises
    ------
    InputError
        If the neurons are not LIF or current-based LIF neurons.
    """
    neurons, encoder = spiking_neurons(network), network.encoder
    scale_N = 1 / neurons.threshold_N
    if encoder is not None:
        scale_E = 1 / encoder.threshold_E
        encoder = replace(
            encoder,
            weights_EI=scale_E[:, None] * encoder.weights_EI,
            bias_E=scale_E * encoder.bias_E,
            threshold_E=np.ones_like(encoder.threshold_E),
        )
    return replace(
        network,
        neurons=replace(neurons, threshold_N=np.ones_like(neurons.threshold_N)),
        input_weights_NI=scale_N[:, None] * network.input_weights_NI,
        recurrent_weights_NN=sparse.csr_array(network.recurrent_weights_NN.multiply(scale_N[:, None])),
        hidden_bias_N=scale_N * network.hidden_bias_N,
        encoder=encoder,
    )


def _model(network: GrownNetwork) -> GridRNN:
    """Return a model on the full grid of the network, with the parameters of its neurons but other weights."""
    neurons, sizes = network.neurons, (GridLayout(*network.grid), network.n_inputs, network.n_outputs)
    if isinstance(neurons, RateNeurons):
        return RateRNN(*sizes, activation=neurons.activation)
    if isinstance(neurons, SpikingNeurons):
        return _spiking_model(network, neurons)
    name, to_model = type(neurons).__name__, getattr(neurons, "to_model", None)
    if to_model is None:
        raise InputError(f"{name} cannot be put back on a grid; implement {name}.to_model(network) -> GridRNN.")
    convert: Callable[[GrownNetwork], GridRNN] = to_model
    return convert(network)


def _spiking_model(network: GrownNetwork, neurons: SpikingNeurons) -> SpikingRNN:
    thresholds = np.concatenate([neurons.threshold_N, network.encoder.threshold_E if network.encoder else []])
    if np.ptp(thresholds):
        raise InputError(
            "Neurons with different thresholds cannot be put back on a grid; "
            "make them equal with neurogrow.pruning.with_unit_thresholds first."
        )
    return SpikingRNN(
        GridLayout(*network.grid),
        network.n_inputs,
        network.n_outputs,
        substeps=neurons.substeps,
        threshold=float(neurons.threshold_N[0]),
        alpha=0.5 if isinstance(neurons, CubaLIFNeurons) else 0.0,
        encoders=len(network.encoder.bias_E) if network.encoder else 0,
    )


def _set_decays(model: SpikingRNN, ids: Tensor, neurons: SpikingNeurons) -> None:
    model.beta_RN[0, ids] = torch.as_tensor(neurons.beta_N)
    if isinstance(neurons, CubaLIFNeurons):
        model.alpha_RN[0, ids] = torch.as_tensor(neurons.alpha_N)
    model.readout_beta_O.copy_(torch.as_tensor(neurons.readout_beta_O))


def _set_encoder(model: SpikingRNN, encoder: SpikeEncoder | None) -> None:
    if encoder:
        model.encoder_weights_REI[0] = torch.as_tensor(encoder.weights_EI)
        model.encoder_bias_RE[0] = torch.as_tensor(encoder.bias_E)
        model.encoder_beta_RE[0] = torch.as_tensor(encoder.beta_E)


def _without_weak(weights: Tensor, threshold: float) -> FloatArray:
    values = _numpy(weights)
    return np.where(np.abs(values) > threshold, values, 0.0)


def _numpy(tensor: Tensor) -> FloatArray:
    return tensor.detach().cpu().double().numpy()
