"""The doctor's check of the bucket of backups."""

from __future__ import annotations

from typing import Any

from datacube.doctor import backup_storage
from datacube.doctor.finding import Health
from features.backups.bucket import BackupBucket


def test_nothing_is_checked_where_backups_are_in_a_folder(settings: Any) -> None:
    settings.BACKUP_BUCKET = ""
    assert [*backup_storage.check()] == []


def test_a_bucket_that_works_is_fine_and_a_missing_one_a_problem(bucket: BackupBucket, settings: Any) -> None:
    (finding,) = backup_storage.check()
    assert finding.lines() == [f"ok       BACKUP_BUCKET: s3://{bucket.name}/site/ can be written, read and listed"]
    assert bucket.names() == []
    settings.BACKUP_BUCKET = "missing-" + bucket.name
    (missing,) = backup_storage.check()
    assert (missing.part, missing.state) == ("BACKUP_BUCKET", Health.PROBLEM)
    assert missing.text.startswith(f"There is no bucket for s3://missing-{bucket.name}/site/datacube-check-")


def test_missing_credentials_are_a_problem(settings: Any) -> None:
    settings.BACKUP_BUCKET, settings.BACKUP_ENDPOINT = "b", "https://s3.example.com"
    (finding,) = backup_storage.check()
    assert (finding.state, finding.advice) == (Health.PROBLEM, "see docs/operations.md#backups-in-a-bucket")
    assert finding.text == "A bucket needs AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in the environment."


def test_an_endpoint_without_tls_is_a_warning(settings: Any) -> None:
    settings.BACKUP_BUCKET, settings.BACKUP_ENDPOINT = "b", "http://s3.example.com"
    (_, finding) = backup_storage.check()
    assert (finding.part, finding.state) == ("BACKUP_ENDPOINT", Health.WARNING)
