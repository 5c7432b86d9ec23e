"""Report sections on chips: cost of each mapping by cause, limits, gap to lower bounds, and assumptions."""

from collections.abc import Sequence
from itertools import groupby
from typing import Any, TypeAlias

from hardware_models.chips.limits import NAMES

from ..errors import InputError
from .blocks import Block, BulletList, Note, PlotRow, Section, Table
from .context import RunFiles
from .core_map import core_maps
from .format import DASH, percent, quantity, significant

Mapping: TypeAlias = dict[str, Any]
"""Content of ``mapping-<chip>.json``."""

EVIDENCE = {
    "M": "measured on silicon",
    "S": "simulated before silicon",
    "A": "architecture paper or datasheet",
    "C": "source code",
    "E": "estimate",
}
"""Meaning of the letters of evidence."""

WIRING = {
    "mesh": "a mesh of {tiles} with {cores}",
    "torus": "a torus of {tiles} with {cores}",
    "hexagonal torus": "a torus of {tiles} with diagonal links and {cores}",
    "hierarchy": "a mesh of {tiles}, each with a router above those of its cores, and {cores}",
}
"""Descriptions of the topologies."""

ORDERS = {
    "xy": "first east-west, then north-south",
    "diagonal, x, y": "first diagonally, then east-west or north-south",
    "up, xy, down": "up to the tile's router, east-west, north-south, and down",
}
"""Descriptions of the order of links on a route."""

ROUTING = {
    "unicast": "one packet for each destination core",
    "multicast": "one packet that branches on the route",
    "core_multicast": "one packet that branches on the route, to all cores that any neuron of its core sends to",
}
"""Descriptions of the routing methods."""


def chip_sections(files: RunFiles) -> tuple[Section, ...]:
    """Return a section per chip; for a spiking network without a mapping, the command that maps it."""
    if not files.mappings:
        missing = (files.missing("mapping-<chip>.json"),)
        return (Section("chip", "On a chip", missing),) if files.config.model.kind == "spiking" else ()
    try:
        return tuple(
            _chip_section(name, list(mappings))
            for name, mappings in groupby(files.mappings, key=lambda mapping: str(mapping["chip"]["name"]))
        )
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise InputError(f"A mapping in {files.path} is not complete: {error} is missing. Map again.") from None


def mapping_names(mappings: Sequence[Mapping]) -> list[str]:
    """Name mappings of one chip by their methods, with a number if two used the same methods."""
    names = []
    for mapping in mappings:
        partition, placement = mapping["methods"]["partition"], mapping["methods"]["placement"]
        common = {"layout": "guided by the layout", "random": "random"}.get(partition, str(partition))
        names.append(common if partition == placement else f"{partition} partition, {placement} placement")
    return [name if names.count(name) == 1 else f"{name} ({place})" for place, name in enumerate(names, 1)]


def _chip_section(name: str, mappings: list[Mapping]) -> Section:
    first, names = mappings[0], mapping_names(mappings)
    maps = PlotRow(core_maps(mappings, names))
    blocks: list[Block] = [Note(_introduction(first)), maps, _totals(mappings, names)]
    if first["energy"] is not None:
        blocks.append(_energy_table(first, names[0]))
    blocks += [_limits_table(first), Note(_binding(first)), _bounds_table(mappings, names)]
    blocks += [BulletList("Assumptions", first["assumptions"]), *_validity(mappings, names)]
    return Section(f"chip-{name}", f"On {first['chip']['title']}", tuple(blocks))


def _introduction(mapping: Mapping) -> str:
    work, chip = mapping["workload"], mapping["chip"]
    routes = f" A spike is {_routing(chip)}. Its route goes {ORDERS.get(chip['order'], chip['order'])}."
    return (
        f"The network has {work['neurons']:,} neurons, {work['synapses']:,} synapses between them, and "
        f"{work['spikes']:,} spikes over {work['ticks']:,} ticks ({work['trials']:,} trials). It is mapped onto "
        f"{_wiring(chip)}." + ("" if chip["cores"] == 1 else routes)
    )


def _routing(chip: Mapping) -> str:
    if chip["routing"] in ROUTING:
        return f"sent as {ROUTING[chip['routing']]}"
    return f"sent by the router '{chip['routing']}'"


def _wiring(chip: Mapping) -> str:
    """Return a description of the chip's topology."""
    if chip["cores"] == 1:
        return "a single core"
    per_tile = "one" if chip["cores_per_tile"] == 1 else f"{chip['cores_per_tile']:,}"
    cores = f"{chip['cores']:,} cores, {per_tile} to a tile"
    wiring = WIRING.get(chip["topology"], "the topology '{name}' of {tiles} with {cores}").format(
        name=chip["topology"], tiles=f"{chip['columns']} × {chip['rows']} tiles", cores=cores
    )
    wide, high = chip["chips"]
    return wiring if wide * high == 1 else f"{wiring}, on {wide} × {high} chips"


