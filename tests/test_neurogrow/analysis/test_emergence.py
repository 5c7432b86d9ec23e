import json
from dataclasses import replace

import numpy as np
import pytest
from support.planted import quadrants, variance_of_modules
from support.reports import local_weights, recording_of

from neurogrow import figures
from neurogrow.analysis.emergence import emergence, measure_snapshot
from neurogrow.cli import main
from neurogrow.errors import InputError
from neurogrow.layout import GridLayout
from neurogrow.pipeline import emergence_run
from neurogrow.training import GrowthConfig, ModelConfig, TasksConfig, TrainConfig, TrainingConfig, train

LAYOUT = GridLayout(12, 12)


def mixed(fraction, seed=0):
    """Blocks of the grid of which a fraction of the neurons have changed places at random."""
    module_N = quadrants(LAYOUT, 3)
    rng = np.random.default_rng(seed)
    moved = rng.permutation(144)[: int(fraction * 144)]
    module_N[moved] = module_N[rng.permutation(moved)]
    return measure_snapshot(local_weights(LAYOUT), LAYOUT, recording_of(variance_of_modules(module_N, 6)), k=9)


@pytest.fixture(scope="module")
def growth():
    return emergence({300: mixed(0.0), 0: mixed(1.0), 100: mixed(0.7), 200: mixed(0.3)}, k=9)


def test_places_of_modules_that_come_about_show_as_growing_anatomical_modularity(growth):
    assert growth.step_S.tolist() == [0, 100, 200, 300]
    assert abs(growth.isolated_S[0]) < 3
    assert abs(growth.compactness_S[0]) < 3
    assert (np.diff(growth.compactness_S) > 0).all()
    assert growth.isolated_S[-1] > 5
    assert growth.important_S.tolist() == [144] * 4


def test_what_is_undefined_is_none_in_json(growth):
    unmeasured = replace(growth, isolated_S=np.array([np.nan, 1.0, 2.0, 3.0]))
    value = json.loads(json.dumps(unmeasured.to_json(), allow_nan=False))
    assert value["isolated_S"] == [None, 1.0, 2.0, 3.0]
    assert value["k"] == 9
    assert -1 <= value["together"] <= 1
    assert np.isnan(replace(growth, silhouette_S=np.full(4, np.nan)).modularity_correlation)


def test_measures_that_rise_together_correlate(growth):
    rising = replace(growth, silhouette_S=np.array([0.1, 0.2, 0.3, 0.4]), isolated_S=np.array([0.0, 1.0, 5.0, 9.0]))
    assert rising.modularity_correlation == pytest.approx(1)
    assert replace(rising, isolated_S=-rising.isolated_S).modularity_correlation == pytest.approx(-1)


def test_the_figure_has_both_kinds_of_modularity(growth):
    ax = figures.co_emergence(growth)
    assert ax.lines[0].get_ydata().tolist() == growth.silhouette_S.tolist()
    twin = next(other for other in ax.figure.axes if other is not ax)
    assert twin.lines[0].get_ydata().tolist() == growth.isolated_S.tolist()
    assert twin.lines[1].get_ydata().tolist() == growth.compactness_S.tolist()


def short_run(folder, seed=0):
    config = TrainConfig(
        tasks=TasksConfig(("go", "dm1", "dms"), ring=8),
        model=ModelConfig(rows=4, cols=4, seed=seed),
        growth=GrowthConfig(strength=1e-4, swap_every=3),
        training=TrainingConfig(steps=6, batch_size=4, ticks=30, warmup_steps=2, snapshot_every=3),
    )
    return train(config, folder)


def test_a_run_keeps_its_snapshots_and_measures_them(tmp_path):
    run = short_run(tmp_path / "run")
    assert list(run.snapshots()) == [0, 3, 6]
    assert run.snapshot_path(6).read_bytes() == run.model_path.read_bytes()
    growth = emergence_run(run, k=3, trials_per_task=5)
    assert growth.step_S.tolist() == [0, 3, 6]
    assert (run.path / "figures" / "co_emergence.png").exists()
    written = json.loads((run.path / "emergence.json").read_text())
    assert emergence_run(run, k=3, trials_per_task=5).to_json() == growth.to_json()

    marked = written | {"performance_S": [0.1, 0.2, 0.3]}
    (run.path / "emergence.json").write_text(json.dumps(marked))
    assert emergence_run(run, k=3, trials_per_task=5).performance_S.tolist() == [0.1, 0.2, 0.3]  # read, not measured
    assert emergence_run(run, k=2, trials_per_task=5).k == 2
    assert json.loads((run.path / "emergence.json").read_text())["performance_S"] == written["performance_S"]


def test_conditions_along_training_are_drawn_with_their_spread(growth):
    higher = replace(growth, silhouette_S=growth.silhouette_S + 1)
    ax = figures.emergence_curves({"a": [growth, higher], "b": [growth]}, "silhouette_S")
    assert [line.get_label() for line in ax.lines] == ["a (n = 2)", "b (n = 1)"]
    assert np.allclose(ax.lines[0].get_ydata(), growth.silhouette_S + 0.5)
    band_V2 = ax.collections[0].get_paths()[0].vertices
    assert band_V2[:, 1].max() == pytest.approx(higher.silhouette_S.max())
    assert band_V2[:, 1].min() == pytest.approx(growth.silhouette_S.min())
    with pytest.raises(InputError, match="silhouette_S"):
        figures.emergence_curves({"a": [growth]}, "silhouette_s")
    with pytest.raises(InputError, match="different steps"):
        figures.emergence_curves({"a": [growth, replace(growth, step_S=growth.step_S + 1)]}, "silhouette_S")


def test_the_command_measures_conditions_beside_each_other(tmp_path, capsys):
    first, second = (short_run(tmp_path / str(seed), seed) for seed in (0, 1))
    sides = [f"x={first.path}", f"y={second.path}"]
    arguments = ["emergence", *sides, "--modules", "3", "--trials", "5", "--out", str(tmp_path / "out")]
    main([*arguments, "--json"])
    printed = json.loads(capsys.readouterr().out)
    assert list(printed["conditions"]) == ["x", "y"]
    assert printed["conditions"]["x"][str(first.path)]["step_S"] == [0, 3, 6]
    assert (tmp_path / "out" / "emergence.png").stat().st_size > 0
    main(arguments)
    assert "isolated fraction" in capsys.readouterr().out


def test_one_step_is_no_growth():
    with pytest.raises(InputError, match="snapshot_every"):
        emergence({0: mixed(0.0)}, k=9)
