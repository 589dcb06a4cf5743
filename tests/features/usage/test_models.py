"""The table of usage."""

from __future__ import annotations

from features.usage.buckets import BUCKETS
from features.usage.models import HOUR, MINUTE, Usage


def test_spans_are_in_seconds() -> None:
    assert (MINUTE, HOUR) == (60, 60 * 60)


def test_every_bucket_is_a_column_that_begins_at_0() -> None:
    columns = [
        field.name for field in Usage._meta.get_fields() if field.name[0] == "b" and field.name[1:].isdigit()
    ]
    assert columns == list(BUCKETS)
    row = Usage(database_id="a" * 24, span=MINUTE, start=0)
    assert [getattr(row, name) for name in ("requests", "errors", "writes", *BUCKETS)] == [0] * 14
    assert row.bytes is None


def test_a_database_has_one_row_for_a_span() -> None:
    (constraint,) = Usage._meta.constraints
    assert constraint.fields == ("database_id", "span", "start")
