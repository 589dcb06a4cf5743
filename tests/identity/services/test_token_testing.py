"""Reports on tokens: who refuses them and why, and what their user may do."""

from __future__ import annotations

import time
from typing import Any

import pytest

import catalog.services
import engine
from accounts.principal import PersonPrincipal, Scope
from engine import Action
from identity import services
from identity.services.token_testing import MAX_TOKEN, report_on_token
from tests.dialects.restdb.external_users import SECRET, token
from tests.tenants import key_of

OTHER_SECRET = "another secret that is long enough for HS256"
EMAIL = "joe@example.com"


@pytest.fixture
def database(owner: PersonPrincipal) -> str:
    fields = [{"name": "text"}]
    collections = [{"name": name, "fields": fields} for name in ("notes", "bills", "users")]
    return catalog.services.creation.create_database(owner, name="shop", collections=collections)[0].id


def declare(owner: PersonPrincipal, database: str, **members: Any) -> None:
    definition = {"name": "Auth0", "algorithm": "HS256", "key": SECRET, **members}
    services.add_issuer(owner, database, definition=definition)


def test_without_an_issuer(owner: PersonPrincipal, database: str) -> None:
    report = report_on_token(owner, database, token(EMAIL))
    assert (report.refusals, report.error) == ([], "The database has no identity provider.")
    assert (report.email, dict(report.rights), report.private) == ("", {}, frozenset())


@pytest.mark.parametrize("bad", ["", "x", "a.b.c", token(EMAIL, key=OTHER_SECRET), token(EMAIL, exp=1)])
def test_a_token_that_no_issuer_accepts(owner: PersonPrincipal, database: str, bad: str) -> None:
    declare(owner, database)
    declare(owner, database, name="second", issuer="https://a/")
    report = report_on_token(owner, database, bad)
    assert [name for name, _ in report.refusals] == ["Auth0", "second"]
    assert all(reason for _, reason in report.refusals)
    assert report.error == "No identity provider of this database accepts the token."


def test_one_of_two_issuers_accepts(owner: PersonPrincipal, database: str) -> None:
    declare(owner, database, roles={"editor": {"notes": ["GET", "POST"], "*": ["GET"]}}, private=["bills"])
    declare(owner, database, name="second", key=OTHER_SECRET)
    unknown = report_on_token(owner, database, token(EMAIL))
    assert unknown.error == f"{EMAIL} is not a user of this database."
    users = catalog.services.access.open_database(owner, database).collection("users")
    users.insert([{"email": EMAIL, "roles": ["editor"]}])
    report = report_on_token(owner, database, token(EMAIL))
    assert [(name, bool(reason)) for name, reason in report.refusals] == [("Auth0", False), ("second", True)]
    assert (report.error, report.email, report.private) == ("", EMAIL, {"bills"})
    assert dict(report.rights) == {"notes": ["GET", "POST"], "bills": ["GET"]}


def test_a_token_without_an_address_is_accepted_but_its_user_is_refused(
    owner: PersonPrincipal, database: str
) -> None:
    declare(owner, database)
    report = report_on_token(owner, database, token(None))
    assert (report.refusals, report.error) == ([("Auth0", "")], "The token has no e-mail address (`email`).")


@pytest.mark.parametrize("seconds", [-60, 300])
def test_the_time_of_a_token(owner: PersonPrincipal, database: str, seconds: int) -> None:
    declare(owner, database)
    report = report_on_token(owner, database, token(EMAIL, exp=int(time.time()) + seconds))
    assert bool(report.refusals[0][1]) is (seconds < 0)


def test_a_long_token_is_refused(owner: PersonPrincipal, database: str) -> None:
    declare(owner, database)
    report = report_on_token(owner, database, "x" * (MAX_TOKEN + 1))
    assert report.error == "A token has at most 8192 characters."


@pytest.mark.parametrize("missing", [Action.OWN, Action.DESIGN])
def test_who_may_test_tokens(owner: PersonPrincipal, database: str, make_principal: Any, missing: Action) -> None:
    declare(owner, database)
    with pytest.raises(engine.Forbidden, match=missing.value):
        report_on_token(key_of(owner, Scope(engine.ALL_ACTIONS - {missing})), database, token(EMAIL))
    with pytest.raises(engine.NotFound):
        report_on_token(make_principal(), database, token(EMAIL))
