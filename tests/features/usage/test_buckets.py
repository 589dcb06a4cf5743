"""The buckets of request durations."""

from __future__ import annotations

from features.usage.buckets import BOUNDS, BUCKETS


def test_bounds_grow_from_a_millisecond_to_five_seconds() -> None:
    assert list(BOUNDS) == sorted(set(BOUNDS))
    assert (BOUNDS[0], BOUNDS[-1]) == (1, 5_000)


def test_there_is_one_bucket_more_than_bounds() -> None:
    assert len(BUCKETS) == len(BOUNDS) + 1
    assert (BUCKETS[0], BUCKETS[-1]) == ("b0", "b10")
