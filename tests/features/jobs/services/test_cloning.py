"""The progress of a clone."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from features.jobs.models import Job
from features.jobs.services import cloning


@pytest.mark.parametrize(
    ("previous", "count", "position", "rows"),
    [
        (0, 0, 0, 0),
        (0, 7, 7, 7),
        (7, 2, 9, 9),
        (7, 3, 10, 10),
        (7, 5, 10, 12),  # documents that were inserted since the job was recorded
    ],
)
def test_progress_counts_what_was_copied_before_and_stays_within_the_size(
    previous: int, count: int, position: int, rows: int
) -> None:
    saved: list[dict[str, int]] = []
    lease: Any = SimpleNamespace(save_periodically=lambda **values: saved.append(values))
    cloning._save_progress(Job(size=10), lease, count, previous=previous)
    assert saved == [{"position": position, "rows": rows}]
