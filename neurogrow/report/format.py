"""Formatting of numbers: three significant digits, thousands separators, SI prefixes, a dash for unknown values."""

import math

DASH = "–"
"""Text for an unknown or undefined value."""

_PREFIXES = (
    (1e-15, "f"), (1e-12, "p"), (1e-9, "n"), (1e-6, "µ"), (1e-3, "m"), (1.0, ""), (1e3, "k"), (1e6, "M"),
)  # fmt: skip
_SPACE = "\N{NO-BREAK SPACE}"
"""No-break space between a number and its unit."""
_SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def significant(value: float | None, digits: int = 3) -> str:
    r"""Return a number with ``digits`` significant digits; a Python ``int`` keeps all digits.

    Examples
    --------
    >>> [significant(value) for value in (4939.4, 0.01234, 2.3e-7, -1.5, 12345, None)]
    ['4,940', '0.0123', '2.30\xa0×\xa010⁻⁷', '−1.50', '12,345', '–']
    """
    if value is None or not math.isfinite(value):
        return DASH
    if isinstance(value, int) or value == 0:
        return _minus(f"{value:,.0f}")
    mantissa, exponent = f"{value:.{digits - 1}e}".split("e")
    power = int(exponent)
    if not -5 < power < 9:
        return _minus(f"{mantissa}{_SPACE}×{_SPACE}10{str(power).translate(_SUPERSCRIPT)}")
    return _minus(f"{round(value, digits - 1 - power):,.{max(0, digits - 1 - power)}f}")


def quantity(value: float | None, unit: str, digits: int = 3) -> str:
    r"""Return a number with its unit and the SI prefix that leaves one to three digits before the decimal point.

    Examples
    --------
    >>> quantity(1.234e-9, "J"), quantity(0.9996e-6, "J"), quantity(0.0, "s")
    ('1.23\xa0nJ', '1.00\xa0µJ', '0\xa0s')
    """
    if value is None or not math.isfinite(value):
        return DASH
    rounded = float(f"{value:.{digits - 1}e}")  # 999.6 nJ must become 1.00 µJ
    size, prefix = max((p for p in _PREFIXES if p[0] <= abs(rounded) * (1 + 1e-12)), default=_PREFIXES[0])
    return f"{significant(rounded / size, digits)}{_SPACE}{prefix}{unit}" if value else f"0{_SPACE}{unit}"


def percent(fraction: float | None, digits: int = 3) -> str:
    r"""Return a fraction as percentage.

    Examples
    --------
    >>> percent(0.1234)
    '12.3\xa0%'
    """
    return DASH if fraction is None else f"{significant(100 * fraction, digits)}{_SPACE}%"


def score(z: float | None) -> str:
    """Return a z score with its sign and two decimals.

    Examples
    --------
    >>> score(-3.456), score(0.5), score(None)
    ('−3.46', '+0.50', '–')
    """
    return DASH if z is None or not math.isfinite(z) else _minus(f"{z:+.2f}")


def _minus(text: str) -> str:
    return text.replace("-", "−")
