"""API tokens: actions by database, shown once, managed by owners of the team alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts import services
from accounts.models import ApiKey, Membership, Team
from accounts.principal import PersonPrincipal
from accounts.services import principals
from accounts.services.bearer import api_tokens
from accounts.services.managing.changes import change_key
from accounts.services.managing.rotation import rotate_key
from engine import Action, Forbidden, Invalid, NotFound, TooLarge, Unauthenticated

pytestmark = pytest.mark.django_db
HERE, THERE, FOREIGN = "0" * 24, "1" * 24, "f" * 24
READ, WRITE = frozenset({Action.READ}), frozenset({Action.INSERT, Action.WRITE, Action.DELETE})
NEW = {"name": "app", "description": None, "grants": {HERE: READ, THERE: WRITE}, "expires_at": None}


def unknown_databases(principal: PersonPrincipal, ids: list[str]) -> set[str]:
    return {FOREIGN} & set(ids)


@pytest.fixture
def joe(make_principal):
    return make_principal()


@pytest.fixture(autouse=True)
def known_databases(monkeypatch) -> None:
    monkeypatch.setattr("accounts.services.keys.import_string", lambda path: unknown_databases)


@pytest.fixture
def token(joe):
    return api_tokens.create(joe, joe.home_team, **NEW)


def test_a_token_has_actions_by_database(joe, token) -> None:
    principal = services.principals.principal_of_key(token.text)
    allowed = [principal.actions(team_id=joe.home_team, database_id=name) for name in (HERE, THERE, FOREIGN)]
    assert allowed == [READ, WRITE, frozenset()]
    assert principal.actions(team_id=joe.home_team + 1, database_id=HERE) == frozenset()
    assert principal.team_actions(joe.home_team) == READ | WRITE
    assert not principal.may_create_databases()


def test_the_text_is_shown_once_and_stored_as_hash(joe, token) -> None:
    assert token.text.startswith(token.prefix)
    assert token.text not in repr(token) + str(list(ApiKey.objects.values()))
    assert api_tokens.read(joe, str(token.id)) == replace(token, text=None)
    assert api_tokens.list_tokens(joe, joe.home_team) == [replace(token, text=None)]
    (key,) = services.keys.list_keys(joe)
    assert (key.prefix, key.databases) == (f"{token.prefix}...", (HERE, THERE))
    assert key.grants == {HERE: ["read"], THERE: ["insert", "write", "delete"]}


def test_a_token_is_rotated_like_a_key(joe, token) -> None:
    rotated = rotate_key(joe, key_id=str(token.id), overlap=timedelta())
    assert rotated.text.startswith(token.prefix) and rotated.text != token.text
    assert principals.principal_of_key(rotated.text).scope.grants
    with pytest.raises(Unauthenticated):
        principals.principal_of_key(token.text)
    with pytest.raises(Invalid, match="differ by database"):
        change_key(joe, key_id=str(token.id), changes={"actions": ["read"]})


@pytest.mark.usefixtures("lasting_caches")
def test_a_cached_token_needs_no_query(token) -> None:
    principals.principal_of_key(token.text)
    with CaptureQueriesContext(connection) as queries:
        principals.principal_of_key(token.text)
    assert len(queries) == 0


def test_a_token_is_changed(joe, token) -> None:
    until = timezone.now() + timedelta(days=1)
    api_tokens.change(joe, str(token.id), name="web", description="for the app", expires_at=until)
    changed = api_tokens.change(joe, str(token.id), grants={HERE: WRITE})
    assert (changed.name, changed.description, changed.expires_at) == ("web", "for the app", until)
    principal = principals.principal_of_key(token.text)
    assert [principal.actions(team_id=joe.home_team, database_id=name) for name in (HERE, THERE)] == [
        WRITE,
        frozenset(),
    ]
    cleared = api_tokens.change(joe, str(token.id), description=None, expires_at=None)
    assert (cleared.name, cleared.description, cleared.expires_at) == ("web", None, None)


def test_a_revoked_token_is_unknown(joe, token) -> None:
    api_tokens.revoke(joe, str(token.id))
    with pytest.raises(Unauthenticated):
        principals.principal_of_key(token.text)
    with pytest.raises(NotFound):
        api_tokens.read(joe, str(token.id))


@pytest.mark.parametrize(
    ("members", "error"),
    [
        ({"grants": {}}, Invalid),
        ({"grants": {HERE: READ, FOREIGN: READ}}, Invalid),
        ({"expires_at": timezone.now() - timedelta(seconds=1)}, Invalid),
        ({"grants": {f"{number:024x}": READ for number in range(101)}}, TooLarge),
    ],
)
def test_a_wrong_token_is_refused(joe, token, members, error: type[Exception]) -> None:
    before = list(ApiKey.objects.values())
    with pytest.raises(error):
        api_tokens.create(joe, joe.home_team, **{**NEW, **members})
    with pytest.raises(error):
        api_tokens.change(joe, str(token.id), **members)
    assert list(ApiKey.objects.values()) == before


def test_a_team_has_a_limit(joe, token, settings) -> None:
    settings.MAX_KEYS = 1
    with pytest.raises(TooLarge, match="MAX_KEYS"):
        api_tokens.create(joe, joe.home_team, **NEW)


def test_only_owners_of_the_team_manage_tokens(joe, token, make_principal) -> None:
    admin, stranger = make_principal(), make_principal()
    Membership.objects.create(team=Team.objects.get(pk=joe.home_team), user_id=admin.user_id, role="admin")
    admin = replace(admin, teams={**admin.teams, joe.home_team: "admin"})
    key = principals.principal_of_key(services.keys.create_key(joe, name="k", actions=["own", "read"]).text)
    before = list(ApiKey.objects.values())
    for principal, error in ((admin, Forbidden), (stranger, NotFound), (key, NotFound)):
        for call in (api_tokens.read, api_tokens.revoke, api_tokens.change):
            with pytest.raises(error):
                call(principal, str(token.id))
    for principal in (admin, stranger, key):
        with pytest.raises(Forbidden):
            api_tokens.create(principal, joe.home_team, **NEW)
        with pytest.raises(Forbidden):
            api_tokens.list_tokens(principal, joe.home_team)
    assert list(ApiKey.objects.values()) == before


def test_an_api_key_is_no_token(joe) -> None:
    key = services.keys.create_key(joe, name="k")
    for token_id in (str(key.id), "x", "", "9" * 30, "-1"):
        with pytest.raises(NotFound):
            api_tokens.read(joe, token_id)


def test_a_token_has_no_more_than_the_role_of_its_creator(joe, token) -> None:
    members = Membership.objects.filter(team=joe.home_team, user=joe.user_id)
    members.update(role="viewer")
    principals.invalidate_all()
    principal = principals.principal_of_key(token.text)
    allowed = [principal.actions(team_id=joe.home_team, database_id=name) for name in (HERE, THERE)]
    assert allowed == [READ, frozenset()]
    members.delete()
    principals.invalidate_all()
    with pytest.raises(Unauthenticated):
        principals.principal_of_key(token.text)


def test_a_token_expires(joe, token) -> None:
    api_tokens.change(joe, str(token.id), expires_at=timezone.now() + timedelta(days=1))
    assert principals.principal_of_key(token.text)
    ApiKey.objects.filter(pk=token.id).update(expires_at=timezone.now())
    principals.invalidate_all()
    with pytest.raises(Unauthenticated):
        principals.principal_of_key(token.text)
