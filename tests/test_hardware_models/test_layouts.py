import json
from dataclasses import replace

import numpy as np
import pytest
from support.workloads import mesh_chip

from hardware_models.chips.spec import load_chip
from hardware_models.layouts import chip_layout, cores_of_places
from neurogrow.cli.exporting import distances
from neurogrow.errors import InputError
from neurogrow.layout import GridLayout
from neurogrow.training import GrowthConfig, ModelConfig, TrainConfig
from neurogrow.training.build import build_model


def test_a_small_grid_on_four_cores_by_hand():
    chip = mesh_chip(2, 2, neurons=4)
    core_N = cores_of_places(chip, 4, 4).reshape(4, 4)
    assert np.array_equal(core_N, np.kron([[0, 1], [2, 3]], np.ones((2, 2), int)))
    layout = chip_layout(chip, 4, 4)
    apart = layout.distance_NN / layout.distance_NN[0, 2]
    assert apart[0, [0, 1, 4, 5]].tolist() == [0, 0, 0, 0]
    assert apart[0, [2, 8]].tolist() == [1, 1]  # a packet and a hop
    assert apart[0, 10] == pytest.approx(1.5)  # a packet and two hops
    assert layout.distance_NN.mean() == pytest.approx(GridLayout(4, 4).distance_NN.mean())


@pytest.mark.parametrize("name", ["loihi1", "spinnaker1", "torus8x8", "dynapse2"])
def test_every_topology_gives_a_layout_where_neurons_of_a_core_are_together(name):
    chip = load_chip(name)
    size = 12 if name != "dynapse2" else None
    core_N = cores_of_places(chip, 12, 12, size)
    layout = chip_layout(chip, 12, 12, size)
    together_NN = core_N[:, None] == core_N[None]
    assert not layout.distance_NN[together_NN].any()
    assert (layout.distance_NN[~together_NN] > 0).all()
    near = GridLayout(12, 12).distance_NN
    assert np.corrcoef(near.ravel(), layout.distance_NN.ravel())[0, 1] > 0.2


def test_what_does_not_fit_or_has_no_length_is_refused():
    with pytest.raises(InputError, match="do not fit on mesh"):
        chip_layout(mesh_chip(2, 2, neurons=3), 4, 4)
    with pytest.raises(InputError, match="do not fit"):
        chip_layout(mesh_chip(2, 2, neurons=64), 4, 4, 3)
    with pytest.raises(InputError, match="one core"):
        chip_layout(load_chip("loihi1"), 4, 4, 16)


def test_a_network_grows_on_the_distances_of_a_file(tmp_path, capsys):
    path = tmp_path / "loihi.npy"
    distances("loihi1", rows=6, cols=6, out=path, neurons_per_core=4, json=True)
    assert json.loads(capsys.readouterr().out)["neurons"] == 36
    config = TrainConfig(model=ModelConfig(rows=6, cols=6), growth=GrowthConfig(distances=str(path)))
    np.testing.assert_allclose(build_model(config).distance_NN, chip_layout(load_chip("loihi1"), 6, 6, 4).distance_NN,
                               rtol=1e-6)  # fmt: skip
    with pytest.raises(InputError, match=r"nowhere\.npy cannot be read"):
        build_model(replace(config, growth=GrowthConfig(distances=str(tmp_path / "nowhere.npy"))))
    with pytest.raises(InputError, match="36"):
        build_model(replace(config, model=ModelConfig(rows=5, cols=5)))
