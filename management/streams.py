"""The progress of a job as server-sent events."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor

from django.db import close_old_connections

import features.jobs.services
from accounts.authentication import authenticate
from management import render
from web.requests.parameters import Parameters
from web.streaming import Event, Stream, StreamRequest

_POLL_SECONDS = 0.5
_lookups = ThreadPoolExecutor(4, thread_name_prefix="job-progress")


async def _progress(request: StreamRequest) -> AsyncIterator[Event]:
    """Yield `progress` for each change of the job, then `done` or `failed`; the data is the job.

    The credentials are checked each time, so that a revoked key receives no more events.
    """
    loop = asyncio.get_running_loop()
    last: features.jobs.services.Status | None = None
    while last is None or last.state not in ("done", "failed"):
        status = await loop.run_in_executor(_lookups, _status, request)
        if status != last:
            last = status
            name = status.state if status.state in ("done", "failed") else "progress"
            yield Event(name, render.job(status))
        await asyncio.sleep(_POLL_SECONDS)


def _status(request: StreamRequest) -> features.jobs.services.Status:
    close_old_connections()
    principal = authenticate(request.authorization)
    params = Parameters(request.query)
    job_id = params.text("job_id")
    params.check()
    return features.jobs.services.status(principal, job_id)


job_progress = Stream(_progress, envelope=render.envelope)
