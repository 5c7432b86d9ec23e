import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neurogrow.report.format import quantity, significant


@pytest.mark.parametrize(
    ("value", "unit", "said"),
    [(1.234e-9, "J", "1.23\xa0nJ"), (0.99996e-6, "J", "1.00\xa0µJ"), (12.0, "s", "12.0\xa0s"), (0.0, "J", "0\xa0J"),
     (4.65e-7, "s", "465\xa0ns"), (None, "J", "–")],
)  # fmt: skip
def test_quantities_by_hand(value, unit, said):
    assert quantity(value, unit) == said


@given(st.floats(1e-14, 1e8))
@settings(deadline=None, max_examples=100)
def test_what_is_written_is_within_half_a_unit_of_the_third_digit(value):
    sizes = {"f": 1e-15, "p": 1e-12, "n": 1e-9, "µ": 1e-6, "m": 1e-3, "k": 1e3, "M": 1e6}
    number, unit = quantity(value, "J").split("\xa0")
    assert float(number) * sizes.get(unit[0], 1.0) == pytest.approx(value, rel=0.0051)
    assert 1 <= float(number) < 1000
    said = significant(value).replace(",", "").replace("\xa0×\xa010", "e")
    said = said.translate(str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789"))
    assert float(said) == pytest.approx(value, rel=0.0051)
