"""The task that sends a mail, and how recorded mails are queued."""

from __future__ import annotations

from typing import Any

import pytest
from celery import current_app

from features.mail import tasks


def test_a_mail_is_tried_nine_times_in_the_default_queue() -> None:
    assert tasks.send.name == "features.mail.tasks.send"
    assert tasks.send.max_retries == 8
    assert current_app.amqp.router.route({}, tasks.send.name)["queue"].name == "celery"


@pytest.mark.parametrize("mail_ids", [[], ["a"], ["b", "a", "c"]])
def test_every_mail_is_queued_in_order(monkeypatch: pytest.MonkeyPatch, mail_ids: list[str]) -> None:
    queued: list[tuple[Any, ...]] = []
    monkeypatch.setattr(tasks.send, "delay", lambda *arguments: queued.append(arguments))
    tasks.start("shop", mail_ids)
    assert queued == [("shop", mail_id) for mail_id in mail_ids]
