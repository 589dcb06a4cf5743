"""The doctor's checks of servers, against those of the tests and against addresses where nothing answers."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import OperationalError

import engine
from catalog.limits import limits
from catalog.services.stores import clusters
from datacube.doctor import servers
from datacube.doctor.finding import Finding, Health
from engine.store import ServerInfo
from tests.support import until

pytestmark = pytest.mark.slow

NOWHERE = "127.0.0.1:9"


def queue_and_worker() -> list[Finding] | None:
    """Return the findings about the queue and the worker; None while the worker is too busy to answer in time."""
    queue, worker = servers.queue()
    return [queue, worker] if worker.state == Health.OK else None


@pytest.mark.django_db(transaction=True)
def test_the_servers_of_the_tests_are_fine(service_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(servers, "_HTTP_SECONDS", 60)
    queue = until(queue_and_worker)
    findings = [servers.mongodb(), *queue, servers.platform(), servers.service(service_url)]
    assert [finding.lines() for finding in findings if finding.state != Health.OK] == []
    assert [finding.part for finding in findings] == ["MongoDB", "queue", "worker", "platform database", "service"]


def test_a_mongodb_that_does_not_answer_is_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    store = engine.Store(f"mongodb://{NOWHERE}/?serverSelectionTimeoutMS=200", limits=limits())
    monkeypatch.setattr(clusters, "store", lambda name: store)
    assert servers.mongodb().state == Health.PROBLEM


@pytest.mark.parametrize(
    ("server", "text"),
    [
        (ServerInfo("4.4.1", "datacube", None), "4.4.1 is too old"),
        (ServerInfo("8.0.4", "", None), "is not a replica set"),
    ],
)
def test_a_mongodb_that_does_not_suit_is_a_problem(
    monkeypatch: pytest.MonkeyPatch, server: ServerInfo, text: str
) -> None:
    monkeypatch.setattr(clusters.store(), "server", lambda: server)
    assert (servers.mongodb().state, servers.mongodb().text) == (Health.PROBLEM, text)


def test_a_queue_that_does_not_answer_is_a_problem(settings: Any) -> None:
    settings.REDIS_URL = f"redis://{NOWHERE}/0"
    (finding,) = servers.queue()
    assert (finding.part, finding.state) == ("queue", Health.PROBLEM)


@pytest.mark.parametrize(
    ("info", "states"),
    [
        ({"redis_version": "7.2.4", "aof_enabled": 1}, [Health.OK]),
        ({"redis_version": "5.0.14", "aof_enabled": 1}, [Health.PROBLEM]),
        ({"redis_version": "7.2.4", "valkey_version": "8.1.0", "aof_enabled": 0}, [Health.OK, Health.WARNING]),
        (
            {"redis_version": "7.2.4", "aof_enabled": 1, "maxmemory": 1000, "maxmemory_policy": "allkeys-lru"},
            [Health.OK, Health.PROBLEM],
        ),
    ],
)
def test_a_queue_that_may_lose_tasks_is_reported(info: dict[str, object], states: list[Health]) -> None:
    assert [finding.state for finding in servers._queue_findings(info)] == states


@pytest.mark.django_db(transaction=True)
def test_a_platform_database_that_does_not_answer_is_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OperationalError

    monkeypatch.setattr(servers.connection, "cursor", refuse)
    assert servers.platform().lines()[0] == "problem  platform database: does not answer: OperationalError"


@pytest.mark.django_db(transaction=True)
def test_migrations_that_are_not_applied_are_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(servers.MigrationExecutor, "migration_plan", lambda *_: [object(), object()])
    assert servers.platform().text == "2 migrations are not applied"


def test_a_mail_server_that_does_not_answer_is_a_problem(settings: Any) -> None:
    settings.EMAIL_BACKEND, settings.EMAIL_HOST = "django.core.mail.backends.smtp.EmailBackend", "127.0.0.1"
    settings.EMAIL_PORT = 9
    (finding,) = servers.mail_server()
    assert (finding.part, finding.state) == ("mail", Health.PROBLEM)


def test_a_service_that_does_not_run_is_a_warning() -> None:
    assert servers.service(f"http://{NOWHERE}").state == Health.WARNING
