"""The network on chips: what each mapping costs and why, its limits, how far it is from the best, what is assumed."""

from collections.abc import Sequence
from itertools import groupby
from typing import Any, TypeAlias

from hardware_models.chips.limits import NAMES

from ..errors import InputError
from .blocks import Block, Note, PlotRow, Points, Section, Table
from .context import RunFiles
from .core_map import core_maps
from .format import DASH, percent, quantity, significant

Mapping: TypeAlias = dict[str, Any]
"""What a ``mapping-<chip>.json`` holds."""

EVIDENCE = {
    "M": "measured on silicon",
    "S": "simulated before silicon",
    "A": "architecture paper or datasheet",
    "C": "read in code",
    "E": "estimate",
}

WIRING = {
    "mesh": "a mesh of {tiles} with {cores}",
    "torus": "a torus of {tiles} with {cores}",
    "hexagonal torus": "a torus of {tiles} with diagonal links and {cores}",
    "hierarchy": "a mesh of {tiles}, each with a router above those of its cores, and {cores}",
}
"""The kinds of wiring in words."""

ORDERS = {
    "xy": "first east-west, then north-south",
    "diagonal, x, y": "first diagonally, then east-west or north-south",
    "up, xy, down": "up to the tile's router, east-west, north-south, and down",
}
"""The orders of a route's links in words."""

ROUTING = {
    "unicast": "one packet for each destination core",
    "multicast": "one packet that branches on its way",
    "core_multicast": "one packet that branches on its way to all cores that its own core sends to",
}
"""The ways of routing in words."""


def chip_sections(files: RunFiles) -> tuple[Section, ...]:
    """Return a section per chip; for a network that spikes and was not mapped, what would map it."""
    if not files.mappings:
        missing = (files.missing("mapping-<chip>.json"),)
        return (Section("chip", "On a chip", missing),) if files.config.model.kind == "spiking" else ()
    try:
        return tuple(
            _chip_section(name, list(mappings))
            for name, mappings in groupby(files.mappings, key=lambda mapping: str(mapping["chip"]["name"]))
        )
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise InputError(f"A mapping in {files.path} is not complete; map again. It lacks {error}.") from None


def mapping_names(mappings: Sequence[Mapping]) -> list[str]:
    """Name mappings of one chip by how they were made, numbered where two were made alike."""
    names = []
    for mapping in mappings:
        partition, placement = mapping["methods"]["partition"], mapping["methods"]["placement"]
        same = {"layout": "guided by the layout", "random": "random"}.get(partition, str(partition))
        names.append(same if partition == placement else f"{partition} partition, {placement} placement")
    return [name if names.count(name) == 1 else f"{name} ({place})" for place, name in enumerate(names, 1)]


def _chip_section(name: str, mappings: list[Mapping]) -> Section:
    first, names = mappings[0], mapping_names(mappings)
    maps = PlotRow(core_maps(mappings, names))
    blocks: list[Block] = [Note(_introduction(first)), maps, _totals(mappings, names)]
    if first["energy"] is not None:
        blocks.append(_energy_table(first, names[0]))
    blocks += [_limits_table(first), Note(_binding(first)), _bounds_table(mappings, names)]
    blocks += [Points("Assumptions", first["assumptions"]), *_validity(mappings, names)]
    return Section(f"chip-{name}", f"On {first['chip']['title']}", tuple(blocks))


def _introduction(mapping: Mapping) -> str:
    work, chip = mapping["workload"], mapping["chip"]
    routes = f" A spike is {_routing(chip)}; its route goes {ORDERS.get(chip['order'], chip['order'])}."
    return (
        f"{work['neurons']:,} neurons with {work['synapses']:,} synapses between them, and their {work['spikes']:,} "
        f"spikes over {work['ticks']:,} ticks ({work['trials']:,} trials), on {_wiring(chip)}."
        + ("" if chip["cores"] == 1 else routes)
    )


def _routing(chip: Mapping) -> str:
    return ROUTING.get(chip["routing"], f"sent by the router '{chip['routing']}'")


def _wiring(chip: Mapping) -> str:
    """The chip's wiring in words; a single core has none."""
    if chip["cores"] == 1:
        return "a single core"
    per_tile = "one" if chip["cores_per_tile"] == 1 else f"{chip['cores_per_tile']:,}"
    cores = f"{chip['cores']:,} cores, {per_tile} to a tile"
    wiring = WIRING.get(chip["topology"], "the topology '{name}' of {tiles} with {cores}")
    said = wiring.format(name=chip["topology"], tiles=f"{chip['columns']} × {chip['rows']} tiles", cores=cores)
    wide, high = chip["chips"]
    return said if wide * high == 1 else f"{said}, on {wide} × {high} chips"


