"""A trained network pruned, in ``network.safetensors``."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property

from ..analysis.recording import Recording, record
from ..network import ACTIVE_WEIGHT, GrownNetwork
from ..pruning import prune, restore
from ..training import Run
from .analyzing import ANALYSIS, ANALYSIS_FILE, ANALYSIS_SEED
from .runner import bring
from .stage import CONFIG, MODEL, Settings, Stage, fixed

NETWORK_FILE = "network.safetensors"


@dataclass(frozen=True)
class Pruned:
    """A pruned network and how well it still does its tasks."""

    network: GrownNetwork
    performance: float
    """Mean over tasks of the fraction of trials performed, after pruning."""
    record: Callable[[], Recording] = field(repr=False, compare=False)
    """Makes the recording."""

    @cached_property
    def recording(self) -> Recording:
        """The pruned network on single trials of every task, recorded once; N counts all neurons of the grid."""
        return self.record()


def prune_run(run: Run, threshold: float = ACTIVE_WEIGHT, trials_per_task: int = 100) -> Pruned:
    """Prune the trained network, measure what is left, and write ``network.safetensors``."""
    return bring(run, PRUNE, {"threshold": float(threshold), "trials_per_task": trials_per_task})


def pruned_before(run: Run) -> GrownNetwork | None:
    """Return the run's ``network.safetensors`` if it was pruned from the weights that the run has now.

    Raises ``InputError`` if the file is damaged.
    """
    path = run.path / NETWORK_FILE
    network = GrownNetwork.load(path) if path.exists() else None
    return network if network and network.metadata.get("model") == run.fingerprint() else None


def pruned_at(run: Run, threshold: float, trials_per_task: int = 100) -> Pruned:
    """Prune the trained network and measure what is left, and write nothing."""
    source, module_N = run.load_source(), bring(run, ANALYSIS).module_N
    origin = {"run": run.path.name, "tasks": ",".join(source.names), "model": run.fingerprint()}
    network = prune(run.load_model(), threshold, module_N, origin)
    recording = record(restore(network), source, trials_per_task, ANALYSIS_SEED)
    performance = float(recording.performance_K.mean())
    network = replace(network, metadata=network.metadata | {"performance": repr(performance)})
    return Pruned(network, performance, lambda: recording)


def _pruned(run: Run, threshold: float, trials_per_task: int) -> Pruned:
    pruned = pruned_at(run, threshold, trials_per_task)
    pruned.network.save(run.path / NETWORK_FILE)
    return pruned


def _loaded(run: Run, settings: Settings) -> Pruned:
    network = GrownNetwork.load(run.path / NETWORK_FILE)
    trials = settings.get("trials_per_task", PRUNE.defaults["trials_per_task"])
    performance = float(network.metadata["performance"])
    return Pruned(network, performance, lambda: record(restore(network), run.load_source(), trials, ANALYSIS_SEED))


def _stated_settings(run: Run) -> Settings | None:
    network = pruned_before(run)
    return None if network is None else {"threshold": float(network.metadata["pruning_threshold"])}


PRUNE = Stage(
    name="prune",
    reads=(ANALYSIS_FILE, MODEL, CONFIG),
    writes=fixed(NETWORK_FILE),
    compute=_pruned,
    load=_loaded,
    after=(ANALYSIS,),
    defaults={"threshold": ACTIVE_WEIGHT, "trials_per_task": 100},
    stated_settings=_stated_settings,
)
"""Removes weak weights and the neurons that no longer reach an output."""
