"""Mails are queued after the commit, and an unreachable queue changes no response."""

from __future__ import annotations

import time

import pytest
from celery import Celery
from django.db import transaction

from accounts import after_commit


@pytest.fixture
def no_broker(monkeypatch: pytest.MonkeyPatch) -> None:
    app = Celery("away", set_as_current=False)
    app.config_from_object("django.conf:settings", namespace="CELERY")
    app.conf.broker_url = "redis+socket:///nowhere/v.sock?virtual_host=0"
    monkeypatch.setattr(after_commit, "current_app", app)


@pytest.mark.django_db
def test_an_unreachable_broker_is_only_logged(no_broker, caplog, django_capture_on_commit_callbacks) -> None:
    began = time.monotonic()
    with django_capture_on_commit_callbacks(execute=True):
        after_commit.after_commit("send_verification", 7)
    assert caplog.messages == ["not queued, the broker is unreachable: send_verification for user 7"]
    assert time.monotonic() - began < 20


@pytest.mark.django_db(transaction=True)
def test_a_rollback_queues_nothing(no_broker, caplog) -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        after_commit.after_commit("send_verification", 7)
        raise ZeroDivisionError
    assert caplog.messages == []
