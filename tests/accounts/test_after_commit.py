"""Mail is queued after the commit, and a queue that is away changes no answer."""

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
def test_a_broker_out_of_reach_is_logged_and_no_more(no_broker, caplog, django_capture_on_commit_callbacks) -> None:
    began = time.monotonic()
    with django_capture_on_commit_callbacks(execute=True):
        after_commit.after_commit("send_verification", 7)
    assert caplog.messages == ["not queued, the broker is out of reach: send_verification for user 7"]
    assert time.monotonic() - began < 5


@pytest.mark.django_db(transaction=True)
def test_what_is_rolled_back_queues_nothing(no_broker, caplog) -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        after_commit.after_commit("send_verification", 7)
        raise ZeroDivisionError
    assert caplog.messages == []
