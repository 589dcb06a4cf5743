"""Identity providers in the dashboard: secret keys, rows of roles and token tests."""

from __future__ import annotations

import html
import time
from collections.abc import Callable
from typing import Any

import jwt
import pytest

import catalog.services
import engine
import identity.services
from identity.services.issuers import Issuer
from tests.dashboard.conftest import Browser, text_of

SECRET = "a secret that the provider and this database know"
NEW = {
    "name": "Auth0",
    "algorithm": "HS256",
    "key": SECRET,
    "audience": "films",
    "private": ["films"],
    "role-0-name": "editor",
    "role-0-collection": "films",
    "role-0-verb": ["GET", "PUT"],
    "role-7-name": "editor",
    "role-7-collection": "*",
    "role-7-verb": ["GET"],
}


@pytest.fixture
def base(films: engine.Database) -> str:
    return f"db/{films.id}/issuers"


def listed(browser: Browser, films: engine.Database) -> list[dict[str, Any]]:
    return [
        {
            "name": item.name,
            "algorithm": item.algorithm,
            "audience": item.audience,
            "roles": item.roles,
            "private": item.private,
        }
        for item in identity.services.list_issuers(browser.principal, films.id)
    ]


def stored() -> list[Any]:
    return list(Issuer.objects.order_by("pk").values("name", "key", "roles", "private"))


def created(browser: Browser, base: str) -> str:
    """Create a provider and return the address of its page."""
    assert browser.post(f"{base}/new", NEW).status_code == 302
    return f"{base}/{Issuer.objects.get().public_id}"


def token(**claims: Any) -> str:
    values = {"email": "ann@example.com", "exp": time.time() + 300, "aud": "films", **claims}
    return jwt.encode({name: value for name, value in values.items() if value is not None}, SECRET)


def test_create_edit_and_delete(anna: Browser, films: engine.Database, base: str) -> None:
    assert "No identity providers yet" in text_of(anna.get(base))
    path = created(anna, base)
    first = {
        "name": "Auth0",
        "algorithm": "HS256",
        "audience": "films",
        "roles": {"editor": {"films": ["GET", "PUT", "PATCH"], "*": ["GET"]}},
        "private": ["films"],
    }
    assert listed(anna, films) == [first]
    assert SECRET not in anna.get(base).content.decode() + anna.get(path).content.decode()
    page = anna.get(path).content.decode()
    assert 'name="role-0-name" value="editor"' in page and 'name="role-1-name" value="editor"' in page
    key = stored()[0]["key"]
    change = {**NEW, "name": "Renamed", "key": "", "private": ["*"]}
    assert anna.post(path, change).status_code == 302
    assert listed(anna, films) == [{**first, "name": "Renamed", "private": ["*"]}]
    assert stored()[0]["key"] == key
    assert anna.post(path, {**change, "key": SECRET * 2}).status_code == 302
    assert stored()[0]["key"] != key
    assert anna.post(f"{path}/delete").status_code == 302
    assert stored() == []
    assert (anna.get(path).status_code, anna.post(path, NEW).status_code) == (404, 404)
    assert anna.post(f"{path}/delete").status_code == 404


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"name": ""}, "This field is required."),
        ({"key": ""}, "This field is required."),
        ({"key": "short"}, "Must be the shared secret"),
        ({"algorithm": "RS256"}, "Must be a public RSA key"),
        ({"algorithm": "none"}, "Select a valid choice."),
        ({"private": ["nothing"]}, "Select a valid choice."),
        ({"role-0-name": ""}, "Enter the name of the role in each row with rights."),
        ({"role-0-verb": ["FLY"]}, "The methods of a role must be an array of"),
        ({"role-0-collection": "a b"}, "is neither the name of a collection nor *"),
    ],
)
def test_errors_never_repeat_the_key(anna: Browser, base: str, change: dict, message: str) -> None:
    answer = anna.post(f"{base}/new", NEW | change)
    assert (answer.status_code, message in html.unescape(text_of(answer))) == (400, True)
    assert SECRET not in answer.content.decode()
    assert 'value="films"' in answer.content.decode()
    assert stored() == []