def _totals(mappings: list[Mapping], names: list[str]) -> Table:
    own = [mapping[mapping["chip"]["routing"]] for mapping in mappings]
    energies, latencies = ([mapping[kind] or {} for mapping in mappings] for kind in ("energy", "latency"))
    rows = [
        ("cores used", [f"{mapping['cores_used']:,}" for mapping in mappings]),
        ("packets sent", [f"{mapping['packets']['sent']:,}" for mapping in mappings]),
        ("of them between cores", [f"{mapping['packets']['remote']:,}" for mapping in mappings]),
        ("hops over links", [f"{traffic['hops']:,}" for traffic in own]),
        ("spikes on the busiest link", [f"{traffic['largest_link']:,}" for traffic in own]),
        ("spikes on a link, mean", [significant(float(traffic["mean_link"])) for traffic in own]),
        ("energy per trial", [quantity(said.get("per_trial"), "J") for said in energies]),
        ("share of energy that mapping can change", [percent(said.get("movable_share")) for said in energies]),
        ("time per tick", [quantity(said.get("seconds_per_tick"), "s") for said in latencies]),
    ]
    errors = [said["error_percent"] for said in (*energies, *latencies) if said.get("error_percent") is not None]
    deviation = f" The figures deviate from silicon by up to {significant(max(errors))} %." if errors else ""
    return Table(
        "Each mapping over the whole recording; a dash is unknown, because no figure is published." + deviation,
        ("", *names),
        [(title, *values) for title, values in rows],
    )


def _energy_table(mapping: Mapping, name: str) -> Table:
    energy = mapping["energy"]
    known, unknown = energy["known"], energy["unknown"]
    rows = [
        (
            str(term["per"]),
            f"{term['count']:,}",
            f"{significant(term['figure']['value'])}\N{NO-BREAK SPACE}{term['figure']['unit'].replace('u', 'µ')}",
            quantity(term["joules"], "J"),
            percent(term["joules"] / known if known else None),
            EVIDENCE.get(term["figure"]["evidence"], str(term["figure"]["evidence"])),
            _source(term["figure"]),
        )
        for term in energy["terms"]
    ]
    rows += [(cause, "", DASH, DASH, DASH, "not published", "") for cause in unknown]
    rows.append(("all that is known" if unknown else "all", "", "", quantity(known, "J"), "", "", ""))
    return Table(
        f"Energy by cause over the whole recording, {name}: counts times the figures of {energy['title']}"
        + (", each of which already contains everything." if energy["scope"] == "all in" else ", added up.")
        + (" The total is unknown: there are causes without a figure." if unknown else "")
        + " Static power is not included.",
        ("cause", "count", "each", "energy", "share", "evidence", "source"),
        rows,
        words=(5, 6),
    )


def _source(figure: Mapping) -> str:
    conditions = figure.get("conditions")
    return f"{figure['source']} ({conditions.rstrip('.')})" if conditions else str(figure["source"])


def _limits_table(mapping: Mapping) -> Table:
    rows = [
        (
            NAMES.get(limit["name"], str(limit["name"])),
            significant(limit["used"]),
            significant(limit["limit"]),
            percent(limit["fraction"]),
            limit["where"] or DASH,
        )
        for limit in mapping["limits"]
    ]
    return Table(
        "What fits, and what takes most of it; the tightest limit first. A dash is not published.",
        ("limit", "used", "available", "share", "where"),
        rows,
        words=(4,),
    )


def _binding(mapping: Mapping) -> str:
    name, per_core = mapping["binding_limit"], mapping["methods"]["neurons_per_core"]
    if name is None:
        return "No limit of this chip is published."
    chosen = f" The mapping was asked to put at most {per_core:,} neurons on a core." if per_core is not None else ""
    return f"The limit that would bind first: {NAMES.get(name, name)}.{chosen}"


def _bounds_table(mappings: list[Mapping], names: list[str]) -> Table:
    said = [mapping["bounds"] for mapping in mappings]
    rows = [
        ("spike hops, one packet that branches", [significant(mapping["spike_hops"]) for mapping in mappings]),
        ("bound for this placement", [significant(bound["spike_hops_of_placement"]) for bound in said]),
        ("above it by", [percent(bound["spike_hops_of_placement_gap"]) for bound in said]),
        ("bound for this partition", [significant(bound["spike_hops_of_partition"]) for bound in said]),
        ("above it by", [percent(bound["spike_hops_of_partition_gap"]) for bound in said]),
        ("cost of placement", [significant(float(bound["placement_cost"])) for bound in said]),
        ("Gilmore–Lawler bound", [significant(float(bound["placement_cost_gilmore_lawler"])) for bound in said]),
        ("above it by", [percent(bound["placement_cost_gap"]) for bound in said]),
        ("exact optimum, where small enough", [_maybe(bound["placement_cost_optimum"]) for bound in said]),
    ]
    return Table(
        "How far from the best: no routing of the placement, no placement of the partition, can do better than these "
        "lower bounds. The cost of a placement is the sum over pairs of cores of spikes times distance.",
        ("", *names),
        [(title, *values) for title, values in rows],
    )


def _maybe(value: float | None) -> str:
    return DASH if value is None else significant(float(value))


def _validity(mappings: list[Mapping], names: list[str]) -> list[Block]:
    blocks: list[Block] = []
    for mapping, name in zip(mappings, names, strict=True):
        if not mapping["valid"]:
            blocks.append(Points(f"Not valid: the mapping {name}", mapping["violations"]))
    if not blocks:
        blocks.append(Note("Checked: an independent recount of capacities, links and energy found nothing wrong."))
    return blocks
