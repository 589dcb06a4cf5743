"""Cells as labels and as numbers."""

from __future__ import annotations

from features.charts.text import label_of, number_of, shortened


def test_labels_and_numbers() -> None:
    assert [label_of(value) for value in (None, "a\x00", 1.5, {"a": "é"}, "x" * 99)] == [
        *("", "a\ufffd", "1.5", '{"a": "é"}', "x" * 59 + "…"),
    ]
    assert [number_of(value) for value in (True, "1", 2, None)] == [None, None, 2.0, None]
    assert [shortened(text, length=3) for text in ("abc", "abcd", "\ud800")] == ["abc", "ab…", "\ufffd"]
