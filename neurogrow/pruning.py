"""From a trained model to what is left of it: a :class:`~neurogrow.network.GrownNetwork`, and back onto its grid.

Weights up to a threshold are removed (the paper counts a connection as active above 1e-2), then the neurons from which
no remaining path leads to an output. Removing those neurons changes nothing; removing weak weights changes the network
a little, so the performance of the pruned network is what counts from here on.
"""

from dataclasses import replace

import numpy as np
import torch
from scipy import sparse
from scipy.sparse import csgraph
from torch import Tensor

from .arrays import BoolArray, FloatArray, IntArray
from .errors import InputError
from .layout import GridLayout
from .models import GridRNN, RateRNN, SpikingRNN
from .network import (
    ACTIVE_WEIGHT,
    CubaLIFNeurons,
    GrownNetwork,
    LIFNeurons,
    NeuronModel,
    RateNeurons,
    SpikeEncoder,
    SpikingNeurons,
)
from .tasks import TICK


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
        The trained network.
    threshold
        Weights (recurrent, input and output) up to this magnitude are removed.
    module_N
        Functional module of every neuron of the grid, kept for the neurons that stay.
    metadata
        Where the network comes from, for whoever reads its file.
    replica
        Which network of an ensemble.

    Raises
    ------
    InputError
        If the threshold is negative, or leaves no neuron that reaches an output.
    """
    if not threshold >= 0:
        raise InputError(f"A pruning threshold is a number that is not negative; {threshold} is not one.")
    W_in, W, W_out = (
        _without_weak(weights[replica], threshold)
        for weights in (model.input_weights_RNI, model.recurrent_weights_RNN, model.output_weights_RON)
    )
    kept = np.flatnonzero(reaches_output(W, W_out))
    if not len(kept):
        raise InputError(f"No neuron reaches an output over weights above {threshold}; choose a lower threshold.")
    return GrownNetwork(
        neurons=_neurons(model, replica, kept),
        input_weights_NI=W_in[kept],
        recurrent_weights_NN=sparse.csr_array(W[np.ix_(kept, kept)]),
        output_weights_ON=W_out[:, kept],
        hidden_bias_N=_numpy(model.hidden_bias_RN[replica])[kept],
        output_bias_O=_numpy(model.output_bias_RO[replica]),
        grid=(model.layout.rows, model.layout.cols),
        neuron_id_N=kept,
        module_N=None if module_N is None else module_N[kept],
        metadata=(metadata or {}) | {"pruning_threshold": repr(threshold)},
        encoder=_encoder(model, replica),
    )


def reaches_output(recurrent_weights_NN: FloatArray, output_weights_ON: FloatArray) -> BoolArray:
    """Return which neurons have a path of nonzero weights to an output, shape (N,)."""
    n = len(recurrent_weights_NN)
    backwards = np.zeros((n + 1, n + 1), dtype=bool)  # node n stands for all outputs
    backwards[:n, :n] = recurrent_weights_NN != 0
    backwards[n, :n] = (output_weights_ON != 0).any(axis=0)
    found = csgraph.breadth_first_order(sparse.csr_array(backwards), n, return_predecessors=False)
    reached = np.zeros(n + 1, dtype=bool)
    reached[found] = True
    return reached[:n]


def restore(network: GrownNetwork) -> GridRNN:
    """Return the network as a model on its full grid; neurons that were removed have no weights. In float64.

    Raises
    ------
    InputError
        If neurons have thresholds of their own, which the spiking model does not have.
    """
    model = _blank(network).double()
    ids = torch.as_tensor(network.neuron_id_N)
    grid_of = {
        model.input_weights_RNI: (network.input_weights_NI, (ids,)),
        model.output_weights_RON: (network.output_weights_ON, (slice(None), ids)),
        model.hidden_bias_RN: (network.hidden_bias_N, (ids,)),
        model.output_bias_RO: (network.output_bias_O, (slice(None),)),
        model.recurrent_weights_RNN: (network.recurrent_weights_NN.toarray(), (ids[:, None], ids[None])),
    }
    with torch.no_grad():
        for parameter, (values, place) in grid_of.items():
            parameter.zero_()[0][place] = torch.as_tensor(values, dtype=torch.float64)
        if isinstance(model, SpikingRNN) and isinstance(network.neurons, SpikingNeurons):
            _set_decays(model, ids, network.neurons)
            _set_encoder(model, network.encoder)
    return model


def with_unit_thresholds(network: GrownNetwork) -> GrownNetwork:
    """Return the same network with all thresholds 1: what arrives at a neuron is divided by its threshold.

    Raises
    ------
    InputError
        If it is a rate network.
    """
    neurons, encoder = network.neurons, network.encoder
    if not isinstance(neurons, LIFNeurons | CubaLIFNeurons):
        raise InputError("This is a rate network; a spiking network is needed here.")
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


def _blank(network: GrownNetwork) -> GridRNN:
    sizes = (GridLayout(*network.grid), network.n_inputs, network.n_outputs)
    neurons = network.neurons
    if isinstance(neurons, RateNeurons):
        return RateRNN(*sizes, activation=neurons.activation)
    thresholds = np.concatenate([neurons.threshold_N, network.encoder.threshold_E if network.encoder else []])
    if np.ptp(thresholds):
        raise InputError(
            "Neurons with thresholds of their own cannot be put back on a grid; scale their weights first."
        )
    return SpikingRNN(
        *sizes,
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


def _neurons(model: GridRNN, replica: int, kept: IntArray) -> NeuronModel:
    if isinstance(model, SpikingRNN):
        alpha_RN, shared = model.synaptic_decay_RN, (model.substeps, TICK / model.substeps)
        beta_N, threshold_N = _numpy(model.membrane_decay_RN[replica])[kept], np.full(len(kept), model.threshold)
        common = (beta_N, threshold_N, _numpy(model.readout_beta_O), *shared)
        return LIFNeurons(*common) if alpha_RN is None else CubaLIFNeurons(*common, _numpy(alpha_RN[replica])[kept])
    if isinstance(model, RateRNN):
        return RateNeurons(model.activation)
    raise InputError(f"A {type(model).__name__} has no pruned form.")


def _encoder(model: GridRNN, replica: int) -> SpikeEncoder | None:
    if not (isinstance(model, SpikingRNN) and model.encoders):
        return None
    weights_EI, bias_E = _numpy(model.encoder_weights_REI[replica]), _numpy(model.encoder_bias_RE[replica])
    return SpikeEncoder(
        weights_EI, bias_E, _numpy(model.encoder_beta_RE[replica]), np.full(len(bias_E), model.threshold)
    )


def _without_weak(weights: Tensor, threshold: float) -> FloatArray:
    values = _numpy(weights)
    return np.where(np.abs(values) > threshold, values, 0.0)


def _numpy(tensor: Tensor) -> FloatArray:
    return tensor.detach().cpu().double().numpy()
