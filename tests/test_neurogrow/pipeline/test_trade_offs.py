import pytest
from support.reports import planted_trade_off

from neurogrow.analysis.trade_off_report import TradeOffReport
from neurogrow.errors import InputError
from neurogrow.io.files import read_json, write_json
from neurogrow.pipeline.trade_offs import read_trade_off, swept_networks, write_trade_offs
from neurogrow.training.sweep import run_sweep

SWEEP = """
[tasks]
names = ["go", "anti"]
ring = 4
[model]
rows = 3
cols = 3
[training]
steps = 4
batch_size = 2
ticks = 15
[sweep]
growth.strength = [1e-4, 1e-1]
model.seed = [0, 1]
[[sweep.condition]]
name = "BIMT"
growth.rule = "proximal"
[[sweep.condition]]
name = "none"
growth.strength = 0.0
growth.swap_every = 0
"""


@pytest.fixture(scope="module")
def sweep(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sweep")
    (folder / "sweep.toml").write_text(SWEEP)
    run_sweep(folder / "sweep.toml", folder / "out")
    return folder / "out"


def test_every_network_of_a_sweep_is_a_point_of_its_condition(sweep, tmp_path):
    report, picture = write_trade_offs([sweep], tmp_path)
    value = report.to_json()
    found = [(p["condition"], p["strength"], p["seed"]) for p in value["networks"]]
    assert found == [
        ("BIMT", 1e-4, 0),
        ("BIMT", 1e-4, 1),
        ("BIMT", 0.1, 0),
        ("BIMT", 0.1, 1),
        ("none", 0, 0),
        ("none", 0, 1),
    ]
    assert all(0 <= p["error"] <= 1 and p["important_neurons"] >= 0 for p in value["networks"])
    assert set(value["hypervolume"]) == {"important_neurons", "wiring_length"}
    assert set(value["hypervolume"]["wiring_length"]) == {"BIMT", "none"}
    assert value["hypervolume"]["wiring_length"]["BIMT"]["seeds"] == 2
    assert set(value["frontier"]["wiring_length"]["BIMT"]) <= {p["run"] for p in value["networks"][:4]}
    assert read_json(tmp_path / "trade-off.json") == value
    assert read_trade_off(tmp_path) == report
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_what_is_no_sweep_or_not_finished_is_refused(sweep, tmp_path):
    with pytest.raises(InputError, match="is not a sweep"):
        swept_networks([tmp_path])
    (tmp_path / "sweep.csv").write_text("run,finished\n0000,False\n")
    with pytest.raises(InputError, match="go on with"):
        swept_networks([tmp_path])


def test_a_sweep_that_was_not_measured_is_no_trade_off(sweep, tmp_path):
    with pytest.raises(InputError, match="neurogrow tradeoff"):
        read_trade_off(sweep)
    assert read_trade_off(tmp_path) is None


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"format": "other"}, "not a trade-off report"),
        ({"networks": []}, "No network of the trade-off report has active neurons"),
        ({"networks": [{"run": "a"}]}, "not complete"),
        ({"worst_error": None}, "not complete"),
        ({"networks": "abc"}, "not complete"),
        ({"hypervolume": {"important_neurons": {}}}, "not complete"),
        ({"hypervolume": {"important_neurons": {"BIMT": 3}, "wiring_length": {}}}, "not complete"),
    ],
)
def test_a_damaged_trade_off_is_refused(tmp_path, changed, message):
    write_json(tmp_path / "trade-off.json", planted_trade_off().to_json() | changed)
    with pytest.raises(InputError, match=message):
        read_trade_off(tmp_path)


def test_the_frontier_of_a_condition_is_its_own():
    report = planted_trade_off()
    assert report.conditions == ("BIMT", "L1 <b>")
    assert [network.run for network in report.frontier("wiring_length", "BIMT")] == ["sweep/2", "sweep/1"]
    assert [network.run for network in report.frontier("important_neurons", "L1 <b>")] == ["sweep/3"]
    assert TradeOffReport.from_json(report.to_json()) == report
