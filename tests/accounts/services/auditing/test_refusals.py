"""Refused sign-ins in the audit log, and their caps."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from accounts import services, tasks
from accounts.services.auditing import refusals
from accounts.services.bearer import session_tokens
from accounts.services.known_clients import UNKNOWN
from audit.models import AuditEntry
from audit.origin import Origin, origin
from engine import Unauthenticated
from tests.accounts.conftest import PASSWORD
from tests.accounts.second_factors import app_code, enable, wrong_code

pytestmark = pytest.mark.django_db
TASK = "record_refused_sign_in"
Capture = Callable[..., Any]


def queued(capture: Capture, work: Callable[[], Any]) -> list[tuple[Any, ...]]:
    """Return the arguments of the tasks that a refused sign-in queues from 203.0.113.7."""
    token = origin.set(Origin("request-7", lambda: "203.0.113.7"))
    with capture() as callbacks, suppress(Unauthenticated):
        work()
    origin.reset(token)
    return [callback.args for callback in callbacks]


def entries() -> list[tuple[Any, ...]]:
    rows = AuditEntry.objects.filter(action=refusals.ACTION).order_by("pk")
    return [*rows.values_list("actor", "team_id", "target", "detail", "address")]


@pytest.mark.parametrize(
    "sign_in",
    [
        lambda email: services.sessions.log_in(email, password="wrong"),
        lambda email: services.sessions.open_browser(email, password="wrong", client=UNKNOWN),
        lambda email: session_tokens.log_in(email, password="wrong"),
        lambda email: session_tokens.authenticate(email, password="wrong"),
    ],
)
def test_each_way_to_sign_in_reports_a_wrong_password(
    anna, django_capture_on_commit_callbacks: Capture, sign_in: Callable[[str], Any]
) -> None:
    def known() -> Any:
        return sign_in(anna.email)

    def unknown() -> Any:
        return sign_in("nobody@example.com")

    expected = [(TASK, anna.id, "password", "203.0.113.7")]
    assert queued(django_capture_on_commit_callbacks, known) == expected
    assert queued(django_capture_on_commit_callbacks, unknown) == [(TASK, 0, "password", "203.0.113.7")]


def test_a_wrong_code_is_reported_and_a_right_one_is_not(anna, django_capture_on_commit_callbacks: Capture) -> None:
    enable(anna.principal, PASSWORD)
    token = services.sessions.log_in(anna.email, password=PASSWORD).token
    code = wrong_code(anna.id)

    def wrong() -> Any:
        return services.sessions.log_in_with_code(token, code=code)

    assert queued(django_capture_on_commit_callbacks, wrong) == [(TASK, anna.id, "code", "203.0.113.7")]
    code = app_code(anna.id)
    assert TASK not in {task[0] for task in queued(django_capture_on_commit_callbacks, wrong)}


def test_an_entry_says_of_which_account_and_from_where(anna) -> None:
    before = origin.get()
    tasks.record_refused_sign_in(anna.id, "password", "203.0.113.7")
    tasks.record_refused_sign_in(0, "password", "203.0.113.8")
    assert entries() == [
        ("unknown", anna.principal.home_team, f"u{anna.id}", {"kind": "password"}, "203.0.113.7"),
        ("unknown", None, "", {"kind": "password"}, "203.0.113.8"),
    ]
    assert origin.get() is before


def test_an_account_has_a_cap_and_so_have_all_unknown_ones(anna, ben, settings: Any) -> None:
    settings.MAX_AUDITED_REFUSALS = 3
    for user_id in (anna.id, 0):
        for number in range(5):
            refusals.record_refusal(user_id, "password", f"203.0.113.{number}")
    refusals.record_refusal(ben.id, "password", "203.0.113.9")
    assert [(entry[2], entry[3].get("limited", False)) for entry in entries()] == [
        *((f"u{anna.id}", False), (f"u{anna.id}", False), (f"u{anna.id}", True)),
        *(("", False), ("", False), ("", True), (f"u{ben.id}", False)),
    ]


def test_all_accounts_together_have_a_cap(anna, ben, settings: Any) -> None:
    settings.MAX_AUDITED_REFUSALS_TOTAL = 2
    for user_id in (anna.id, ben.id, 0):
        refusals.record_refusal(user_id, "password", "")
    assert [entry[3].get("limited", False) for entry in entries()] == [False, True]


def test_the_cap_is_that_of_an_hour(anna, settings: Any) -> None:
    settings.MAX_AUDITED_REFUSALS = 1
    past = timezone.now() - timedelta(minutes=61)
    old = {"action": refusals.ACTION, "actor": "unknown", "team_id": None, "target": f"u{anna.id}"}
    AuditEntry.objects.create(at=past, **old)
    refusals.record_refusal(anna.id, "password", "")
    refusals.record_refusal(anna.id, "password", "")
    assert len(entries()) == 2


def test_an_unknown_account_costs_the_request_what_a_known_one_does(
    anna, django_assert_num_queries: Callable[..., Any]
) -> None:
    """Check that the request itself adds no entry, which would take time for accounts that exist alone."""
    for email in (anna.email, "nobody@example.com"):
        with django_assert_num_queries(1, connection=connection), suppress(Unauthenticated):
            services.sessions.log_in(email, password="wrong")
    assert entries() == []
