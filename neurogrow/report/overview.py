"""The head of the page: a column of headline numbers per run, and how far runs agree."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..analysis import Comparison, compare
from ..analysis.comparison import Descent, NetworkSummary
from ..analysis.nulls import NullComparison
from ..training.run import describe
from .blocks import Block, Table
from .chip import mapping_names
from .context import RunFiles
from .format import DASH, percent, quantity, score, significant

MEASURES: dict[str, Callable[[NetworkSummary], str]] = {
    "mean performance": lambda row: significant(row.performance),
    "ceiling (ideal observer)": lambda row: significant(row.ceiling),
    "important neurons": lambda row: significant(row.important_neurons),
    "active connections": lambda row: significant(row.active_connections),
    "wiring length": lambda row: significant(row.wiring_length),
    "functional modules": lambda row: significant(row.modules),
    "isolated fraction (z)": lambda row: _with_z(row.isolated_fraction),
    "cluster size (z)": lambda row: _with_z(row.cluster_size),
    "communities of the wiring": lambda row: significant(row.communities),
    "Q of communities (z)": lambda row: _with_z(row.community_q),
    "Q of modules (z)": lambda row: _with_z(row.module_q),
    "AMI of modules and communities (z)": lambda row: _with_z(row.agreement),
    "similarity with |w| (z)": lambda row: _with_z(row.similarity_with_weight),
    "mean activity": lambda row: significant(row.mean_activity),
}
"""Rows that analysis.json fills."""

ORDER = (
    "network",
    "neurons on the grid",
    *MEASURES,
    "neurons after pruning",
    "connections after pruning",
    "mean performance after pruning",
    "spikes of network.nir that differ",
)
"""Order of the rows; energies follow."""


def overview(runs: Sequence[RunFiles], descents: Mapping[str, Descent]) -> tuple[Block, ...]:
    """Return the headline table and, for runs on the same grid and tasks, their agreement.

    ``descents`` says, by name, which run started from the weights of which other.
    """
    reports = {files.name: files.analysis for files in runs if files.analysis is not None}
    compared = compare(reports, descents=descents) if reports else Comparison((), ())
    blocks: list[Block] = [headline_table(runs, compared)]
    if compared.agreements:
        blocks.append(agreement_table(compared))
    return tuple(blocks)


def headline_table(runs: Sequence[RunFiles], compared: Comparison) -> Table:
    """One column per run; rows that no run fills are left out."""
    summaries = {row.name: row for row in compared.rows}
    columns = [_facts(files, summaries.get(files.name)) for files in runs]
    if len(runs) > 1:  # a single network is what the page's title says
        columns = [{"network": describe(files.config)} | column for files, column in zip(runs, columns, strict=True)]
    titles = list(dict.fromkeys(title for column in columns for title in column))
    titles.sort(key=lambda title: ORDER.index(title) if title in ORDER else len(ORDER))
    rows = [(title, *(column.get(title, DASH) for column in columns)) for title in titles]
    return Table(
        "Headline numbers; the sections below say how each was measured. Ceiling: mean performance of the ideal "
        "observer, which noise and ties keep from 1. z is against shuffled modules, of the last four against weights "
        "shuffled at equal distance. Mean activity "
        "is in spikes per tick for a spiking network, in the units of its rates for a rate network.",
        ("", *(files.name for files in runs)),
        rows,
    )


def agreement_table(compared: Comparison) -> Table:
    """Whether pairs of networks found the same modules, neuron by neuron."""
    rows = [
        (
            f"{pair.first}, {pair.second}",
            "the same, wherever" if pair.followed else "at one place",
            significant(pair.shared_neurons),
            significant(pair.adjusted_mutual_information),
            percent(pair.matched_fraction),
            significant(pair.task_variance_correlation),
        )
        for pair in compared.agreements
    ]
    return Table(
        "Agreement of networks on the same grid and tasks. A neuron is compared with itself, wherever it has swapped "
        "to, if one network started from the other's weights, and else with the one at its place. Shared: important "
        "in both. Adjusted mutual information of their modules over shared neurons: 0 by chance, 1 for the same "
        "modules. Matched: shared neurons in matching modules under the best one-to-one matching. Correlation over "
        "tasks of a neuron's two task variances, mean over neurons.",
        ("networks", "neurons", "shared", "adjusted mutual information", "matched", "correlation of task variance"),
        rows,
        words=(1,),
    )


def _with_z(null: NullComparison | None) -> str:
    return DASH if null is None else f"{significant(null.value)} ({score(null.z)})"


def _number(text: str) -> str:
    """Format a number from the network's notes, where anything may stand."""
    try:
        return significant(float(text))
    except ValueError:
        return text


def _facts(files: RunFiles, summary: NetworkSummary | None) -> dict[str, str]:
    model = files.config.model
    facts = {"neurons on the grid": significant(model.rows * model.cols)}
    if summary is not None:
        facts |= {title: measure(summary) for title, measure in MEASURES.items()}
    if files.network is not None:
        facts["neurons after pruning"] = significant(files.network.n_neurons)
        facts["connections after pruning"] = significant(int(files.network.recurrent_weights_NN.count_nonzero()))
        if "performance" in files.network.metadata:
            facts["mean performance after pruning"] = _number(files.network.metadata["performance"])
    nir: dict[str, Any] | None = (files.parity or {}).get("nir")
    if nir is not None:
        worst = max((reader["differing_bins"] for reader in nir["readers"]), default=0)
        facts["spikes of network.nir that differ"] = f"{worst:,} in {nir['bins']:,} bins"
    return facts | _energies(files)


def _energies(files: RunFiles) -> dict[str, str]:
    """Energy per trial on each chip, of the first mapping to it."""
    found: dict[str, str] = {}
    for mapping in files.mappings:
        energy, title = mapping["energy"], mapping["chip"]["title"]
        if energy is not None and energy["per_trial"] is not None:
            how = mapping_names([mapping])[0]
            found.setdefault(f"energy per trial on {title}", f"{quantity(energy['per_trial'], 'J')} ({how})")
    return found