def _totals(mappings: list[Mapping], names: list[str]) -> Table:
    own = [mapping[mapping["chip"]["routing"]] for mapping in mappings]
    energies, latencies = ([mapping[kind] or {} for mapping in mappings] for kind in ("energy", "latency"))
    rows = [
        ("cores used", [f"{mapping['cores_used']:,}" for mapping in mappings]),
        ("packets sent", [f"{mapping['packets']['sent']:,}" for mapping in mappings]),
        ("packets between cores", [f"{mapping['packets']['remote']:,}" for mapping in mappings]),
        ("hops over links", [f"{traffic['hops']:,}" for traffic in own]),
        ("spikes on the busiest link", [f"{traffic['largest_link']:,}" for traffic in own]),
        ("spikes on a link, mean", [significant(float(traffic["mean_link"])) for traffic in own]),
        ("energy per trial", [quantity(energy.get("per_trial"), "J") for energy in energies]),
        ("share of energy that depends on the mapping", [percent(energy.get("movable_share")) for energy in energies]),
        ("time per tick", [quantity(latency.get("seconds_per_tick"), "s") for latency in latencies]),
    ]
    errors = [costs["error_percent"] for costs in (*energies, *latencies) if costs.get("error_percent") is not None]
    deviation = (
        f" Published values differ from measurements on silicon by up to {significant(max(errors))} %."
        if errors
        else ""
    )
    return Table(
        "Results of each mapping over the whole recording. A dash means unknown, because no value is published."
        + deviation,
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
    rows.append(("sum of the known causes" if unknown else "sum", "", "", quantity(known, "J"), "", "", ""))
    return Table(
        f"Energy by cause over the whole recording, for the mapping {name}. Energies are counts times the values of "
        f"{energy['title']}."
        + (" Each of these values already contains all causes." if energy["scope"] == "all in" else "")
        + (" The total is unknown, because some causes have no published value." if unknown else "")
        + " Static power is not included.",
        ("cause", "count", "energy per event", "energy", "share", "evidence", "source"),
        rows,
        text_columns=(5, 6),
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
        "Limits of the chip, and the largest use of each, starting with the tightest limit. A dash means not "
        "published.",
        ("limit", "used", "available", "share", "where"),
        rows,
        text_columns=(4,),
    )


def _binding(mapping: Mapping) -> str:
    name, per_core = mapping["binding_limit"], mapping["methods"]["neurons_per_core"]
    if name is None:
        return "No limit of this chip is published."
    chosen = f" The mapping had to place at most {per_core:,} neurons on a core." if per_core is not None else ""
    return f"The tightest limit is: {NAMES.get(name, name)}.{chosen}"


def _bounds_table(mappings: list[Mapping], names: list[str]) -> Table:
    bounds = [mapping["bounds"] for mapping in mappings]
    rows = [
        ("spike-hops with multicast", [significant(mapping["spike_hops"]) for mapping in mappings]),
        ("lower bound for this placement", [significant(bound["spike_hops_of_placement"]) for bound in bounds]),
        ("gap to this bound", [percent(bound["spike_hops_of_placement_gap"]) for bound in bounds]),
        ("lower bound for this partition", [significant(bound["spike_hops_of_partition"]) for bound in bounds]),
        ("gap to this bound", [percent(bound["spike_hops_of_partition_gap"]) for bound in bounds]),
        ("cost of placement", [significant(float(bound["placement_cost"])) for bound in bounds]),
        ("Gilmore–Lawler bound", [significant(float(bound["placement_cost_gilmore_lawler"])) for bound in bounds]),
        ("gap to this bound", [percent(bound["placement_cost_gap"]) for bound in bounds]),
        ("exact optimum, for small problems", [_optimum(bound["placement_cost_optimum"]) for bound in bounds]),
    ]
    return Table(
        "Spike-hops and cost of placement, compared with lower bounds. No routing of this placement is below the first "
        "bound, and no placement of this partition is below the second. The cost of placement is the sum over pairs of "
        "cores of spikes times distance.",
        ("", *names),
        [(title, *values) for title, values in rows],
    )


def _optimum(value: float | None) -> str:
    return DASH if value is None else significant(float(value))


def _validity(mappings: list[Mapping], names: list[str]) -> list[Block]:
    blocks: list[Block] = []
    for mapping, name in zip(mappings, names, strict=True):
        if not mapping["valid"]:
            blocks.append(BulletList(f"Not valid: the mapping {name}", mapping["violations"]))
    if not blocks:
        blocks.append(Note("An independent check of capacities, links and energy found no error."))
    return blocks
