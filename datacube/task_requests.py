"""Tasks carry the id of the request that queued them: to their commands of MongoDB, audit entries and log lines."""

from __future__ import annotations

import logging
from typing import Any

from celery import Task

from audit.origin import Origin, origin
from engine.request import request_id

# In the headers of a task's message.
HEADER = "datacube_request_id"


def send_request_id(headers: dict[str, Any], **_: object) -> None:
    """Add the id of the current request, or of the task that queues another one, to the message."""
    if name := request_id.get():
        headers[HEADER] = name


def take_request_id(task: Task[..., Any], **_: object) -> None:
    """Let the thread work for the request of its task, or for none, until its next task begins.

    The line that says how the task has ended is written after it.
    """
    name = str(task.request.get(HEADER) or "")
    request_id.set(name)
    origin.set(Origin(name, str))


class RequestPrefix(logging.Filter):
    """Puts the id of the request before the message of each line."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Change the line, and return True, as all lines are written."""
        name = request_id.get()
        if name and not hasattr(record, "request_id"):
            record.request_id = name
            record.msg = f"{name} {record.getMessage()}"
            record.args = None
        return True


def prefix_lines(logger: logging.Logger, **_: object) -> None:
    """Let the handlers of the worker's logs name the request."""
    for handler in logger.handlers:
        handler.addFilter(RequestPrefix())
