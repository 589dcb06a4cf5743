"""Requests and responses of backups."""

from __future__ import annotations

from typing import Any

import pytest

from management.serializers import backups
from management.serializers.backups import BackupRequest, BackupsQuery, RestoreBackupRequest, TakeBackupRequest
from management.serializers.fields import parse
from tests.management.serializers.support import errors_of, example_errors, example_of, responses_of


def test_the_examples_of_requests_are_valid() -> None:
    for shape in (BackupRequest, TakeBackupRequest):
        assert parse(shape, example_of(shape)) == example_of(shape)
    restore = example_of(RestoreBackupRequest)
    assert parse(RestoreBackupRequest, restore) == {
        **restore,
        **{"over": False, "as_of": None, "dry_run": False},
    }


def test_pages_have_bounds() -> None:
    assert parse(BackupsQuery, {}) == {"database_id": "", "page": 1, "page_size": 50}
    for page_size in ("0", "1001", "x"):
        assert errors_of(BackupsQuery, {"page_size": page_size})


@pytest.mark.parametrize("shape", responses_of(backups).values(), ids=responses_of(backups))
def test_the_example_of_a_response_is_valid(shape: Any) -> None:
    assert example_errors(shape) == {}
