"""The head of the page: the main results of each run, and the agreement of runs."""

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
"""Rows with values from analysis.json."""

ORDER = (
    "network",
    "neurons on the grid",
    *MEASURES,
    "neurons after pruning",
    "connections after pruning",
    "mean performance after pruning",
    "spikes of network.nir that differ",
)
"""Order of the rows; rows with energies come last."""


def overview(runs: Sequence[RunFiles], descents: Mapping[str, Descent]) -> tuple[Block, ...]:
    """Return the table of main results and, for runs on the same grid and tasks, the table of their agreement.

    ``descents`` has, by name of the run, the origin of each run that started from the weights of another.
    """
    reports = {files.name: files.analysis for files in runs if files.analysis is not None}
    compared = compare(reports, descents=descents) if reports else Comparison((), ())
    blocks: list[Block] = [headline_table(runs, compared)]
    if compared.agreements:
        blocks.append(agreement_table(compared))
    return tuple(blocks)


def headline_table(runs: Sequence[RunFiles], compared: Comparison) -> Table:
    """Return the table of main results with one column per run. Rows without values are left out."""
    summaries = {row.name: row for row in compared.rows}
    columns = [_facts(files, summaries.get(files.name)) for files in runs]
    if len(runs) > 1:  # the title of the page describes a single network
        columns = [{"network": describe(files.config)} | column for files, column in zip(runs, columns, strict=True)]
    titles = list(dict.fromkeys(title for column in columns for title in column))
    titles.sort(key=lambda title: ORDER.index(title) if title in ORDER else len(ORDER))
    rows = [(title, *(column.get(title, DASH) for column in columns)) for title in titles]
    return Table(
        "Main results. The sections below explain how each was measured. The ceiling is the mean performance of the "
        "ideal observer; it is below 1 because of noise and ties. z of isolated fraction and cluster size is relative "
        "to shuffled modules; z of the other measures is relative to weights shuffled at equal distance. Mean activity "
        "is in spikes per tick for a spiking network, and in units of its rates for a rate network.",
        ("", *(files.name for files in runs)),
        rows,
    )


def agreement_table(compared: Comparison) -> Table:
    """Return a table of the agreement of each pair of networks, neuron by neuron."""
    rows = [
        (
            f"{pair.first}, {pair.second}",
            "origin" if pair.followed else "place",
            significant(pair.shared_neurons),
            significant(pair.adjusted_mutual_information),
            percent(pair.matched_fraction),
            significant(pair.task_variance_correlation),
        )
        for pair in compared.agreements
    ]
    return Table(
        "Agreement of networks on the same grid and tasks. Neurons are matched by origin if one network started from "
        "the other's weights; swaps may have moved them. Otherwise they are matched by place. Shared neurons are "
        "important in both networks. Adjusted mutual information compares the modules of shared neurons: 0 by chance, "
        "1 for the same modules. Matched: fraction of shared neurons in matching modules under the best one-to-one "
        "matching. The correlation is that of a neuron's two task variances over tasks, averaged over neurons.",
        (
            *("networks", "matched by", "shared neurons", "adjusted mutual information", "matched"),
            "correlation of task variance",
        ),
        rows,
        text_columns=(1,),
    )


def _with_z(null: NullComparison | None) -> str:
    return DASH if null is None else f"{significant(null.value)} ({score(null.z)})"


def _number(text: str) -> str:
    """Format a number from the network's metadata; return a text that is not a number unchanged."""
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
    """Return the energy per trial of the first mapping onto each chip."""
    energies: dict[str, str] = {}
    for mapping in files.mappings:
        energy, title = mapping["energy"], mapping["chip"]["title"]
        if energy is not None and energy["per_trial"] is not None:
            how = mapping_names([mapping])[0]
            energies.setdefault(f"energy per trial on {title}", f"{quantity(energy['per_trial'], 'J')} ({how})")
    return energies
