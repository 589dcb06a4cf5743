"""Values of `$date`: the forms that JavaScript reads, numbers, and words for times relative to now."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from dialects.restdb.query.dates import parse_date

NOW = datetime(2026, 3, 9, 10, 30, 15, 42_000)
UNKNOWN = (
    "Must be an ISO 8601 date, a date as JavaScript writes it, such as 2026/1/31, 1/31/2026 or 31 Jan 2026, "
    "milliseconds since 1970, or one of $now, $currentDate, $currentMonth, $currentYear."
)
NO_DATE, OUT_OF_RANGE = "This date or time does not exist.", "The date is out of range."


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("$now", "2026-03-09T10:30:15.042Z"),
        ("$currentDate", "2026-03-09T00:00:00.000Z"),
        ("$currentMonth", "2026-03-01T00:00:00.000Z"),
        ("$currentYear", "2026-01-01T00:00:00.000Z"),
    ],
)
def test_words_for_times_relative_to_now(word: str, expected: str) -> None:
    assert parse_date(word, now=NOW) == expected


@pytest.mark.parametrize(
    "text", ["2026-01-31", "2026-01-31T10:30:00+01:00", "2026-01-31 10:30", "2026-01-31T10:30Z"]
)
def test_iso_8601_is_unchanged(text: str) -> None:
    assert parse_date(text, now=NOW) == text


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (0, "1970-01-01T00:00:00.000Z"),
        (-1, "1969-12-31T23:59:59.999Z"),
        (1.5, "1970-01-01T00:00:00.001Z"),
        (1769855400000, "2026-01-31T10:30:00.000Z"),
        (253402300799999, "9999-12-31T23:59:59.999Z"),
        (-62135596800000, "0001-01-01T00:00:00.000Z"),
    ],
)
def test_numbers_are_milliseconds_since_1970(number: float, expected: str) -> None:
    assert parse_date(number, now=NOW) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-1-31", "2026-01-31T00:00:00.000Z"),
        ("2026/01/31 10:30", "2026-01-31T10:30:00.000Z"),
        (" 2026/1/31 ", "2026-01-31T00:00:00.000Z"),
        ("126-01-01", "0126-01-01T00:00:00.000Z"),
        ("1/31/2026", "2026-01-31T00:00:00.000Z"),
        ("1/31/2026 10:30 PM", "2026-01-31T22:30:00.000Z"),
        ("1/31/2026, 12:00:00 AM", "2026-01-31T00:00:00.000Z"),
        ("1/31/2026 12:00pm", "2026-01-31T12:00:00.000Z"),
        ("Jan 31, 2026", "2026-01-31T00:00:00.000Z"),
        ("31 January 2026", "2026-01-31T00:00:00.000Z"),
        ("31-JAN-2026", "2026-01-31T00:00:00.000Z"),
        ("Sat Jan 31 2026 11:30:00 GMT+0100 (CET)", "2026-01-31T10:30:00.000Z"),
        ("Sat, 31 Jan 2026 10:30:00 GMT", "2026-01-31T10:30:00.000Z"),
        ("2026/1/31 23:30 -02:00", "2026-02-01T01:30:00.000Z"),
        ("2026/1/31T10:30:15.1Z", "2026-01-31T10:30:15.100Z"),
        ("2026/1/31 10:30:15.123456789 UTC", "2026-01-31T10:30:15.123Z"),
        ("Feb 29 2028", "2028-02-29T00:00:00.000Z"),
    ],
)
def test_forms_of_javascript(text: str, expected: str) -> None:
    assert parse_date(text, now=NOW) == expected


NO_TEXTS: list[Any] = [None, True, [], {}, ["2026-01-31"]]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        *(
            (value, UNKNOWN)
            for value in ("", " ", "today", "$Now", "26-01-31", "1/31/26", "31.1.2026", "1769855400000")
        ),
        *((value, UNKNOWN) for value in ("٢٠٢٦/1/31", "2026/1/31 PM", "Foo 31 2026", "2026/1/31" + " " * 100)),
        *((value, UNKNOWN) for value in NO_TEXTS),
        *((value, NO_DATE) for value in ("31/1/2026", "2026/2/29", "2026/13/1", "2026/1/0", "000/1/1")),
        *((value, NO_DATE) for value in ("2026/1/31 24:00", "2026/1/31 10:60", "2026/1/31 13:00 PM")),
        *((value, NO_DATE) for value in ("2026/1/31 0:30 AM", "2026/1/31 10:00 +24:00", "9999/12/31 23:00 -02:00")),
        *((value, OUT_OF_RANGE) for value in (253402300800000, -62135596800001, 1e30, float("inf"), float("nan"))),
    ],
)
def test_refused_dates(value: Any, text: str) -> None:
    with pytest.raises(ValueError, match=r"^[MT]") as caught:
        parse_date(value, now=NOW)
    assert str(caught.value) == text
