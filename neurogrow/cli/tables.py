"""Tables of the demo, of mappings and of comparisons."""

from collections.abc import Mapping
from typing import Any

from rich.table import Table

from hardware_models.mapping import MappingReport

from ..analysis import Comparison
from ..errors import InputError
from ..pipeline import Mapped
from ..report.format import DASH, percent, quantity, score, significant
from .output import Rows, table, with_z


def demo_table(result: Mapping[str, Any]) -> Table:
    """Return a table of the demo's results: both networks, their files, and the mapping onto a chip."""
    networks = [result["rate"], result["spiking"]]
    parity, mapping = result["parity"], result["mapping"]

    def row(label: str, name: str) -> tuple[str, ...]:
        return (label, *(significant(network[name]) for network in networks))

    def null(label: str, name: str) -> tuple[str, ...]:
        measured = [network[name] for network in networks]
        return (label, *(f"{significant(measure['value'])} (z {score(measure['z'])})" for measure in measured))

    energy = (mapping["energy_joules_per_trial"], mapping["energy_joules_per_trial_random"])
    rows: Rows = [
        ("", "rate", "spiking"),
        row("performance, mean of 20 tasks", "performance"),
        row("performance after pruning", "pruned_performance"),
        row("important neurons", "important_neurons"),
        row("active connections", "active_connections"),
        row("wiring length", "wiring_length"),
        null("isolated fraction", "isolated_fraction"),
        null("cluster size", "cluster_size"),
        ("ONNX, largest logit difference to the network", significant(parity["onnx_max_abs_diff"]), ""),
        ("ONNX, largest logit difference to float64", significant(parity["onnx_max_abs_diff_float64"]), ""),
        ("NIR, differing spike bins", "", f"{parity['nir_mismatched_bins']} of {parity['nir_bins']:,}"),
        ("", "random", "layout"),
        (f"{mapping['chip']}, cores used", str(mapping["cores_used_random"]), str(mapping["cores_used"])),
        ("spike-hops", significant(mapping["spike_hops_random"]), significant(mapping["spike_hops"])),
        ("energy per trial", quantity(energy[1], "J"), quantity(energy[0], "J")),
        ("mapping valid", "", "yes" if mapping["valid"] else "NO"),
    ]
    return table(f"Demo: {result['report']}", ("measure", "", ""), rows)


def mapping_summary(mapped: Mapped) -> dict[str, Any]:
    """Return the results of a mapping as ``--json`` prints them; mapping-CHIP.json holds more."""
    random = {"refused": mapped.random_refused} if mapped.random is None else mapping_numbers(mapped.random)
    return mapping_numbers(mapped.chosen) | {"random": random, "file": str(mapped.path)}


def mapping_numbers(report: MappingReport) -> dict[str, Any]:
    """Return the main quantities of one mapping."""
    return {
        "chip": report.chip["name"],
        "partition": report.methods["partition"],
        "placement": report.methods["placement"],
        "effort": report.methods["effort"],
        "cores_used": report.cores_used,
        "packets": report.packets["sent"],
        "spike_hops": report.spike_hops,
        "unicast_hops": report.unicast_hops,
        "largest_link": report.multicast["largest_link"],
        "energy_joules": report.energy and report.energy["total"],
        "energy_joules_per_trial": report.energy and report.energy["per_trial"],
        "energy_joules_known": report.energy and report.energy["known"],
        "energy_unknown": report.energy and report.energy["unknown"],
        "seconds_per_tick": report.latency and report.latency["seconds_per_tick"],
        "binding_limit": report.binding_limit,
        "bound_spike_hops": report.bounds["spike_hops_of_partition"],
        "gap_to_bound": report.bounds["spike_hops_of_partition_gap"],
        "valid": report.valid,
    }


def mapping_table(mapped: Mapped) -> Table:
    """Return a table that compares a mapping with random placement, if the random placement fits."""
    numbers = [mapping_numbers(report) for report in (mapped.chosen, mapped.random) if report]

    def row(label: str, name: str) -> tuple[str, ...]:
        return (label, *(significant(values[name]) for values in numbers))

    rows: Rows = [
        ("partition", *(str(each["partition"]) for each in numbers)),
        ("placement", *(str(each["placement"]) for each in numbers)),
        ("effort", *(each["effort"] or "–" for each in numbers)),
        row("cores used", "cores_used"),
        row("packets", "packets"),
        row("spike-hops (multicast)", "spike_hops"),
        row("spike-hops (unicast)", "unicast_hops"),
        row("largest link load", "largest_link"),
        ("energy per trial", *(quantity(each["energy_joules_per_trial"], "J") for each in numbers)),
        *_known_energy(numbers),
        ("time per tick", *(quantity(each["seconds_per_tick"], "s") for each in numbers)),
        ("binding limit", *(str(each["binding_limit"] or "–").replace("_", " ") for each in numbers)),
        ("gap to the lower bound of the partition", *(percent(each["gap_to_bound"]) for each in numbers)),
        ("valid, by the independent checker", *("yes" if each["valid"] else "NO" for each in numbers)),
    ]
    if mapped.random is None:
        rows = [*rows, ("random baseline", f"does not fit: {mapped.random_refused}")]
    columns = ("measure", "chosen", "random")[: 1 + len(numbers)]
    return table(f"{mapped.chosen.chip['title']}: {mapped.path}", columns, rows)


