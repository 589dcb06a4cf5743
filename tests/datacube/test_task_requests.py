"""Tasks and the requests that queue them."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextvars import copy_context
from types import SimpleNamespace
from typing import Any

import pytest
from celery.app.task import Context
from celery.signals import after_setup_logger, after_setup_task_logger, before_task_publish, task_prerun

from audit.origin import origin
from datacube import task_requests
from datacube.task_requests import HEADER
from engine.request import request_id
from tests.support import make_tenant, until


@pytest.fixture
def named() -> Iterator[None]:
    token = request_id.set("task-test-1")
    yield
    request_id.reset(token)


@pytest.fixture
def unnamed() -> Iterator[None]:
    """Forget the request that another test has made in this process."""
    token = request_id.set("")
    yield
    request_id.reset(token)


@pytest.mark.parametrize(
    ("signal", "receiver"),
    [
        (before_task_publish, task_requests.send_request_id),
        (task_prerun, task_requests.take_request_id),
        (after_setup_logger, task_requests.prefix_lines),
        (after_setup_task_logger, task_requests.prefix_lines),
    ],
)
def test_celery_calls_the_receivers(signal: Any, receiver: object) -> None:
    assert receiver in signal._live_receivers(None)


@pytest.mark.usefixtures("named")
def test_a_message_has_the_request_that_queues_its_task() -> None:
    headers: dict[str, Any] = {}
    task_requests.send_request_id(headers)
    assert headers == {HEADER: "task-test-1"}


@pytest.mark.usefixtures("unnamed")
def test_without_a_request_a_message_has_none() -> None:
    headers: dict[str, Any] = {}
    task_requests.send_request_id(headers)
    assert headers == {}


@pytest.mark.parametrize(("headers", "name"), [({HEADER: "task-test-2"}, "task-test-2"), ({}, "")])
def test_a_task_works_for_its_request_or_for_none(headers: dict[str, str], name: str) -> None:
    def run() -> tuple[str, str, str]:
        request_id.set("task-before")
        task_requests.take_request_id(SimpleNamespace(request=Context(headers)))
        return request_id.get(), origin.get().request_id, origin.get().address()

    assert copy_context().run(run) == (name, name, "")


@pytest.mark.usefixtures("named")
def test_lines_of_the_worker_name_the_request_once() -> None:
    logger = logging.getLogger("datacube.test-task-requests")
    logger.handlers = [logging.NullHandler(), logging.NullHandler()]
    task_requests.prefix_lines(logger)
    record = logging.LogRecord("worker", logging.INFO, "", 1, "done in %s", ("1 s",), None)
    for handler in logger.handlers:
        assert handler.filter(record)
    assert record.getMessage() == "task-test-1 done in 1 s"


@pytest.mark.usefixtures("unnamed")
def test_a_line_without_a_request_is_as_it_was() -> None:
    record = logging.LogRecord("worker", logging.INFO, "", 1, "done in %s", ("1 s",), None)
    assert task_requests.RequestPrefix().filter(record)
    assert record.getMessage() == "done in 1 s"


def test_the_worker_logs_the_request_of_a_task(web: Any, home: Any) -> None:
    """Check it with the mail that the registration of an account queues."""
    answer = web.post(
        "/core/password-reset/request",
        json={"email": make_tenant(web).email},
        headers={"X-Request-ID": "task-test-mail-1"},
    )
    assert answer.status_code == 200, answer.text
    log = home / "logs" / "worker.log"
    until(lambda: "task-test-mail-1 Task accounts.tasks.send_password_reset" in log.read_text())
