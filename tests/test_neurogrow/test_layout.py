import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurogrow.errors import InputError
from neurogrow.layout import GridLayout

sides = st.integers(1, 7)


def test_positions_and_distances_of_a_known_grid():
    layout = GridLayout(2, 4)
    assert layout.positions_N2[5].tolist() == [0.5, 0.25]
    assert layout.distance_NN[0, 7] == 0.5 + 0.75


@given(sides, sides)
def test_distance_is_a_metric(rows, cols):
    D = GridLayout(rows, cols).distance_NN
    np.testing.assert_array_equal(D, D.T)
    assert (np.diagonal(D) == 0).all()
    assert (D[:, None] <= D[:, :, None] + D[None] + 1e-12).all()


@given(sides, sides)
def test_neighbours_are_the_places_at_chebyshev_distance_one(rows, cols):
    layout = GridLayout(rows, cols)
    away = np.abs(layout.places_N2[:, None] - layout.places_N2[None]).max(-1)
    for neuron, around in enumerate(layout.neighbours_N8):
        assert sorted(around[around >= 0]) == np.flatnonzero(away[neuron] == 1).tolist()


def test_square_refuses_a_number_that_is_not_a_square():
    assert GridLayout.square(400).rows == 20
    with pytest.raises(InputError, match="nearest square is 400"):
        GridLayout.square(410)


@pytest.mark.parametrize(
    "bad", [np.zeros((3, 3)), np.ones((4, 4)), np.full((4, 4), np.nan), -GridLayout(2, 2).distance_NN]
)
def test_a_bad_distance_matrix_is_refused(bad):
    with pytest.raises(InputError):
        GridLayout(2, 2, bad)