def _known_energy(numbers: list[dict[str, Any]]) -> Rows:
    """Return rows for an incomplete total: the known part of the energy, and the causes without a published value."""
    if not any(each["energy_unknown"] for each in numbers):
        return []
    return [
        ("known part of the energy", *(quantity(each["energy_joules_known"], "J") for each in numbers)),
        ("causes without a published energy", *(", ".join(each["energy_unknown"] or ()) for each in numbers)),
    ]


def chips_summary(mappings: Mapping[str, Mapped | InputError]) -> dict[str, Any]:
    """Return the results of mapping a network onto several chips; for a chip without room, the reason."""
    return {
        "chips": [
            {"chip": name, "refused": str(each)} if isinstance(each, InputError) else mapping_summary(each)
            for name, each in mappings.items()
        ]
    }


def chips_tables(mappings: Mapping[str, Mapped | InputError]) -> list[Table]:
    """Return a table that compares a network on several chips, and a table of chips on which it does not fit."""
    mapped = {name: mapping_numbers(each.chosen) for name, each in mappings.items() if not isinstance(each, InputError)}
    numbers = list(mapped.values())

    def row(label: str, name: str) -> tuple[str, ...]:
        return (label, *(significant(values[name]) for values in numbers))

    rows: Rows = [
        row("cores used", "cores_used"),
        row("packets", "packets"),
        row("spike-hops", "spike_hops"),
        ("energy per trial", *(quantity(each["energy_joules_per_trial"], "J") for each in numbers)),
        ("time per tick", *(quantity(each["seconds_per_tick"], "s") for each in numbers)),
        ("binding limit", *(str(each["binding_limit"] or DASH).replace("_", " ") for each in numbers)),
        ("valid", *("yes" if each["valid"] else "NO" for each in numbers)),
    ]
    tables = [table("The network on each chip", ("measure", *mapped), rows)]
    refused = [(name, str(each)) for name, each in mappings.items() if isinstance(each, InputError)]
    return [*tables, table("The network does not fit", ("chip", "reason"), refused)] if refused else tables


def comparison_tables(comparison: Comparison) -> list[Table]:
    """Return tables that compare networks: their measures, their performance per task, and agreement of each pair."""
    rows: Rows = [
        ("performance", *(percent(each.performance) for each in comparison.rows)),
        ("ceiling", *(percent(each.ceiling) for each in comparison.rows)),
        ("important neurons", *(significant(each.important_neurons) for each in comparison.rows)),
        ("active connections", *(significant(each.active_connections) for each in comparison.rows)),
        ("wiring length", *(significant(each.wiring_length) for each in comparison.rows)),
        ("functional modules", *(significant(each.modules) for each in comparison.rows)),
        ("isolated fraction", *(with_z(each.isolated_fraction) for each in comparison.rows)),
        ("cluster size", *(with_z(each.cluster_size) for each in comparison.rows)),
        ("communities of the wiring", *(significant(each.communities) for each in comparison.rows)),
        ("Q of communities", *(with_z(each.community_q) for each in comparison.rows)),
        ("Q of modules", *(with_z(each.module_q) for each in comparison.rows)),
        ("AMI of modules and communities", *(with_z(each.agreement) for each in comparison.rows)),
        ("similarity with |w|", *(with_z(each.similarity_with_weight) for each in comparison.rows)),
        ("mean activity", *(significant(each.mean_activity) for each in comparison.rows)),
        ("firing rate", *(quantity(each.firing_rate, "Hz") for each in comparison.rows)),
        ("synaptic operations per trial", *(significant(each.synaptic_operations) for each in comparison.rows)),
    ]
    names = [each.name for each in comparison.rows]
    tasks = dict.fromkeys(task for each in comparison.rows for task in each.performance_of_task)
    scores: Rows = [
        (task, *(percent(each.performance_of_task.get(task)) for each in comparison.rows)) for task in tasks
    ]
    tables = [
        table("Networks", ("measure", *names), rows),
        table("Performance of each task", ("task", *names), scores),
    ]
    if pairs := comparison.agreements:
        rows = [
            ("neurons matched by", *("origin" if pair.followed else "place" for pair in pairs)),
            ("neurons important in both", *(significant(pair.shared_neurons) for pair in pairs)),
            ("adjusted mutual information", *(significant(pair.adjusted_mutual_information) for pair in pairs)),
            ("fraction in matched modules", *(significant(pair.matched_fraction) for pair in pairs)),
            ("correlation of task variance", *(significant(pair.task_variance_correlation) for pair in pairs)),
        ]
        columns = (f"{pair.first} / {pair.second}" for pair in pairs)
        tables.append(table("Agreement, neuron by neuron", ("measure", *columns), rows))
    return tables
