"""Users of identity providers: the address in a token, the user's document, and what needs no look-up."""

from __future__ import annotations

from typing import Any

import pytest

import engine
from accounts.principal import PersonPrincipal
from identity.services import external_users
from identity.services.external_users import _Person

NO_EMAIL = "The token has no e-mail address (`email`)."
NOT_VERIFIED = "The e-mail address of the token is not verified."


@pytest.mark.parametrize(
    ("claims", "email"),
    [
        ({"email": "joe@example.com"}, "joe@example.com"),
        ({"email": " Joe@Example.COM "}, "joe@example.com"),
        ({"email": "Jürgen@Example.com"}, "Jürgen@Example.com"),
        ({"email": "\u212aelvin@example.com"}, "\u212aelvin@example.com"),  # whose lower case is "kelvin"
        ({"email": "a" * 254}, "a" * 254),
        ({"email": "a", "email_verified": True}, "a"),
        ({"email": "a", "email_verified": "true"}, "a"),
    ],
)
def test_the_address_of_a_token(claims: dict[str, Any], email: str) -> None:
    assert external_users._email(claims) == email


@pytest.mark.parametrize(
    ("claims", "message"),
    [
        ({}, NO_EMAIL),
        ({"email": None}, NO_EMAIL),
        ({"email": ["a"]}, NO_EMAIL),
        ({"email": "  "}, NO_EMAIL),
        ({"email": "a\0"}, NO_EMAIL),
        ({"email": "a" * 255}, NO_EMAIL),
        ({"email": "a", "email_verified": False}, NOT_VERIFIED),
        ({"email": "a", "email_verified": "false"}, NOT_VERIFIED),
        ({"email": "a", "email_verified": "True"}, NOT_VERIFIED),
        ({"email": "a", "email_verified": None}, NOT_VERIFIED),
        ({"email": "a", "email_verified": 1}, NOT_VERIFIED),
        ({"email": "a", "email_verified": 1.0}, NOT_VERIFIED),
        ({"email": "a", "email_verified": [True]}, NOT_VERIFIED),
    ],
)
def test_a_token_without_a_verified_address_is_refused(claims: dict[str, Any], message: str) -> None:
    with pytest.raises(engine.Forbidden) as caught:
        external_users._email(claims)
    assert caught.value.message == message


@pytest.mark.parametrize(
    ("members", "person"),
    [
        ({}, _Person("17", active=True)),
        ({"active": True}, _Person("17", active=True)),
        ({"active": False}, _Person("17")),
        ({"active": 1}, _Person("17")),
        ({"active": None}, _Person("17")),
        ({"roles": "editor"}, _Person("17", active=True, roles=("editor",))),
        ({"roles": ["b", 1, None, "a"]}, _Person("17", active=True, roles=("b", "a"))),
        ({"roles": {"editor": True}, "realtime": "chat"}, _Person("17", active=True)),
        (
            {"realtime": {"sub": ["POST:notes", "chat"], "pub": "chat"}},
            _Person("17", active=True, subscribes=("POST:notes", "chat"), publishes=frozenset({"chat"})),
        ),
        ({"realtime": {"sub": 1, "pub": None}}, _Person("17", active=True)),
    ],
)
def test_the_document_of_a_user(members: dict[str, Any], person: _Person) -> None:
    assert external_users._person_of({"_id": 17, **members}) == person


@pytest.mark.parametrize("database", ["", "a b", "x" * 101, "shop.example", "a\0"])
def test_what_is_neither_an_id_nor_a_name_has_no_issuers(database: str) -> None:
    assert external_users._candidates(database) == []
    with pytest.raises(engine.Unauthenticated) as caught:
        external_users.principal_of_external_user("token", database)
    assert caught.value.message == "Token is invalid or expired"


def test_only_external_users_have_a_document() -> None:
    person = PersonPrincipal(
        actor="u1", home_team=1, user_id=1, verified=True, teams={1: "owner"}, email="a@example.com", session="s"
    )
    with pytest.raises(engine.Forbidden) as caught:
        external_users.describe_external_user(person)
    assert caught.value.message == "Only users of an external identity provider have a document in users."


@pytest.mark.parametrize("actors", [[], ["u1", "k2", "mail"], ["x1", "x" + "A" * 24, "x" + "a" * 25]])
def test_actors_that_are_no_external_users_have_no_names(actors: list[str]) -> None:
    database: Any = None
    assert external_users.external_user_names(database, actors) == {}
