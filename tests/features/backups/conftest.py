"""A bucket for the tests of backups."""

from tests.buckets import bucket, s3_endpoint

__all__ = ["bucket", "s3_endpoint"]
