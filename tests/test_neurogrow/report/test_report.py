import base64
import re
import shutil
from html import unescape

import numpy as np
import pytest
from scipy import sparse
from support.report_page import Page, page_of
from support.reports import planted_report, planted_trade_off
from support.run_folders import TASKS, add_network, bare_folder, full_folder

from neurogrow.analysis import ModularityReport, compare
from neurogrow.analysis.comparison import Descent
from neurogrow.errors import InputError
from neurogrow.io.files import read_json, write_json
from neurogrow.network import GrownNetwork
from neurogrow.report import write_report
from neurogrow.report.brain import MOST_CONNECTIONS
from neurogrow.report.context import read_run_files
from neurogrow.report.format import percent, quantity, score, significant
from neurogrow.report.overview import overview
from neurogrow.training import Run, TasksConfig, TrainConfig, save_config

SECTIONS = {
    "brain": "Brain map",
    "performance": "Performance by task",
    "locality": "Weights and distance",
    "variance": "Task variance",
    "anatomy": "Modularity",
    "training": "Training",
    "raster": "Spikes",
    "parity": "Exported files",
}


@pytest.fixture(scope="module")
def spiking(tmp_path_factory):
    return full_folder(tmp_path_factory.mktemp("runs") / "spiking")


@pytest.fixture(scope="module")
def rate(tmp_path_factory):
    return full_folder(tmp_path_factory.mktemp("runs") / "rate", "rate")


@pytest.fixture(scope="module")
def page(spiking):
    return page_of(spiking)


@pytest.fixture(scope="module")
def both(rate, spiking):
    return page_of(rate, spiking)


def copy_of(run, path):
    return Run(shutil.copytree(run.path, path))


def test_a_full_folder_has_every_section(page):
    assert page.headings[0] == "BIMT spiking network of 6 x 6 neurons on 6 tasks"
    sections = {attributes["id"] for tag, attributes in page.tags if tag == "section" and "id" in attributes}
    assert sections == {f"run-1-{name}" for name in (*SECTIONS, "chip-loihi1")}
    assert set(SECTIONS.values()) < set(page.headings)
    assert not page.missing[1:]  # the first is for browsers without scripts
    assert set(page.figures) == {
        f"run-1-{name}"
        for name in (
            "brain-map", "performance-bars", "locality-decay", "variance-matrix", "anatomy-over-k", "training-curves",
            "raster-spikes", "chip-loihi1-cores-0", "chip-loihi1-cores-1",
        )
    }  # fmt: skip


def test_every_figure_has_a_place_an_alternative_text_and_a_caption(page):
    places = {
        attributes["id"]: attributes
        for tag, attributes in page.tags
        if tag == "div" and "plot" in attributes.get("class", "").split()
    }
    assert set(places) == set(page.figures)
    assert all(len(place["aria-label"]) > 10 and place["role"] == "img" for place in places.values())
    assert len(page.captions) == len(page.figures) + len(page.tables)
    assert all(len(caption) > 40 for caption in page.captions)


def test_headline_numbers_are_those_of_the_files(page, spiking):
    report = ModularityReport.from_json(read_json(spiking.path / "analysis.json"))
    network = GrownNetwork.load(spiking.path / "network.safetensors")
    mapping = read_json(spiking.path / "mapping-loihi1.json")
    row = compare({"spiking": report}).rows[0]
    said = page.table("mean performance")
    assert said["mean performance"] == ["0.900"]
    assert said["ceiling (ideal observer)"] == ["0.950"]
    assert said["important neurons"] == [str(row.important_neurons)]
    assert said["active connections"] == [f"{row.active_connections:,}"]
    assert said["cluster size (z)"] == [f"{row.cluster_size.value:.3g} ({score(row.cluster_size.z)})"]
    assert said["connections after pruning"] == [f"{network.recurrent_weights_NN.nnz:,}"]
    assert said["mean performance after pruning"] == ["0.812"]
    assert said["spikes of network.nir that differ"] == ["7 in 1,440,000 bins"]
    energy = quantity(mapping["energy"]["total"] / 40, "J")
    assert said["energy per trial on Intel Loihi"] == [f"{energy} (guided by the layout)"]


