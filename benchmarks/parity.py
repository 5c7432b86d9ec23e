"""Parity of random recurrent networks, written as NIR and ONNX, in every installed reader.

    python benchmarks/parity.py [--networks 20] [--ticks 1000] [--readers numpy,snntorch,norse]

Networks have 5 to 500 neurons, each with different time constants. LIF and CubaLIF networks alternate, and every fourth
network has an encoder. Some readers need equal time constants or support CubaLIF only. They get the same networks with
equal time constants or with CubaLIF neurons. Their weights are smaller if a neuron can spike several times per tick,
because activity in loops could otherwise grow without bound.

Each row counts the bins (one neuron in one tick) in which the reader's spikes differ from the reference. The reference
is the network itself for readers with the semantics of NIR, and a simulation of the reader's semantics for the others.
For the others, the row also counts the differences between this simulation and the network. A second table repeats this
for the pretrained networks of the package, on trials of their tasks.
"""

import argparse
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from scipy import sparse

from export.nir.dialects import DIALECTS, write_dialect
from export.nir.graph import to_nir, write_nir
from export.onnx.model import run_onnx, write_onnx
from export.onnx.parity import measure_onnx
from export.parity import own_reference
from export.readers import ToolReader, find_readers
from neurogrow.arrays import FloatArray
from neurogrow.equations import rate_reference, spiking_reference
from neurogrow.errors import InputError
from neurogrow.network import CubaLIFNeurons, GrownNetwork, LIFNeurons, RateNeurons, SpikeEncoder, SpikingNeurons
from neurogrow.pruning import prune
from neurogrow.response import Response
from neurogrow.tasks import TaskStream
from neurogrow.training.build import build_tasks
from neurogrow.training.pretrained import find_run, pretrained_names

INPUTS, OUTPUTS = 6, 4


@dataclass
class Count:
    """Counts of one reader over all networks."""

    networks: int = 0
    bins: int = 0
    spikes: int = 0
    differing: int = 0
    to_network: int = 0
    readout: float = 0.0
    seconds: float = 0.0


def sizes(networks: int) -> list[int]:
    """Return numbers of neurons from 5 to 500, at equal ratios."""
    return [round(size) for size in np.geomspace(5, 500, networks)]


def random_network(size: int, seed: int, *, cuba: bool = False, encoder: bool = False) -> GrownNetwork:
    """Return a random recurrent spiking network with different time constants and thresholds for each neuron."""
    rng, side = np.random.default_rng(seed), int(np.ceil(np.sqrt(size)))
    common = (rng.uniform(0.5, 0.97, size), rng.uniform(0.8, 1.3, size) * (2 if cuba else 1), rng.uniform(0.6, 0.9, 4))
    timed = (*common, 1, 1e-3)
    return GrownNetwork(
        neurons=CubaLIFNeurons(*timed, rng.uniform(0.2, 0.8, size)) if cuba else LIFNeurons(*timed),
        input_weights_NI=rng.normal(scale=0.5, size=(size, 8 if encoder else INPUTS)),
        recurrent_weights_NN=random_weights(rng, size),
        output_weights_ON=rng.normal(size=(OUTPUTS, size)),
        hidden_bias_N=rng.normal(scale=0.05, size=size),
        output_bias_O=rng.normal(size=OUTPUTS),
        grid=(side, side),
        neuron_id_N=np.arange(size),
        encoder=random_encoder(rng) if encoder else None,
    )


def random_weights(rng: np.random.Generator, size: int, gain: float = 1.0) -> sparse.csr_array:
    """Return sparse weights whose product with independent activity has ``gain`` times the activity's variance."""
    density = min(1.0, max(0.1, 5 / size))
    pattern = sparse.random_array((size, size), density=density, rng=rng, format="csr")
    pattern.data = rng.normal(scale=gain / np.sqrt(density * size), size=pattern.nnz)
    return sparse.csr_array(pattern)


def random_encoder(rng: np.random.Generator) -> SpikeEncoder:
    """Return eight neurons that turn inputs into spikes."""
    return SpikeEncoder(
        rng.normal(scale=0.5, size=(8, INPUTS)),
        rng.normal(scale=0.1, size=8),
        rng.uniform(0.5, 0.95, 8),
        rng.uniform(0.8, 1.3, 8),
    )


