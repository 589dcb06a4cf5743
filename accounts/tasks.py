"""Background tasks of accounts. Each takes an id and calls one service. All but the record are idempotent."""

from __future__ import annotations

from collections.abc import Callable
from typing import ParamSpec, TypeVar

from celery import Task, shared_task

from accounts.services import known_clients, mails, one_time_tokens, teams
from accounts.services.auditing import refusals

P = ParamSpec("P")
R = TypeVar("R")


def mail_task(function: Callable[P, R]) -> Task[P, R]:
    """Make a function a task that is repeated while the mail server is not available."""
    retried = shared_task(autoretry_for=(OSError,), retry_backoff=5, retry_backoff_max=600, max_retries=8)
    return retried(function)


@mail_task
def send_verification(user_id: int) -> None:
    mails.send_verification(user_id)


@mail_task
def send_already_registered(user_id: int) -> None:
    mails.send_already_registered(user_id)


@mail_task
def send_password_reset(user_id: int) -> None:
    mails.send_password_reset(user_id)


@mail_task
def send_password_changed(user_id: int) -> None:
    mails.send_password_changed(user_id)


@mail_task
def send_second_factor_enabled(user_id: int) -> None:
    mails.send_second_factor_changed(user_id, enabled=True)


@mail_task
def send_second_factor_disabled(user_id: int) -> None:
    mails.send_second_factor_changed(user_id, enabled=False)


@mail_task
def send_new_sign_in(client_id: int) -> None:
    known_clients.send_new_sign_in(client_id)


@mail_task
def send_sign_up_invitation(email: str) -> None:
    mails.send_sign_up_invitation(email)


@shared_task
def record_refused_sign_in(user_id: int, kind: str, address: str) -> None:
    """Record a refused sign-in; a task that runs twice records it twice."""
    refusals.record_refusal(user_id, kind, address)


@shared_task
def forget_expired() -> None:
    one_time_tokens.forget_expired()
    known_clients.forget_unused()


@mail_task
def send_invitation(invitation_id: int) -> None:
    teams.send_invitation(invitation_id)