def test_every_bar_of_performance_has_its_ceiling(page, spiking):
    bars, marks = page.figures["run-1-performance-bars"]["data"]
    assert marks["y"] == bars["y"] == list(TASKS)
    assert any("mean of the marks is 0.950" in caption for caption in page.captions)


def test_anatomical_measures_stand_beside_their_null(page, spiking):
    null = ModularityReport.from_json(read_json(spiking.path / "analysis.json")).chosen.isolated_fraction
    assert page.table("isolated fraction")["isolated fraction"] == [
        significant(null.value),
        "labels",
        f"{significant(null.null_mean)} ± {significant(null.null_sd)}",
        score(null.z),
        significant(null.p),
    ]


def test_parity_never_rounds_a_difference_away(page):
    readers = page.table("snnTorch, float64")
    assert readers["snnTorch, float64"] == ["nir-euler", "0", "–", "1", "0", "–", "–"]
    assert readers["snnTorch, float32"][1:4] == ["7", "31", "0.999999"]
    assert "Not run: norse. It is not installed." in page.html


def test_chip_tables_say_cost_source_and_evidence(page, spiking):
    mapping, baseline = (read_json(spiking.path / f"mapping-loihi1{end}.json") for end in ("", "-random"))
    totals = page.table("hops over links")
    assert totals[""] == ["guided by the layout", "random"]
    assert totals["hops over links"] == [f"{said['unicast']['hops']:,}" for said in (mapping, baseline)]
    ticks = [said["latency"]["seconds_per_tick"] for said in (mapping, baseline)]
    assert totals["time per tick"] == [quantity(seconds, "s") for seconds in ticks]
    energies = page.table("synaptic event")
    for term in mapping["energy"]["terms"]:
        cells = energies[term["per"]]
        assert cells[0] == f"{term['count']:,}"
        assert cells[2] == quantity(term["joules"], "J")
        assert cells[4] == "measured on silicon"
        assert cells[5].startswith(term["figure"]["source"])
    assert page.table("output axons")["neurons"][0] == "4"
    bounds = page.table("Gilmore–Lawler bound")
    assert bounds["spike-hops with multicast"][0] == significant(mapping["spike_hops"])
    assert all(said in unescape(page.html) for said in mapping["assumptions"])
    assert "found no error" in page.html


def test_a_mapping_that_is_not_valid_says_why(spiking, tmp_path):
    run = copy_of(spiking, tmp_path / "run")
    mapping = read_json(run.path / "mapping-loihi1.json")
    write_json(run.path / "mapping-loihi1.json", mapping | {"valid": False, "violations": ["core 3 holds <too> many"]})
    page = page_of(run)
    assert "Not valid: the mapping guided by the layout" in page.html
    assert "core 3 holds &lt;too&gt; many" in page.html
    assert "found no error" not in page.html


def test_the_brain_map_holds_every_neuron_once_and_the_strongest_connections(page, spiking):
    report = ModularityReport.from_json(read_json(spiking.path / "analysis.json"))
    network = GrownNetwork.load(spiking.path / "network.safetensors")
    traces = page.figures["run-1-brain-map"]["data"]
    neurons = [trace for trace in traces if trace["meta"]["role"] == "neurons"]
    hovers = [text for trace in neurons for text in trace["text"]]
    assert sorted(int(re.match(r"<b>neuron (\d+)</b>", text)[1]) for text in hovers) == list(range(36))
    for trace in neurons:
        members = np.flatnonzero(report.module_N == trace["meta"]["module"])
        assert len(trace["text"]) == len(members)
    first = next(text for text in hovers if text.startswith("<b>neuron 1</b>"))
    assert "row 0, column 1" in first
    assert f"module {report.module_N[1]}" in first
    assert f"summed: {significant(report.task_variance_NK[1].sum())}" in first
    assert f"strongest task: {TASKS[report.task_variance_NK[1].argmax()]}" in first
    lines = [trace for trace in traces if trace["meta"]["role"] == "connections"]
    magnitudes = np.sort([value for trace in lines for value in trace["meta"]["magnitude"]])
    weights = np.abs((network.recurrent_weights_NN - sparse.diags_array(network.recurrent_weights_NN.diagonal())).data)
    expected = np.sort(weights[weights > 0])[-MOST_CONNECTIONS:]
    np.testing.assert_allclose(magnitudes, expected, rtol=1e-3)


