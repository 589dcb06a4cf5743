"""Formats of moment.js, compared with its documentation."""

from __future__ import annotations

from datetime import datetime

import pytest

from dialects.restdb.query.moment_format import finest_unit, format_datetime

AT = datetime(2026, 3, 1, 13, 5, 9, 42_000)


@pytest.mark.parametrize(
    ("format", "text", "unit"),
    [
        ("YYYY-MM-DD", "2026-03-01", "day"),
        ("YY/M/D", "26/3/1", "day"),
        ("MMMM Do, YYYY", "March 1st, 2026", "day"),
        ("dddd ddd dd d E", "Sunday Sun Su 0 7", "day"),
        ("HH:mm:ss.SSS", "13:05:09.042", "millisecond"),
        ("h:mm a", "1:05 pm", "minute"),
        ("hh A", "01 PM", "hour"),
        ("[week] W, GGGG", "week 9, 2026", "week"),
        ("YYYY-[W]WW", "2026-W09", "day"),
        ("DDDD", "060", "day"),
        ("Q", "1", "quarter"),
    ],
)
def test_formats(format: str, text: str, unit: str) -> None:
    assert format_datetime(AT, format) == text
    assert finest_unit(format) == unit


@pytest.mark.parametrize("format", ["", "[only text]", "-", "x", "YYYY foo"])
def test_formats_without_a_unit(format: str) -> None:
    assert finest_unit(format) is None
