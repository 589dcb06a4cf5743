"""The Python client of DataCube: `DataCube` for threads, `AsyncDataCube` for an event loop."""

from datacube_client.clients import AsyncCollection, AsyncDatabase, AsyncDataCube, Collection, Database, DataCube
from datacube_client.core.sending import Retries
from datacube_client.errors import (
    AuthenticationError,
    ConflictError,
    DataCubeError,
    EventStreamError,
    FieldError,
    InvalidRequestError,
    JobFailedError,
    NoResponseError,
    NotFoundError,
    PermissionDeniedError,
    RateLimitError,
    ResponseError,
    SecondFactorRequiredError,
    ServerError,
    TooLargeError,
    UnavailableError,
    VersionConflictError,
)
from datacube_client.resources.documents import etag

__all__ = [
    "AsyncCollection",
    "AsyncDataCube",
    "AsyncDatabase",
    "AuthenticationError",
    "Collection",
    "ConflictError",
    "DataCube",
    "DataCubeError",
    "Database",
    "EventStreamError",
    "FieldError",
    "InvalidRequestError",
    "JobFailedError",
    "NoResponseError",
    "NotFoundError",
    "PermissionDeniedError",
    "RateLimitError",
    "ResponseError",
    "Retries",
    "SecondFactorRequiredError",
    "ServerError",
    "TooLargeError",
    "UnavailableError",
    "VersionConflictError",
    "etag",
]
