"""What the views of people share: who may call them, and how large a body is."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import RequestFactory

from accounts.authentication import set_caller
from accounts.principal import ApiKeyPrincipal, PersonPrincipal, Scope, VisitorPrincipal
from dialects.airsequel.people.operations.users import EmailRequest
from dialects.airsequel.people.views.base import body_of, person_of
from engine import ALL_ACTIONS, Forbidden, TooLarge, Unauthenticated

VALUES: dict[str, Any] = {"actor": "u1", "user_id": 1, "verified": True, "teams": {7: "owner"}, "home_team": 7}
PERSON = PersonPrincipal(**VALUES, email="a@example.com", session="s")
KEY = ApiKeyPrincipal(**VALUES, scope=Scope(ALL_ACTIONS))


def test_only_people_are_people() -> None:
    request = RequestFactory().get("/")
    set_caller(request, PERSON)
    assert person_of(request) is PERSON
    for caller, error in ((KEY, Forbidden), (VisitorPrincipal(), Unauthenticated)):
        set_caller(request, caller)
        with pytest.raises(error):
            person_of(request)


def test_a_body_has_a_limit(settings: Any) -> None:
    settings.MAX_ACCOUNT_BODY_BYTES = 40
    request = RequestFactory().post("/", '{"email": "a@example.com"}', content_type="application/json")
    assert body_of(request, EmailRequest).email == "a@example.com"
    with pytest.raises(TooLarge):
        body_of(RequestFactory().post("/", " " * 41, content_type="application/json"), EmailRequest)
