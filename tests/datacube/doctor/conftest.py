"""A bucket for the tests of the doctor."""

from tests.buckets import bucket, s3_endpoint

__all__ = ["bucket", "s3_endpoint"]
