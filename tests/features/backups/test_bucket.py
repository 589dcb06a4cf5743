"""A bucket of an S3-compatible service, which runs on this machine."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import Any

import pytest

import engine
from features.backups.bucket import BackupBucket, open_bucket

NAME = "datacube-20300101T000000Z.tar"


def put(bucket: BackupBucket, *keys: str) -> None:
    for key in keys:
        bucket.client.put_object(Bucket=bucket.name, Key=key, Body=b"x")


def keys_of(bucket: BackupBucket) -> list[str]:
    return [item["Key"] for item in bucket.client.list_objects_v2(Bucket=bucket.name).get("Contents", ())]


def uploads_of(bucket: BackupBucket) -> list[str]:
    return [item["Key"] for item in bucket.client.list_multipart_uploads(Bucket=bucket.name).get("Uploads", ())]


def test_names_are_those_below_the_prefix_on_all_pages(bucket: BackupBucket) -> None:
    put(bucket, NAME, "site/deep/b.tar", "sites/b.tar", *(f"site/{number:04}" for number in range(1_001)))
    assert bucket.names() == [f"{number:04}" for number in range(1_001)]
    assert BackupBucket(bucket.client, bucket.name, "none/").names() == []


def test_a_check_writes_reads_and_deletes_an_object(bucket: BackupBucket, settings: Any) -> None:
    put(bucket, "site/other")
    bucket.check()
    assert keys_of(bucket) == ["site/other"]
    missing = open_bucket("missing-" + bucket.name, "")
    with pytest.raises(engine.NotFound, match=r"There is no bucket for s3://missing-.*: create it, or correct"):
        missing.check()


def test_abandoned_uploads_of_backups_are_removed_and_no_others(bucket: BackupBucket) -> None:
    keys = {f"site/{NAME}", "site/mine.tar", NAME}
    for key in keys:
        bucket.client.create_multipart_upload(Bucket=bucket.name, Key=key)
    # This service gives all of them one time of the past.
    bucket._abort_uploads(before=datetime(2000, 1, 1, tzinfo=UTC))
    assert {*uploads_of(bucket)} == keys
    bucket.prepare()
    assert {*uploads_of(bucket)} == {NAME, "site/mine.tar"}


@pytest.mark.parametrize(
    "endpoint", ["s3.example.com", "ftp://s3.example.com", "https://u:p@s3.example.com", "https://s3.example.com/b"]
)
def test_an_endpoint_is_an_address_alone(bucket: BackupBucket, settings: Any, endpoint: str) -> None:
    settings.BACKUP_ENDPOINT = endpoint
    with pytest.raises(engine.Invalid, match="BACKUP_ENDPOINT must be an address") as caught:
        open_bucket("b", "")
    assert "u:p" not in caught.value.message


def test_a_bucket_needs_credentials_of_the_environment(
    bucket: BackupBucket, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.AWS_SECRET_ACCESS_KEY = ""
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "which the service was not started with")
    with pytest.raises(engine.Invalid, match="needs AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"):
        open_bucket("b", "")


def test_neither_logs_nor_texts_have_the_secret(
    bucket: BackupBucket, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    opened = open_bucket(bucket.name, "")
    opened.check()
    with pytest.raises(engine.NotFound):
        open_bucket("missing-" + bucket.name, "").check()
    assert settings.AWS_SECRET_ACCESS_KEY not in caplog.text + repr(opened) + repr(opened.location("a"))


@pytest.mark.slow
def test_a_service_that_does_not_respond_is_named(bucket: BackupBucket, settings: Any) -> None:
    settings.BACKUP_ENDPOINT = "http://127.0.0.1:9"
    text = r"http://127\.0\.0\.1:9 cannot be reached for s3://b/datacube-check-\w+: EndpointConnectionError\."
    with pytest.raises(engine.Unavailable, match=text):
        open_bucket("b", "").check()
