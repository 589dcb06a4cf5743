"""Buckets of S3-compatible services, by boto3, which is in the dependency group `storage`."""

from __future__ import annotations

import logging
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError
from django.conf import settings

import engine
from features.backups.bucket_file import BucketFile, md5, translated
from features.backups.locations import ABANDONED_AFTER, NAME

log = logging.getLogger("datacube.backups")
_NO_CREDENTIALS = "A bucket needs AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in the environment."


def open_bucket(name: str, prefix: str) -> BackupBucket:
    """Return a bucket, whose archives have keys that begin with `prefix`. Sends no request yet.

    Raises `Invalid` where a setting is missing or not valid.
    """
    _check_endpoint(settings.BACKUP_ENDPOINT)
    if not settings.AWS_ACCESS_KEY_ID or not settings.AWS_SECRET_ACCESS_KEY:
        raise engine.Invalid(_NO_CREDENTIALS)
    try:
        client = boto3.session.Session().client(
            "s3",
            endpoint_url=settings.BACKUP_ENDPOINT or None,
            region_name=settings.BACKUP_REGION or None,
            aws_access_key_id=settings.AWS_ACCESS_KEY_ID,
            aws_secret_access_key=settings.AWS_SECRET_ACCESS_KEY,
            aws_session_token=settings.AWS_SESSION_TOKEN or None,
            config=_config(),
        )
    except (BotoCoreError, ValueError) as error:
        raise engine.Invalid(f"BACKUP_ENDPOINT or BACKUP_REGION is not valid: {type(error).__name__}.") from error
    return BackupBucket(client, name, prefix)


def _check_endpoint(endpoint: str) -> None:
    """Raise `Invalid` unless an endpoint is empty, or an address without a path and without a password."""
    parts = urlsplit(endpoint)
    is_address = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.path in ("", "/")
    if endpoint and (not is_address or "@" in parts.netloc or parts.query):
        raise engine.Invalid("BACKUP_ENDPOINT must be an address such as https://s3.example.com.")


def _config() -> Config:
    """Return how the service is called: as all compatible services understand it, with checksums of our own."""
    return Config(
        connect_timeout=10,
        read_timeout=60,
        retries={"mode": "standard", "total_max_attempts": 5},
        signature_version="s3v4",
        s3={"addressing_style": "path" if settings.BACKUP_ENDPOINT else "auto"},
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
        ignore_configured_endpoint_urls=True,
    )


@dataclass(frozen=True)
class BackupBucket:
    """The archives of a bucket whose keys begin with `prefix`."""

    client: Any = field(repr=False, compare=False)
    name: str
    prefix: str

    def location(self, name: str) -> BucketFile:
        return BucketFile(self.client, self.name, self.prefix + name)

    def names(self) -> list[str]:
        with translated(self.name):
            pages = self.client.get_paginator("list_objects_v2").paginate(
                Bucket=self.name, Prefix=self.prefix, Delimiter="/"
            )
            keys = [item["Key"] for page in pages for item in page.get("Contents", ())]
        # Some services list the prefix itself, as a folder.
        return sorted(key.removeprefix(self.prefix) for key in keys if key != self.prefix)

    def check(self) -> None:
        """Write, read, list and delete a small object. Raises an `engine.Error` for what the service refuses."""
        probe = BucketFile(self.client, self.name, f"{self.prefix}datacube-check-{secrets.token_hex(8)}")
        content = secrets.token_bytes(32)
        probe.call("put_object", Body=content, ContentMD5=md5(content))
        try:
            with probe.open() as stream:
                is_same = stream.read(len(content)) == content
            if not is_same or probe.key.removeprefix(self.prefix) not in self.names():
                raise engine.Unavailable(f"The service does not return what was stored as {probe}.")
        finally:
            probe.delete()

    def prepare(self) -> None:
        """Remove the parts of uploads that were never completed. Where listing them is not allowed they stay."""
        try:
            with translated(self.name):
                self._abort_uploads(before=datetime.now(UTC) - ABANDONED_AFTER)
        except (engine.Forbidden, engine.Unavailable) as error:
            log.warning("Uploads that were never completed stay in the bucket %s: %s", self.name, error.message)

    def _abort_uploads(self, *, before: datetime) -> None:
        names = {"Bucket": self.name, "Prefix": self.prefix}
        pages = self.client.get_paginator("list_multipart_uploads").paginate(**names)
        for upload in (item for page in pages for item in page.get("Uploads", ())):
            is_own = NAME.fullmatch(upload["Key"].removeprefix(self.prefix))
            if is_own and upload["Initiated"] < before:
                self.client.abort_multipart_upload(Bucket=self.name, Key=upload["Key"], UploadId=upload["UploadId"])
