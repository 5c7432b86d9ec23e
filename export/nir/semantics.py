"""What readers of NIR make of a file: rules by which a tick is computed, of which "nir-euler" is ours.

NIR writes neurons as differential equations and leaves open how time is cut into ticks. A reader's choices fit a few
words: how a state decays, what scales its input, how a spike resets the membrane, how many spikes a tick can hold, and
whether a spike leaves in its own tick. A file whose meaning is stated so can be checked spike for spike in any reader.
"""

import math
from dataclasses import dataclass, field
from typing import Literal

Decay = Literal["euler", "exponential"]
"""What is left of a state after a tick: 1 - dt / tau, or exp(-dt / tau)."""
Gain = Literal["nir", "one", "decay"]
"""What input is multiplied with: (dt / tau) times the node's gain, nothing, or the decay (input decays at once)."""
Reset = Literal["to v_reset", "subtract", "subtract next tick"]
"""What a spike does: v <- v_reset; v <- v - threshold; or that subtraction one tick later, after the decay."""


@dataclass(frozen=True)
class Rule:
    """How one kind of neuron is stepped. The defaults are NIR's equations by one forward Euler step a tick."""

    decay: Decay = "euler"
    gain: Gain = "nir"
    """Of the membrane's input; v_leak is scaled with dt / tau only where this is ``"nir"``."""
    current_gain: Gain = "nir"
    """Of the synaptic current's input."""
    reset: Reset = "to v_reset"
    many_spikes: bool = False
    """floor(v / threshold) spikes where v >= threshold; else one spike where v > threshold."""
    most_spikes: float = math.inf
    """Of a neuron in a tick."""


@dataclass(frozen=True)
class Semantics:
    """How a reader runs a graph."""

    name: str
    lif: Rule = field(default_factory=Rule)
    cuba_lif: Rule = field(default_factory=Rule)
    li: Rule = field(default_factory=Rule)
    kinds: tuple[str, ...] = ("LIF", "CubaLIF")
    """The neurons that the reader knows."""
    late: bool = False
    """Whether spikes leave a neuron one tick after its membrane reached the threshold."""

    @property
    def words(self) -> str:
        """The rules in words, the same for all neurons or by kind."""
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
"""NIR's equations, one forward Euler step of dt a tick; a spike resets in its own tick. What neurogrow trains."""

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