def fitted(network: GrownNetwork, reader: ToolReader, seed: int) -> GrownNetwork:
    """Return the network, or the most similar network that the reader supports."""
    if reader.name == "rockpool":
        network = random_network(network.n_neurons, seed, cuba=True)
        return replace(
            network,
            neurons=replace(network.neurons, readout_beta_O=np.full(OUTPUTS, 0.8)),
            recurrent_weights_NN=network.recurrent_weights_NN * 0.15,
        )
    if reader.name != "spikingjelly":
        return network
    neurons, encoder = network.neurons, network.encoder
    assert isinstance(neurons, SpikingNeurons)  # noqa: S101
    uniform = {"beta_N": np.full(network.n_neurons, 0.85)}
    if isinstance(neurons, CubaLIFNeurons):
        uniform["alpha_N"] = np.full(network.n_neurons, 0.6)
    one = encoder and replace(encoder, beta_E=np.full(len(encoder.beta_E), 0.8))
    return replace(network, neurons=replace(neurons, **uniform), encoder=one)


def spiking_networks(networks: int) -> Iterator[tuple[int, GrownNetwork]]:
    """Yield seeds and networks of 5 to 500 neurons."""
    for seed, size in enumerate(sizes(networks)):
        yield seed, random_network(size, seed, cuba=seed % 2 == 1, encoder=seed % 4 >= 2)


def measure(reader: ToolReader, network: GrownNetwork, currents_TBI: FloatArray, folder: Path) -> Count:
    """Run one network in one reader."""
    dialect = DIALECTS[reader.dialect] if reader.dialect else None
    path = folder / "network.nir"
    if dialect:
        write_dialect(to_nir(network), dialect, path)
    else:
        write_nir(network, path)
    own = spiking_reference(network, currents_TBI)
    reference = own if dialect is None or dialect.exact else own_reference(path, currents_TBI, dialect)
    begin = time.perf_counter()
    given = reader.run(path, currents_TBI)
    return counted(given, reference, own, time.perf_counter() - begin)


def counted(given: Response, reference: Response, own: Response, seconds: float) -> Count:
    """Count the differing bins."""
    return Count(
        networks=1,
        bins=reference.spikes_TBN.size,
        spikes=int(reference.spikes_TBN.sum()),
        differing=int((given.spikes_TBN != reference.spikes_TBN).sum()),
        to_network=int((given.spikes_TBN != own.spikes_TBN).sum()),
        readout=float(np.abs(given.readout_TBO - reference.readout_TBO).max()),
        seconds=seconds,
    )


def add(total: Count, one: Count) -> None:
    """Add one network to a reader's count."""
    for name in ("networks", "bins", "spikes", "differing", "to_network", "seconds"):
        setattr(total, name, getattr(total, name) + getattr(one, name))
    total.readout = max(total.readout, one.readout)


def spiking_rows(networks: int, ticks: int, readers: list[ToolReader]) -> dict[str, Count]:
    """Run every network in every reader, and as ONNX in onnxruntime."""
    counts: dict[str, Count] = defaultdict(Count)
    with tempfile.TemporaryDirectory() as folder:
        for seed, network in spiking_networks(networks):
            currents_TBI = np.random.default_rng(seed).normal(size=(ticks, 1, INPUTS))
            for reader in readers:
                add(counts[reader.name], measure(reader, fitted(network, reader, seed), currents_TBI, Path(folder)))
            own, begin = spiking_reference(network, currents_TBI), time.perf_counter()
            run = run_onnx(write_onnx(network, Path(folder) / "network.onnx"), currents_TBI)
            given = Response(run.spikes_TBN, run.logits_TBO)
            add(counts["onnxruntime"], counted(given, own, own, time.perf_counter() - begin))
            print(f"{network.n_neurons} neurons done", file=sys.stderr)
    return counts


