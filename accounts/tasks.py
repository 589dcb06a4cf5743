"""Background tasks of accounts. Each takes an id and calls one service; all are idempotent."""

from __future__ import annotations

from celery import shared_task

from accounts.services import mails, one_time_tokens, teams

RETRY = {"autoretry_for": (OSError,), "retry_backoff": 5, "retry_backoff_max": 600, "max_retries": 8}


@shared_task(**RETRY)
def send_verification(user_id: int) -> None:
    mails.send_verification(user_id)


@shared_task(**RETRY)
def send_already_registered(user_id: int) -> None:
    mails.send_already_registered(user_id)


@shared_task(**RETRY)
def send_password_reset(user_id: int) -> None:
    mails.send_password_reset(user_id)


@shared_task(**RETRY)
def send_password_changed(user_id: int) -> None:
    mails.send_password_changed(user_id)


@shared_task
def forget_expired() -> None:
    one_time_tokens.forget_expired()


@shared_task(**RETRY)
def send_invitation(invitation_id: int) -> None:
    teams.send_invitation(invitation_id)
