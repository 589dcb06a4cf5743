"""Numbers of axes."""

from __future__ import annotations

from importlib import import_module

import pytest

from features.charts.axes import degrees_text, drawable, drawable_rows, number_text, span_of, time_text


@pytest.mark.parametrize("pair", [(1e15, 1e15 + 0.125), (1, 1 + 2.3e-16), (1e300, 1e308), (0, 5e-324), (-1, 1e-9)])
def test_a_scale_between_any_two_numbers_ends(pair: tuple[float, float]) -> None:
    low, high = drawable(pair)
    compute_scale = import_module("pygal.util").compute_scale
    assert len(compute_scale(low, high, False, None, 4, 16)) <= 40


def test_numbers_keep_nine_digits() -> None:
    assert drawable([123456789.25, 0.5, None, "x", True, -0.0]) == [123456789.0, 0.0, None, None, None, 0.0]
    assert drawable([0.001234567899, 0.0001]) == [0.0012345679, 0.0001]
    assert drawable_rows([[1, 2.5], [None, 3]]) == [[1.0, 2.5], [None, 3.0]]
    assert drawable([]) == []


def test_ends_are_apart() -> None:
    assert [span_of(numbers) for numbers in ([0, 10], [None], [4], [-200])] == [
        *((-0.5, 10.5), (-0.05, 0.05), (3.8, 4.2), (-210.0, -190.0)),
    ]


def test_texts() -> None:
    assert [number_text(value) for value in (None, 0, 1234.5, 12345678.0, 1e20)] == [
        *("", "0", "1,234.5", "12,345,678", "1e+20"),
    ]
    assert [time_text(value) for value in (0, 1e20, -1e20)] == ["1970-01-01", "9999-12-31", "0001-01-01"]
    assert degrees_text(-5.5, positive="E", negative="W") == "5.5° W"