def rate_differences(networks: int, ticks: int) -> dict[str, tuple[float, float]]:
    """Return the largest difference of logits to float64, and the largest logit, by activation, over rate networks."""
    found: dict[str, tuple[float, float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        for activation in ("relu", "tanh", "softplus"):
            differences, logits = [0.0], [0.0]
            for seed, size in enumerate(sizes(networks)):
                rng = np.random.default_rng(seed)
                network = replace(
                    random_network(size, seed),
                    neurons=RateNeurons(activation),
                    recurrent_weights_NN=random_weights(rng, size, gain=0.7),
                    output_weights_ON=rng.normal(size=(OUTPUTS, size)) / np.sqrt(size),
                )
                inputs_TBI = rng.normal(size=(ticks, 1, INPUTS))
                reference_TBO = rate_reference(network, inputs_TBI)[0]
                run = run_onnx(write_onnx(network, Path(folder) / "network.onnx"), inputs_TBI)
                differences.append(float(np.abs(run.logits_TBO - reference_TBO).max()))
                logits.append(float(np.abs(reference_TBO).max()))
            found[activation] = (max(differences), max(logits))
    return found


def grown_differences(ticks: int, readers: list[ToolReader]) -> Iterator[str]:
    """Yield a row for each pretrained network in each reader, on eight lanes of trials."""
    for name in pretrained_names():
        run = find_run(name)
        network, tasks = prune(run.load_model()), build_tasks(run.config)
        spiking = isinstance(network.neurons, SpikingNeurons)
        substeps = network.neurons.substeps if isinstance(network.neurons, SpikingNeurons) else 1
        inputs_TBI = TaskStream(tasks, 8, ticks // substeps, seed=1).next_batch().inputs_TBI.double().numpy()
        with tempfile.TemporaryDirectory() as folder:
            for reader in readers if spiking else []:
                try:
                    count = measure(reader, network, inputs_TBI.repeat(substeps, 0), Path(folder))
                except InputError as error:
                    yield f"{name} in {reader.name}: refused, {error}"
                    continue
                yield f"{name} in {reader.name}: {count.differing:,} of {count.bins:,} bins, {count.spikes:,} spikes"
            found = measure_onnx(write_onnx(network, Path(folder) / "network.onnx"), network, inputs_TBI)
        if spiking:
            yield f"{name} in onnxruntime: {found.differing_bins:,} of {found.bins:,} bins"
        else:
            yield (
                f"{name} in onnxruntime: rates to {found.max_activity_difference:.1e}, "
                f"logits to {found.max_logits_difference:.1e} at up to {found.max_logit:.3g}"
            )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--networks", type=int, default=20)
    parser.add_argument("--ticks", type=int, default=1000)
    parser.add_argument("--readers", default=",".join(find_readers(None)), help="names of readers, separated by commas")
    options = parser.parse_args()
    known = find_readers(None)
    chosen = [reader for name, reader in known.items() if name in options.readers]
    for reader in chosen:
        if reader.missing:
            print(f"{reader.name}: not run, {', '.join(reader.missing)} not installed")
    counts = spiking_rows(options.networks, options.ticks, [reader for reader in chosen if not reader.missing])
    print(f"{options.networks} networks of 5 to 500 neurons, {options.ticks} ticks")
    print("reader             semantics   differing bins             spikes   readout    to the network    seconds")
    for name, count in counts.items():
        dialect = known[name].dialect if name in known else None
        semantics = DIALECTS[dialect].semantics.name if dialect else "nir-euler"
        share = f"{count.to_network / count.bins:.3%} of bins" if semantics != "nir-euler" else "-"
        print(
            f"{name:<18} {semantics:<11} {count.differing:>6,} of {count.bins:>10,} {count.spikes:>10,} "
            f"{count.readout:>9.1e} {share:>17} {count.seconds:>10.1f}"
        )
    for activation, (difference, logit) in rate_differences(options.networks, options.ticks).items():
        print(f"onnxruntime, rate networks, {activation}: {difference:.1e} at logits up to {logit:.3g}")
    for line in grown_differences(options.ticks, [reader for reader in chosen if not reader.missing]):
        print(line)


if __name__ == "__main__":
    main()
