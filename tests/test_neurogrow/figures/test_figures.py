import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.collections import LineCollection, PatchCollection
from matplotlib.colors import to_rgb, to_rgba
from matplotlib.quiver import Quiver
from scipy import sparse
from support.planted import quadrants
from support.reports import planted_report

from neurogrow import figures
from neurogrow.analysis.anatomy import Locality
from neurogrow.analysis.frontier import TradeOff
from neurogrow.analysis.task_variance import sorted_by_module
from neurogrow.errors import InputError
from neurogrow.figures.canvas import GREY, MODULE_COLOURS, NEGATIVE, POSITIVE, module_colours
from neurogrow.layout import GridLayout

THREE = GridLayout(3, 3)
PROTANOPE = [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
DEUTERANOPE = [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
TO_XYZ = [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]


@pytest.fixture(autouse=True)
def own_figures():
    plt.switch_backend("Agg")
    yield
    plt.close("all")


@pytest.fixture(scope="module")
def report():
    return planted_report()


def kinds(ax, kind):
    return [artist for artist in ax.collections if isinstance(artist, kind)]


def points(ax):
    """Every marker drawn by scatter: x, y and RGB, of collections that are neither lines, patches nor arrows."""
    drawn = [c for c in ax.collections if not isinstance(c, LineCollection | PatchCollection | Quiver)]
    rows = [
        np.hstack([c.get_offsets(), np.broadcast_to(c.get_facecolors()[:, :3], (len(c.get_offsets()), 3))])
        for c in drawn
        if len(c.get_offsets())
    ]
    return np.concatenate(rows)


def cielab(rgb, seen_as):
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    xyz = np.clip(linear @ np.transpose(seen_as), 0, 1) @ np.transpose(TO_XYZ) / [0.95047, 1, 1.08883]
    x, y, z = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116).T
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=1)


@pytest.mark.parametrize("seen_as", [np.eye(3), PROTANOPE, DEUTERANOPE], ids=["normal", "protanope", "deuteranope"])
def test_module_colours_differ_from_each_other_and_from_grey_and_white_for_everyone(seen_as):
    lab = cielab(np.array([to_rgb(colour) for colour in (*MODULE_COLOURS, GREY, "white")]), seen_as)
    apart = np.linalg.norm(lab[:, None] - lab[None], axis=-1)[:10]
    assert apart[apart > 0].min() > 30
    assert (apart == 0).sum() == 10


def test_brain_map_draws_active_connections_by_sign_and_the_strongest_last():
    weights_NN = np.zeros((9, 9))
    weights_NN[3, 0], weights_NN[8, 4], weights_NN[1, 2] = -0.5, 1.0, 0.1
    weights_NN[5, 5], weights_NN[6, 7] = 3.0, 0.01  # to itself; too weak
    for weights in (weights_NN, sparse.csr_array(weights_NN)):
        ax = figures.brain_map(weights, THREE.positions_N2)
        (lines,) = kinds(ax, LineCollection)
        third = 1 / 3
        np.testing.assert_allclose(
            lines.get_segments(),
            [[[2 * third, 0], [third, 0]], [[0, 0], [0, third]], [[third, third], [2 * third, 2 * third]]],
        )
        colours = lines.get_colors()
        assert [to_rgb(c[:3]) for c in colours] == [to_rgb(c) for c in (POSITIVE, NEGATIVE, POSITIVE)]
        assert (np.diff(colours[:, 3]) > 0).all()
        assert (np.diff(lines.get_linewidths()) > 0).all()
        assert len(points(ax)) == 9


