"""A local service that speaks the protocol of S3, and a bucket of each test's own."""

from __future__ import annotations

import importlib
import secrets
from collections.abc import Iterator
from typing import Any

import pytest

from features.backups.bucket import BackupBucket, open_bucket


@pytest.fixture(scope="session")
def s3_endpoint() -> Iterator[str]:
    """The address of the service, which runs in a thread. Its module is large, and few tests need it."""
    server = importlib.import_module("moto.server").ThreadedMotoServer(
        ip_address="127.0.0.1", port=0, verbose=False
    )
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def bucket(s3_endpoint: str, settings: Any) -> BackupBucket:
    """A new bucket, which the settings name, with the prefix `site/`."""
    settings.BACKUP_ENDPOINT, settings.BACKUP_PREFIX = s3_endpoint, "site/"
    settings.BACKUP_BUCKET = f"backups-{secrets.token_hex(6)}"
    settings.AWS_ACCESS_KEY_ID, settings.AWS_SECRET_ACCESS_KEY = "AKIDEXAMPLE", "a-secret-of-the-service"
    settings.BACKUP_PART_BYTES = 5 * 1024 * 1024  # the smallest that the protocol allows
    opened = open_bucket(settings.BACKUP_BUCKET, settings.BACKUP_PREFIX)
    opened.client.create_bucket(Bucket=opened.name)
    return opened
