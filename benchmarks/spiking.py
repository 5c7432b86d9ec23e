"""Forward and backward pass of a spiking network, compared with snnTorch's modules and SpikingJelly's multi-step mode.

    python benchmarks/spiking.py [--side 20] [--lanes 64] [--ticks 500] [--repeats 5] [--threads 2] [--device cuda]

All three compute the same network with the same weights: LIF neurons with recurrent weights, reset to zero, the
arctangent surrogate, a leaky readout, and 5 ticks per task step. snnTorch's modules are those of
``SpikingRNN.to_snntorch``. SpikingJelly's (``pip install spikingjelly``) are its recurrent container and nodes, in
multi-step mode. Every value is a median over repeats, in which the sides alternate. Memory is the peak of a separate
process, minus that of a process which only builds the network.
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import torch
from timing import machine, medians
from torch import Tensor, nn

from neurogrow.layout import GridLayout
from neurogrow.models import SpikingRNN

SUBSTEPS, N_INPUTS, N_OUTPUTS = 5, 53, 17
TARGETS = {"speedup_snntorch": 3.0, "speedup_spikingjelly": 1.0}
"""How many times faster than each it should be at least."""
SIDES = ("neurogrow", "neurogrow_bf16", "snntorch", "spikingjelly")


class SpikingJellyNetwork(nn.Module):
    """The same network with SpikingJelly's modules. Its container steps the neurons through all ticks."""

    def __init__(self, model: SpikingRNN) -> None:
        super().__init__()
        from spikingjelly.activation_based import functional, layer, neuron, surrogate

        self.rest = functional.reset_net
        plain = model.to_snntorch()
        self.input, self.recurrent, self.output = plain.input, plain.recurrent, plain.output
        lif = neuron.LIFNode(
            tau=1 / (1 - float(model.beta_RN[0, 0])),
            decay_input=False,
            v_threshold=model.threshold,
            surrogate_function=surrogate.ATan(model.slope),
        )
        self.hidden = layer.ElementWiseRecurrentContainer(lif, lambda y, x: x + self.recurrent(y), step_mode="m")
        self.readout = neuron.NonSpikingLIFNode(tau=1 / (1 - float(model.readout_beta_O[0])))

    def forward(self, inputs_TBI: Tensor) -> Tensor:
        """Return logits (T, B, O) at task steps, from rest."""
        self.rest(self)
        spikes_TBN = self.hidden(self.input(inputs_TBI).repeat_interleave(SUBSTEPS, 0))
        return torch.stack(list(self.readout(self.output(spikes_TBN))[SUBSTEPS - 1 :: SUBSTEPS]))