def test_brain_map_shows_neurons_by_module_with_row_0_at_the_top():
    module_N = np.array([0, 1, 10, -1, 21, 0, -1, 1, 2])
    ax = figures.brain_map(np.zeros((9, 9)), THREE.positions_N2, module_N)
    drawn = {(round(x * 3), round(y * 3)): tuple(rgb) for x, y, *rgb in points(ax)}
    expected = {(n % 3, n // 3): to_rgb(MODULE_COLOURS[m % 10] if m >= 0 else GREY) for n, m in enumerate(module_N)}
    assert drawn == expected
    markers = {len(c.get_paths()[0].vertices) for c in ax.collections if len(c.get_offsets()) and c.get_zorder() == 3}
    assert len(markers) > 1  # modules 0 and 10 share a colour, not a shape
    assert ax.yaxis_inverted()
    assert ax.get_aspect() == 1.0
    assert not ax.axison


def test_task_variance_matrix_sorts_by_module_and_shows_no_others():
    variance_NK = np.array([[1.0, 4], [0, 0], [6, 3], [2, 1], [0, 5]])
    module_N = np.array([1, -1, 0, 0, 0])
    assert sorted_by_module(variance_NK, module_N).tolist() == [2, 3, 4, 0]
    ax = figures.task_variance_matrix(variance_NK, module_N, ["go", "anti"])
    np.testing.assert_array_equal(ax.images[0].get_array(), [[1, 1, 0, 0.25], [0.5, 0.5, 1, 1]])
    assert [label.get_text() for label in ax.get_yticklabels()] == ["go", "anti"]
    assert [(p.get_x(), p.get_width(), p.get_facecolor()) for p in ax.patches] == [
        (-0.5, 3, to_rgba(MODULE_COLOURS[0])),
        (2.5, 1, to_rgba(MODULE_COLOURS[1])),
    ]
    assert [line.get_xdata()[0] for line in ax.lines] == [2.5]


def test_performance_bars_have_the_length_of_performances_and_marks_at_the_ceiling():
    ax = figures.performance_bars(np.array([0.5, 1.0]), ["go", "dm1"], ceiling_K=np.array([1.0, 0.75]))
    assert [bar.get_width() for bar in ax.patches] == [0.5, 1.0]
    assert ax.lines[0].get_xdata()[0] == 0.75
    (ceiling,) = kinds(ax, LineCollection)
    assert [segment[0][0] for segment in ceiling.get_segments()] == [1.0, 0.75]
    assert ax.yaxis_inverted()
    assert not kinds(figures.performance_bars(np.array([0.5]), ["go"]), LineCollection)


def test_weight_by_distance_leaves_gaps_where_a_logarithm_cannot_go():
    locality = Locality(np.array([0.0, 0.5, 1.0]), np.array([0.1, 0.0, 0.001]), np.array([1, 2, 1]))
    ax = figures.weight_by_distance(locality)
    np.testing.assert_array_equal(ax.lines[0].get_ydata(), [0.1, np.nan, 0.001])
    assert ax.get_yscale() == "log"
    assert figures.weight_by_distance(locality, ax, label="another") is ax
    assert len(ax.lines) == 2
    assert ax.lines[0].get_color() != ax.lines[1].get_color()
    empty = Locality(np.array([0.0]), np.array([0.0]), np.array([1]))
    assert figures.weight_by_distance(empty).get_yscale() == "linear"


def test_modularity_over_k_draws_both_z_and_the_chosen_number(report):
    ax = figures.modularity_over_k(report)
    curves = {line.get_label(): line for line in ax.lines}
    np.testing.assert_array_equal(curves["isolated fraction"].get_xdata(), range(2, 21))
    np.testing.assert_array_equal(curves["cluster size"].get_ydata(), [m.cluster_size.z for m in report.over_k])
    assert curves["chosen, k = 9"].get_xdata()[0] == 9
    without = figures.modularity_over_k(planted_report(np.full(144, -1)))
    assert np.isnan(without.lines[-1].get_ydata()).all()


def test_training_curves_draw_a_column_on_each_side():
    metrics = {"step": np.arange(3.0), "performance": np.array([0, 0.5, 0.9]), "cross_entropy": np.array([2, 1, 0.1])}
    ax = figures.training_curves(metrics)
    (twin,) = [other for other in ax.figure.axes if other is not ax]
    np.testing.assert_array_equal(ax.lines[0].get_ydata(), metrics["performance"])
    np.testing.assert_array_equal(twin.lines[0].get_ydata(), metrics["cross_entropy"])
    assert (ax.get_yscale(), twin.get_yscale()) == ("linear", "log")
    with pytest.raises(InputError, match="Did you mean 'performance'"):
        figures.training_curves(metrics, left="performence")


def test_spike_raster_marks_every_spike_in_the_row_of_its_neuron():
    spikes_TN = np.array([[1, 0, 0], [0, 2, 0], [1, 0, 1]])
    ax = figures.spike_raster(spikes_TN, module_N=np.array([-1, 1, 0]))
    by_row = {(x, y): tuple(rgb) for x, y, *rgb in points(ax)}
    grey, first, second = to_rgb(GREY), to_rgb(MODULE_COLOURS[0]), to_rgb(MODULE_COLOURS[1])
    assert by_row == {(0, 2): grey, (2, 2): grey, (1, 1): second, (2, 0): first}
    assert {(x, y) for x, y, *_ in points(figures.spike_raster(spikes_TN))} == {(0, 0), (2, 0), (1, 1), (2, 2)}
    assert ax.yaxis_inverted()


def mapping(**changed):
    chip = {"title": "A chip", "routing": "multicast", "columns": 9, "rows": 2, "cores_per_tile": 2, "cores": 36}
    cores = [
        {"core": 0, "x": 0, "y": 0, "neurons_per_core": 4},
        {"core": 3, "x": 0, "y": 1, "neurons_per_core": 2},
        {"core": 5, "x": 1, "y": 0, "neurons_per_core": 3},
    ]
    links = [
        {"from": [0, 0], "to": [1, 0], "load": 30},
        {"from": [1, 0], "to": [0, 0], "load": 10},
        {"from": [0, 1], "to": [0, 0], "load": 20},
    ]
    return {"chip": chip, "cores": cores, "multicast": {"links": links}} | changed


def test_core_map_shades_the_cores_in_use_and_one_tile_around_them():
    ax = figures.core_map(mapping())
    (cores,) = kinds(ax, PatchCollection)
    centres = [tuple(path.vertices[:4].mean(axis=0).round(3)) for path in cores.get_paths()]
    drawn = dict(zip(centres, np.ma.filled(cores.get_array(), 0), strict=True))
    assert len(drawn) == 3 * 2 * 2  # columns 0 to 2 of 9, two rows, two cores each
    side = 0.155
    assert drawn[(-side, -side)] == 4
    assert sorted(n for n in drawn.values() if n > 0) == [2, 3, 4]
    assert sorted(text.get_text() for text in ax.texts) == ["2", "3", "4"]
    assert ax.get_title() == "A chip: 3 of 36 cores used"


def test_core_map_draws_an_arrow_per_link_coloured_by_load_each_direction_on_its_own_side():
    (arrows,) = kinds(figures.core_map(mapping()), Quiver)
    assert arrows.get_array().tolist() == [10, 20, 30]
    np.testing.assert_allclose(arrows.U, [-0.38, 0, 0.38], atol=1e-12)
    np.testing.assert_allclose(arrows.V, [0, -0.38, 0], atol=1e-12)
    np.testing.assert_allclose(arrows.XY, [[0.69, 0.09], [-0.09, 0.69], [0.31, -0.09]])
    assert not kinds(figures.core_map(mapping(multicast={"links": []})), Quiver)


def test_core_map_refuses_what_is_no_mapping():
    with pytest.raises(InputError, match=r"not a mapping.*'chip'"):
        figures.core_map({})


def test_axes_are_the_one_given_and_otherwise_new(report):
    _, (left, right) = plt.subplots(1, 2)
    layout = GridLayout(12, 12)
    assert figures.brain_map(np.zeros((144, 144)), layout.positions_N2, quadrants(layout, 3), left) is left
    assert figures.modularity_over_k(report, right) is right
    new = figures.modularity_over_k(report)
    assert new.figure is not left.figure
    np.testing.assert_array_equal(module_colours(np.array([-1])), [to_rgba(GREY)])


def test_the_trade_off_draws_every_network_and_a_frontier_for_each_condition():
    x = np.array([10.0, 30.0, 20.0])
    conditions = {
        "BIMT": TradeOff(x, np.array([0.3, 0.1, 0.4]), (0, 0, 1)),
        "none": TradeOff(x * 10, np.array([0.2, 0.1, 0.1]), (0, 0, 1)),
    }
    ax = figures.trade_off(conditions, measure="wiring length")
    assert [len(c.get_offsets()) for c in ax.collections] == [3, 3]
    assert ax.lines[0].get_xydata().tolist() == [[10, 0.3], [30, 0.1]]
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["BIMT", "none"]
    assert (ax.get_xscale(), ax.get_yscale(), ax.get_xlabel()) == ("log", "log", "wiring length")
    perfect = figures.trade_off({"one": TradeOff(x, np.zeros(3), (0, 0, 0))})
    assert perfect.get_yscale() == "linear"  # an error of zero has no logarithm


def test_importance_counts_the_neurons_above_the_threshold():
    variance_NK = np.array([[0.0, 0.0], [1e-4, 0.0], [0.3, 0.2], [0.01, 0.0]])
    ax = figures.importance(variance_NK, label="BIMT")
    assert ax.lines[0].get_ydata()[:3].tolist() == pytest.approx([0.5, 0.01, 1e-4])
    assert np.isnan(ax.lines[0].get_ydata()[3])
    assert ax.get_legend().get_texts()[0].get_text() == "BIMT: 2 important"


def test_the_null_histogram_holds_every_shuffle_and_marks_the_network():
    null_S = np.random.default_rng(0).normal(size=500)
    ax = figures.null_histogram(-3.0, null_S, measure="cluster size")
    assert sum(bar.get_height() * bar.get_width() for bar in ax.patches) == pytest.approx(1)
    assert ax.lines[0].get_xdata()[0] == -3.0
    assert ax.get_xlabel() == "cluster size"