def test_the_brain_map_has_a_switch_per_module(page, spiking):
    report = ModularityReport.from_json(read_json(spiking.path / "analysis.json"))
    switches = [int(attributes["data-module"]) for tag, attributes in page.tags if "data-module" in attributes]
    assert switches == [*range(report.chosen.k), -1]
    slider = next(attributes for tag, attributes in page.tags if attributes.get("type") == "range")
    assert 0 < float(slider["data-low"]) < float(slider["data-high"])
    labelled = {attributes.get("for") for tag, attributes in page.tags if tag == "label"}
    assert slider["id"] in labelled


def test_several_runs_are_compared_first(both, rate, spiking):
    assert both.headings[0] == "2 networks compared"
    said = both.table("mean performance")
    assert said[""] == ["rate", "spiking"]
    assert said["network"][0] == "BIMT rate network of 6 x 6 neurons on 6 tasks"
    assert said["energy per trial on Intel Loihi"][0] == "–"
    agreement = both.table("rate, spiking")["rate, spiking"]
    assert agreement[0] == "place"
    assert agreement[2:] == ["1.00", percent(1.0), "1.00"]  # they were planted alike
    followed = overview(
        read_run_files([rate, spiking]), {"spiking": Descent("rate", np.random.default_rng(0).permutation(36))}
    )[1]
    assert followed.rows[0][:2] == ("rate, spiking", "origin")
    assert followed.rows[0][3] != "1.00"  # neurons that have all moved are no longer those at the same place
    ids = [attributes["id"] for _, attributes in both.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    assert "run-1-raster" not in ids  # a rate network has no spikes to show
    assert "run-2-raster" in ids


def test_runs_of_the_same_name_are_told_apart(spiking, tmp_path):
    other = copy_of(spiking, tmp_path / "spiking")
    columns = page_of(spiking, other).table("mean performance")[""]
    assert columns == [str(spiking.path), str(other.path)]
    assert page_of(other, other).table("mean performance")[""] == [f"{other.path} (1)", f"{other.path} (2)"]


def test_an_empty_folder_says_what_would_fill_it(tmp_path):
    run = bare_folder(tmp_path / "a run")
    page = page_of(run)
    assert not page.figures
    said = " ".join(page.missing)
    for file, command in (
        ("analysis.json", "analyze"), ("network.safetensors", "prune"), ("parity.json", "export"),
        ("raster.npz", "analyze"), ("mapping-<chip>.json", "map"), ("metrics.csv", "train"),
    ):  # fmt: skip
        assert f"{file} is missing. This command writes it: neurogrow {command} '{run.path}'" in said


@pytest.mark.parametrize(
    ("file", "gone"),
    [
        ("analysis.json", ["performance-bars", "locality-decay", "variance-matrix", "anatomy-over-k"]),
        ("network.safetensors", []),
        ("parity.json", []),
        ("metrics.csv", ["training-curves"]),
        ("raster.npz", ["raster-spikes"]),
        ("mapping-loihi1-random.json", ["chip-loihi1-cores-1"]),
        ("environment.json", []),
    ],
)
def test_a_missing_file_leaves_out_its_section_only(spiking, page, tmp_path, file, gone):
    run = copy_of(spiking, tmp_path / "run")
    (run.path / file).unlink()
    assert set(page.figures) - set(page_of(run).figures) == {f"run-1-{name}" for name in gone}


def test_modules_come_from_the_network_where_there_is_no_analysis(spiking, tmp_path):
    run = copy_of(spiking, tmp_path / "run")
    (run.path / "analysis.json").unlink()
    page = page_of(run)
    network = GrownNetwork.load(run.path / "network.safetensors")
    switches = {int(attributes["data-module"]) for _, attributes in page.tags if "data-module" in attributes}
    assert switches == {*np.unique(network.module_N).tolist(), -1}


@pytest.mark.parametrize("members", [0, 1, 3])
def test_a_network_with_hardly_a_neuron_left_has_a_report(tmp_path, members):
    run = bare_folder(tmp_path / "run")
    module_N = np.where(np.arange(36) < members, 0, -1)
    report = planted_report(module_N, 6, len(TASKS), n_shuffles=20, task_names=TASKS)
    write_json(run.path / "analysis.json", report.to_json())
    add_network(run, report.module_N)
    page = page_of(run)
    assert page.table("important neurons")["important neurons"] == [str(members)]
    assert {"run-1-brain-map", "run-1-variance-matrix", "run-1-anatomy-over-k"} <= set(page.figures)


HOSTILE = '</script><script>alert("x")</script><a href="https://evil.example">&'


def test_hostile_text_is_only_text(spiking, tmp_path):
    run = copy_of(spiking, tmp_path / "run")
    names = (HOSTILE, *TASKS[1:])
    save_config(TrainConfig(TasksConfig(names), run.config.model), run.config_path)
    write_json(run.path / "analysis.json", read_json(run.path / "analysis.json") | {"task_names": names})
    with np.load(run.path / "raster.npz") as file:
        np.savez(run.path / "raster.npz", **dict(file) | {"task": np.array(names)})
    page = page_of(run)
    assert "<script>alert" not in page.html
    assert not [tag for tag, attributes in page.tags if "evil" in str(attributes)]
    assert any("evil.example" in text for text in page.headings)  # in the configuration, as text
    bars = page.figures["run-1-performance-bars"]["data"][0]
    assert bars["y"][0] == HOSTILE.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def test_nothing_is_asked_of_the_network(both):
    for tag, attributes in both.tags:
        assert tag not in ("link", "img", "iframe", "base", "form")
        assert "src" not in attributes
        assert attributes.get("href", "#").startswith("#")
    policy = next(a["content"] for _, a in both.tags if a.get("http-equiv") == "Content-Security-Policy")
    assert "default-src 'none'" in policy
    assert "http" not in policy
    assert both.html.count("plotly.js v") == 1


def test_links_lead_somewhere(both):
    ids = {attributes["id"] for _, attributes in both.tags if "id" in attributes}
    links = {attributes["href"][1:] for tag, attributes in both.tags if tag == "a"}
    assert links
    assert links <= ids


@pytest.mark.parametrize(
    ("file", "text", "message"),
    [
        ("analysis.json", "{}", "not an analysis"),
        ("analysis.json", "{", r"analysis\.json cannot be read as JSON"),
        ("parity.json", '{"nir": {}}', r"parity\.json is not complete"),
        ("parity.json", "[]", "does not contain a JSON object"),
        ("mapping-loihi1.json", "{}", "not a mapping"),
        ("mapping-loihi1.json", '{"format": "neurogrow-mapping-1", "chip": {}}', "not complete"),
        ("parity.json", '{"nir": "x", "onnx": "x"}', r"parity\.json is not complete"),
        ("raster.npz", "x", "example spikes"),
        ("metrics.csv", "step,performance\n1,high\n", "table of numbers"),
    ],
)
def test_a_damaged_file_is_named(spiking, tmp_path, file, text, message):
    run = copy_of(spiking, tmp_path / "run")
    (run.path / file).write_text(text)
    with pytest.raises(InputError, match=message):
        write_report([run], tmp_path / "report.html")
    assert not (tmp_path / "report.html").exists()


@pytest.mark.parametrize("start", range(60, 400, 40))
def test_example_spikes_with_flipped_bits_are_refused(spiking, tmp_path, start):
    path = copy_of(spiking, tmp_path / "run").path / "raster.npz"
    spikes = {"spikes_TN": np.random.default_rng(0).integers(0, 2, (500, 9), dtype=np.uint8)}
    np.savez_compressed(path, **spikes, trial_start=[0], task=["go"], substeps=5)
    content = bytearray(path.read_bytes())
    content[start : start + 20] = bytes(byte ^ 0x55 for byte in content[start : start + 20])
    path.write_bytes(content)
    with pytest.raises(InputError, match="cannot be read as example spikes"):
        write_report([Run(tmp_path / "run")], tmp_path / "report.html")


@pytest.mark.parametrize("part", ["energy", "limits", "packets"])
def test_a_mapping_with_parts_of_the_wrong_kind_is_refused(spiking, tmp_path, part):
    path = copy_of(spiking, tmp_path / "run").path / "mapping-loihi1.json"
    write_json(path, read_json(path) | {part: "x"})
    with pytest.raises(InputError, match="not complete"):
        write_report([Run(tmp_path / "run")], tmp_path / "report.html")


def test_a_trade_off_shows_every_network_once_and_its_frontiers(spiking):
    page = page_of(spiking, trade_offs=[planted_trade_off()])
    assert page.headings[:2] == ["BIMT spiking network of 6 x 6 neurons on 6 tasks", "Sparsity against error"]
    for name, sparsity in (("important-neurons", [200, 300, 40, 180]), ("wiring-length", [900, 4000, 100, 2000])):
        figure = page.figures[f"trade-off-1-{name}"]
        drawn = [place for trace in figure["data"] for place in zip(trace["x"], trace["y"], strict=True)]
        assert sorted(drawn) == sorted(zip(sparsity, (0.05, 0.06, 0.2, 0.1), strict=True))
        dominated, frontier, *_ = figure["data"]
        assert dominated["x"] == [max(sparsity)]
        assert frontier["x"] == sorted(frontier["x"])
        assert [trace["meta"]["condition"] for trace in figure["data"]] == [0, 0, 1, 1]
    assert {attributes["data-condition"] for _, attributes in page.tags if "data-condition" in attributes} == {"0", "1"}
    assert "L1 <b>" in page.html.replace("&lt;", "<").replace("&gt;", ">")
    assert "L1 <b>" not in page.html
    areas = next(table for table in page.tables if "hypervolume, wiring length" in table[0])
    assert [row[:3] for row in areas[1:]] == [["BIMT", "3", "2"], ["L1 <b>", "2", "1"]]
    assert "[" in areas[1][3]
    assert "[" not in areas[2][3]  # one seed has no spread
    frontiers = next(table for table in page.tables if "on the frontier of" in table[0])
    assert [row[-1] for row in frontiers[1:]] == ["sweep/1", "sweep/2", "sweep/3"]


def test_trade_offs_alone_make_a_page(tmp_path):
    report = planted_trade_off()
    page = Page(write_report([], tmp_path / "report.html", [report, report]))
    assert page.headings[:2] == ["Sweeps compared", "Sparsity against error (1)"]
    assert {name.split("-")[2] for name in page.figures} == {"1", "2"}


def test_a_report_is_about_something(tmp_path):
    with pytest.raises(InputError, match="at least one run"):
        write_report([], tmp_path / "report.html")


def test_the_same_folders_give_the_same_page(spiking, tmp_path):
    first, again = (write_report([spiking], tmp_path / name).read_bytes() for name in ("a.html", "b.html"))
    assert first == again


def test_the_raster_holds_every_spike(page, spiking):
    with np.load(spiking.path / "raster.npz") as file:
        spikes_TN, starts = file["spikes_TN"], file["trial_start"]
    figure = page.figures["run-1-raster-spikes"]
    drawn = sum(len(unpacked(trace["x"])) for trace in figure["data"])
    assert drawn == spikes_TN.sum()
    assert [mark["text"] for mark in figure["layout"]["annotations"]] == list(TASKS)
    assert [mark["x"] for mark in figure["layout"]["annotations"]] == starts.tolist()


def unpacked(packed):
    """Decode an array as plotly packs it."""
    return np.frombuffer(base64.b64decode(packed["bdata"]), dtype=np.dtype(packed["dtype"]))
