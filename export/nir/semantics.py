"""Semantics of NIR files: the rules by which a reader computes a tick. Those of neurogrow are "nir-euler".

NIR writes neurons as differential equations and does not say how they become ticks. Readers differ in how a state
decays, how its input is scaled, how a spike resets the membrane, how many spikes a tick can hold, and in which tick a
spike leaves. With these rules a file can be checked spike for spike in any reader.
"""

import math
from dataclasses import dataclass, field
from typing import Literal

Decay = Literal["euler", "exponential"]
"""Factor of a state after one tick: 1 - dt / tau, or exp(-dt / tau)."""
Gain = Literal["nir", "one", "decay"]
"""Factor of the input: (dt / tau) times the node's gain, 1, or the decay (input decays at once)."""
Reset = Literal["to v_reset", "subtract", "subtract next tick"]
"""Effect of a spike: v <- v_reset; v <- v - threshold; or that subtraction one tick later, after the decay."""


@dataclass(frozen=True)
class Rule:
    """How one kind of neuron is stepped. The defaults are NIR's equations by one forward Euler step a tick."""

    decay: Decay = "euler"
    gain: Gain = "nir"
    """Factor of the membrane's input. v_leak is scaled by dt / tau only if this is ``"nir"``."""
    current_gain: Gain = "nir"
    """Factor of the synaptic current's input."""
    reset: Reset = "to v_reset"
    many_spikes: bool = False
    """If true, floor(v / threshold) spikes at v >= threshold; otherwise one spike at v > threshold."""
    most_spikes: float = math.inf
    """Most spikes of a neuron in a tick."""


@dataclass(frozen=True)
class Semantics:
    """The rules by which a reader runs a graph."""

    name: str
    lif: Rule = field(default_factory=Rule)
    cuba_lif: Rule = field(default_factory=Rule)
    li: Rule = field(default_factory=Rule)
    kinds: tuple[str, ...] = ("LIF", "CubaLIF")
    """The types of neurons that the reader knows."""
    late: bool = False
    """Whether spikes leave a neuron one tick after its membrane reached the threshold."""

    @property
    def words(self) -> str:
        """The rules in words, once if they are the same for all types of neurons."""
        rules = {"LIF": self.lif, "CubaLIF": self.cuba_lif}
        described = {kind: _in_words(rules[kind]) for kind in self.kinds}
        same = len(self.kinds) > 1 and len(set(described.values())) == 1
        words = described["LIF"] if same else "; ".join(f"{kind}: {text}" for kind, text in described.items())
        return words + ("; spikes leave a tick later" if self.late else "")


def _in_words(rule: Rule) -> str:
    decays = {"euler": "1 - dt/tau", "exponential": "exp(-dt/tau)"}
    gains = {"nir": "by gain dt/tau", "one": "as it is", "decay": "decays at once"}
    current = "" if rule.current_gain == rule.gain else f" (into a current: {gains[rule.current_gain]})"
    resets = {
        "to v_reset": "reset to v_reset",
        "subtract": "reset by subtraction",
        "subtract next tick": "reset by subtraction a tick later",
    }
    spikes = "several spikes a tick, at v >= threshold" if rule.many_spikes else "one spike, at v > threshold"
    return f"decay {decays[rule.decay]}, input {gains[rule.gain]}{current}, {resets[rule.reset]}, {spikes}"


NIR_EULER = Semantics("nir-euler")
"""NIR's equations by one forward Euler step of dt per tick; a spike resets in its own tick. neurogrow trains these."""

ROCKPOOL = Semantics(
    "rockpool",
    cuba_lif=Rule("exponential", "one", "decay", "subtract", many_spikes=True, most_spikes=2**16),
    li=Rule("exponential", "decay"),
    kinds=("CubaLIF",),
)
"""i <- alpha (i + S); v <- beta v + i; n = floor(v / threshold); v <- v - n threshold; alpha, beta = exp(-dt / tau)."""

SPYX = Semantics(
    "spyx",
    lif=Rule(gain="one", reset="subtract next tick"),
    cuba_lif=Rule(gain="one", current_gain="one", reset="subtract"),
    late=True,
)
"""s = [v > threshold]; v <- beta v + I - s threshold (a current-based v is reduced before it decays)."""

SINABS = Semantics(
    "sinabs",
    lif=Rule("exponential", "one", reset="subtract", many_spikes=True),
    li=Rule("exponential", "one"),
    kinds=("LIF",),
)
"""v <- beta v + I; n = floor(v / threshold); v <- v - n threshold; beta = exp(-1 / tau)."""
