"""Links that change something: GET asks, POST makes the change with credentials of its own."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from accounts import services
from accounts.authentication import caller_of
from accounts.principal import AccountPrincipal
from accounts.services import principals
from accounts.services.bearer import session_tokens
from dialects.airsequel.pages import CREDENTIALS, ConfirmedView, FormPage
from engine import NotFound
from tests.support import NO_CREDENTIALS, PASSWORD
from web import throttling

pytestmark = pytest.mark.django_db


class Regenerate(ConfirmedView):
    page = FormPage(
        "Replace the id", ("Links with the old id stop working.",), button="Replace", fields=CREDENTIALS
    )
    done = FormPage("The id is replaced")
    changes: list[tuple[int, str]] = []

    def change(self, request: HttpRequest, **names: str) -> Mapping[str, Any]:
        caller = caller_of(request)
        assert isinstance(caller, AccountPrincipal)
        if names["db_id"] == "missing":
            raise NotFound("Not found or access denied")
        self.changes.append((caller.user_id, names["db_id"]))
        return {"id": "<new>"}


@pytest.fixture(autouse=True)
def person(settings: Any, monkeypatch) -> int:
    settings.PASSWORD_HASH_MEMORY_KIB = 64
    settings.ALLOWED_HOSTS = ["*"]
    settings.SIGN_IN_LIMIT_ADDRESS = settings.SIGN_IN_LIMIT_ACCOUNT = 1_000_000
    monkeypatch.setattr("web.throttling.Fallback.valkey_is_away", lambda self: True)
    throttling._fallback.cache_clear()
    principals.invalidate_all()
    Regenerate.changes.clear()
    user_id = services.people.register("joe@example.com", password=PASSWORD, username="joe")
    assert user_id is not None
    return user_id


def send(verb: str, db_id: str = "x", *, form: Any = None, **headers: str) -> HttpResponse:
    factory = RequestFactory(headers=headers)
    if form is None:
        request = factory.generic(verb, f"/dbs/{db_id}", b"", "application/json")
    else:
        request = factory.generic(verb, f"/dbs/{db_id}", form, "application/x-www-form-urlencoded")
    return Regenerate.as_view()(request, db_id=db_id)


SIGNED = f"username=joe&password={PASSWORD}"


def test_get_asks_and_changes_nothing() -> None:
    token = session_tokens.log_in("joe", password=PASSWORD).token
    pages = [send("GET"), send("GET", "missing"), send("GET", Authorization=f"Bearer {token}")]
    assert [page.status_code for page in pages] == [200] * 3
    assert len({page.content for page in pages}) == 1
    assert b"Links with the old id stop working." in pages[0].content
    assert pages[0].headers["Referrer-Policy"] == "no-referrer"
    assert Regenerate.changes == []


def test_a_program_sends_its_token(person: int) -> None:
    token = session_tokens.log_in("joe", password=PASSWORD).token
    answer = send("POST", Authorization=f"Bearer {token}")
    assert (answer.status_code, json.loads(answer.content)) == (200, {"id": "<new>"})
    assert Regenerate.changes == [(person, "x")]


def test_a_person_signs_the_form(person: int) -> None:
    token = session_tokens.log_in("joe", password=PASSWORD).token
    answers = [send("POST", form=form) for form in (SIGNED, f"token={token}&username=&password=")]
    assert [answer.status_code for answer in answers] == [200] * 2
    assert b"id: &lt;new&gt;" in answers[0].content
    assert Regenerate.changes == [(person, "x")] * 2


@pytest.mark.parametrize(
    ("form", "headers", "status", "text"),
    [
        (None, {}, 401, NO_CREDENTIALS),
        ("username=joe&password=wrong", {}, 401, "Invalid credentials"),
        ("x=", {}, 401, "Invalid credentials"),
        ("token=ast_x", {}, 401, "Invalid API Key."),
        ("username=%FF", {}, 400, "username"),
        (SIGNED, {"Sec-Fetch-Site": "cross-site"}, 403, "This form was sent by another site."),
        (SIGNED, {"Sec-Fetch-Site": "same-site"}, 403, "This form was sent by another site."),
        (SIGNED, {"Origin": "https://example.com"}, 403, "This form was sent by another site."),
    ],
)
def test_a_change_without_valid_credentials_is_refused(form: Any, headers: Any, status: int, text: str) -> None:
    answer = send("POST", form=form, **headers)
    assert (answer.status_code, text in answer.content.decode()) == (status, True)
    assert Regenerate.changes == []


def test_an_error_of_the_change_is_on_the_page() -> None:
    answer = send("POST", "missing", form=SIGNED)
    assert (answer.status_code, b"Not found or access denied" in answer.content) == (404, True)


def test_a_large_form_is_refused() -> None:
    assert send("POST", form="token=" + "x" * 2_000_000).status_code == 413