def built(
    which: str, side: int, lanes: int, ticks: int, device: str
) -> tuple[Callable[[], Tensor], Callable[[], Tensor]]:
    """Return the logits of one side, and its gradient of W after a forward and a backward pass."""
    model = SpikingRNN(
        *(GridLayout(side, side), N_INPUTS, N_OUTPUTS),
        substeps=SUBSTEPS,
        surrogate="atan",
        slope=2.0,
        products=torch.bfloat16 if which == "neurogrow_bf16" else None,
    )
    generator = torch.Generator().manual_seed(0)
    inputs_TBI = torch.rand(ticks // SUBSTEPS, lanes, N_INPUTS, generator=generator).to(device)
    weight_TBO = torch.randn(ticks // SUBSTEPS, lanes, N_OUTPUTS, generator=generator).to(device)
    with torch.no_grad():
        model.input_weights_RNI.mul_(0.5)

    if which == "snntorch":
        network = model.to_snntorch().to(device)
        logits, weights = (lambda: network(inputs_TBI)[0]), network.recurrent.weight
    elif which == "spikingjelly":
        network = SpikingJellyNetwork(model).to(device)
        logits, weights = (lambda: network(inputs_TBI)), network.recurrent.weight
    else:
        network = model.to(device)
        logits, weights = (lambda: model(inputs_TBI).logits_RTBO[0]), model.recurrent_weights_RNN

    def both_ways() -> Tensor:
        network.zero_grad()
        (logits() * weight_TBO).sum().backward()
        gradient = weights.grad.view(side * side, -1).cpu()  # waits for a GPU
        return gradient.clone()

    return logits, both_ways


def peak_memory(which: str, sizes: tuple[int, int, int], device: str, passes: int) -> float:
    """Return the peak memory in MiB of a process with this many passes: resident memory (Linux), or GPU memory."""
    command = [sys.executable, __file__, "--peak-of", which, "--passes", str(passes), "--device", device]
    named = [f"--{name}={value}" for name, value in zip(("side", "lanes", "ticks"), sizes, strict=True)]
    return float(subprocess.run([*command, *named], check=True, capture_output=True, text=True).stdout)


def print_own_peak(which: str, sizes: tuple[int, int, int], device: str, passes: int) -> None:
    _, both_ways = built(which, *sizes, device)
    for _ in range(passes):
        both_ways()
    if device != "cpu":
        print(torch.cuda.max_memory_allocated() / 2**20)
        return
    status = Path("/proc/self/status").read_text().splitlines()  # ru_maxrss includes the peak of the parent
    print(next(int(line.split()[1]) / 1024 for line in status if line.startswith("VmHWM")))


def measure(sizes: tuple[int, int, int], device: str, repeats: int) -> dict[str, object]:
    sides = {which: built(which, *sizes, device) for which in SIDES}
    times = medians({which: both_ways for which, (_, both_ways) in sides.items()}, repeats)
    forward = medians({which: logits for which, (logits, _) in sides.items()}, min(repeats, 3))
    ours = sides["neurogrow"][1]()
    differences = {which: float((both() - ours).norm() / ours.norm()) for which, (_, both) in sides.items()}
    peaks = {which: peak_memory(which, sizes, device, 2) - peak_memory(which, sizes, device, 0) for which in SIDES}
    return {
        "setting": dict(zip(("side", "lanes", "ticks"), sizes, strict=True)) | {"repeats": repeats} | machine(),
        "speedup_snntorch": times["snntorch"] / times["neurogrow"],
        "speedup_spikingjelly": times["spikingjelly"] / times["neurogrow"],
        "memory_over_snntorch": peaks["neurogrow"] / peaks["snntorch"],
        "memory_over_spikingjelly": peaks["neurogrow"] / peaks["spikingjelly"],
        "details": {
            "forward_and_backward_ms": times,
            "forward_with_graph_ms": forward,
            "peak_mib": peaks,
            "gradient_of_w_relative_difference": differences,
        },
    }


def show(result: dict[str, object]) -> None:
    print(", ".join(f"{name} {value}" for name, value in result["setting"].items()))
    for name in ("speedup_snntorch", "speedup_spikingjelly"):
        reached = "reached" if result[name] >= TARGETS[name] else "MISSED"
        print(f"{name:28s} {result[name]:9.2f}   {reached:8s} ({TARGETS[name]:g})")
    for name in ("memory_over_snntorch", "memory_over_spikingjelly"):
        print(f"{name:28s} {result[name]:9.2f}")
    for name, values in result["details"].items():
        print(f"    {name:34s} " + "  ".join(f"{part} {number:.4g}" for part, number in values.items()))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name, default in {"side": 20, "lanes": 64, "ticks": 500, "repeats": 5, "threads": 2, "passes": 0}.items():
        parser.add_argument(
            f"--{name}", type=int, default=default, help=argparse.SUPPRESS if name == "passes" else None
        )
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--peak-of", choices=SIDES, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    sizes = (arguments.side, arguments.lanes, arguments.ticks)
    if arguments.peak_of:
        return print_own_peak(arguments.peak_of, sizes, arguments.device, arguments.passes)
    result = measure(sizes, arguments.device, arguments.repeats)
    if arguments.json:
        print(json.dumps(result, indent=2))
    else:
        show(result)
    return None


if __name__ == "__main__":
    main()