def test_an_invalid_change_keeps_the_stored_provider(anna: Browser, base: str) -> None:
    path = created(anna, base)
    before = stored()
    answer = anna.post(path, {**NEW, "key": "short", "name": "typed"})
    assert (answer.status_code, 'value="typed"' in answer.content.decode()) == (400, True)
    assert stored() == before


def test_the_number_of_providers_is_limited(anna: Browser, base: str, settings: Any) -> None:
    settings.MAX_ISSUERS = 1
    created(anna, base)
    answer = anna.post(f"{base}/new", NEW)
    assert (answer.status_code, "MAX_ISSUERS" in text_of(answer), len(stored())) == (400, True, 1)
    assert "New identity provider" not in text_of(anna.get(base))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("nothing", "This is not a JSON Web Token."),
        ("", "This is not a JSON Web Token."),
        (lambda: token(exp=1), "The token has expired (`exp`)."),
        (lambda: token(exp=None), "The claim `exp` is missing."),
        (lambda: token(nbf=time.time() + 999), "The token is not valid yet"),
        (lambda: token(aud="other"), "`aud` is another audience."),
        (lambda: token(aud=None), "The claim `aud` is missing."),
        (lambda: jwt.encode({"exp": 1}, SECRET + "x"), "The signature does not match the key."),
        (lambda: jwt.encode({"exp": 1}, SECRET, algorithm="HS512"), "signed with another algorithm"),
        (lambda: token(email=None), "The token has no e-mail address (`email`)."),
        (lambda: token(), "ann@example.com is not a user of this database."),
        ("x" * 9_000, "A token has at most 8192 characters."),
    ],
)
def test_why_a_token_is_refused(anna: Browser, base: str, text: Any, expected: str) -> None:
    created(anna, base)
    sent = text if isinstance(text, str) else text()
    answer = anna.post(f"{base}/test", {"token": f"Bearer {sent}"})
    assert (answer.status_code, expected in html.unescape(text_of(answer))) == (200, True)
    assert not sent or sent not in answer.content.decode() or sent == "nothing"


def test_what_a_token_may_do(anna: Browser, films: engine.Database, base: str) -> None:
    created(anna, base)
    users = {"name": "users", "fields": [{"name": "email"}]}
    catalog.services.creation.add_collections(anna.principal, films.id, collections=[users])
    database = catalog.services.access.open_database(anna.principal, films.id)
    database.collection("users").insert([{"email": "ann@example.com", "roles": ["editor"]}])
    answer = text_of(anna.post(f"{base}/test", {"token": token()}))
    assert "accepted ann@example.com" in answer
    assert "films : GET, PUT, PATCH" in answer and "Own documents only in: films" in answer
    assert "users : " not in answer


@pytest.mark.parametrize("role", ["admin", "editor", "viewer"])
def test_only_owners_have_identity_providers(
    anna: Browser, new_team_member: Callable[[str], Browser], films: engine.Database, base: str, role: str
) -> None:
    path = created(anna, base)
    before, guest = stored(), new_team_member(role)
    assert "Identity providers" not in text_of(guest.get(f"db/{films.id}/settings"))
    for address in (base, path, f"{base}/new"):
        assert guest.get(address).status_code == 403
    for address in (f"{base}/new", f"{base}/test", path, f"{path}/delete"):
        assert guest.post(address, NEW).status_code == 403
    assert stored() == before


def test_a_provider_of_another_database_is_not_found(anna: Browser, ben: Browser, base: str) -> None:
    path = created(anna, base)
    other, _ = catalog.services.creation.create_database(
        ben.principal, name="other", collections=[{"name": "films", "fields": [{"name": "a"}]}]
    )
    before, own = stored(), f"db/{other.id}/issuers/{path.rsplit('/', 1)[1]}"
    for answer in (ben.get(own), ben.post(own, NEW), ben.post(f"{own}/delete")):
        assert answer.status_code == 404
    assert stored() == before
