"""Jobs: imports and other long work that continues after the answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import httpx

from datacube_client.core.effects import JSON, Flow, Sleep, Stream
from datacube_client.core.operation import AsyncResource, Resource, SyncResource, iteration, operation
from datacube_client.core.paging import pages
from datacube_client.core.texts import json_lines
from datacube_client.errors import JobFailedError

Progress: TypeAlias = Callable[[JSON], object]
# Seconds between two questions for the state of a job: the service updates it twice a second.
_POLL_SECONDS = 0.5
_ACCEPTED = 202


class JobOperations(Resource):
    """The jobs of the team's databases."""

    @operation
    def status(self, job_id: str) -> Flow[JSON]:
        """Return the record of a job: `state`, `percent`, `message`, `errors` and counts."""
        return self._ask("GET /api/job_status", job_id=job_id)

    @iteration
    def list(
        self,
        *,
        database_id: str | None = None,
        state: str | None = None,
        task: str | None = None,
        page_size: int = 100,
    ) -> Stream[JSON]:
        """Iterate over the records of jobs, the newest first."""
        yield from pages(self, "GET /api/jobs", page_size, database_id=database_id, state=state, task=task)

    @operation
    def wait(self, job_id: str, progress: Progress | None = None) -> Flow[JSON]:
        """Wait until a job is done and return its record. Calls `progress` with each. Raises `JobFailedError`."""
        return wait_for_job(self, job_id, progress)

    @operation
    def import_status(self, job_id: str) -> Flow[JSON]:
        """Return the record of an import, with `inserted_count` and `rejected_count`."""
        return self._ask("GET /api/import_status", job_id=job_id)

    @operation
    def cancel(self, job_id: str) -> Flow[JSON]:
        """Cancel an import, which is rolled back, and return its record."""
        return self._ask("POST /api/cancel_job", job_id=job_id)

    @operation
    def resume(self, job_id: str) -> Flow[JSON]:
        """Queue an import again that was cancelled, and return its record; `wait` continues."""
        return self._ask("POST /api/resume_job", job_id=job_id)

    @iteration
    def rejects(self, job_id: str) -> Stream[JSON]:
        """Iterate over the rows that an import has left out: `row`, `errors`, `document`."""
        body = yield from self._open(self._request("GET /api/import_rejects", {}, {"job_id": job_id}))
        yield from json_lines(body)


def wait_for_job(resource: Resource, job_id: str, progress: Progress | None) -> Flow[JSON]:
    """Return the record of a job when it is done. Raises `JobFailedError`."""
    while True:
        job: dict[str, Any] = yield from resource._ask("GET /api/job_status", job_id=job_id)
        if progress is not None:
            progress(job)
        if job["state"] == "failed":
            raise JobFailedError(job)
        if job["state"] == "done":
            return job
        yield Sleep(_POLL_SECONDS)


def finished(
    resource: Resource, request: Flow[httpx.Response], *, wait: bool, progress: Progress | None
) -> Flow[JSON]:
    """Send a request that may become a job and return its answer: with `wait`, when the job is done.

    The answer then has the members of the job's record and of its `result` as well.
    """
    response = yield from request
    answer: JSON = response.json()
    if not wait or response.status_code != _ACCEPTED:
        return answer
    job = yield from wait_for_job(resource, answer["job_id"], progress)
    return {**answer, **job, **(job.get("result") or {})}


class Jobs(JobOperations, SyncResource):
    """Jobs."""


class AsyncJobs(JobOperations, AsyncResource):
    """Jobs."""
