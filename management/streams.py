"""The progress of a job as server-sent events."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import features.jobs.services
from accounts.authentication import authenticate
from engine.events import Token
from features.jobs.services import Status
from management import render
from web.operations import RequestModel
from web.operations.types import Text
from web.streams.event import Event
from web.streams.request import StreamRequest
from web.streams.source import Access, Source
from web.streams.stream import Stream

_ENDED = ("done", "failed")


class _JobRequest(RequestModel):
    job_id: Text


@dataclass(frozen=True, kw_only=True)
class JobAccess(Access):
    """A job as its reader saw it last."""

    status: Status


class JobSource(Source[JobAccess]):
    """Sends `progress` for each change of the job, then `done` or `failed`; the data is the job."""

    interval_seconds = 0.5

    def __init__(self, request: StreamRequest) -> None:
        self._request = request
        self._sent: Status | None = None
        self.key = object()

    def authorize(self) -> JobAccess:
        principal = authenticate(self._request.authorization)
        params = _JobRequest.parse(self._request.query.dict())
        return JobAccess(status=features.jobs.services.status(principal, params.job_id), principal=principal)

    def ready(self, access: JobAccess, *, position: Token | None) -> Event:
        self._sent = status = access.status
        ended = status.state in _ENDED
        return Event.of(status.state if ended else "progress", render.job(status), last=ended)

    def poll(self, access: JobAccess) -> Sequence[Event]:
        return [self.ready(access, position=None)] if access.status != self._sent else []


job_progress = Stream(JobSource, envelope=render.envelope)
