"""Identity providers of a database: validation, permissions and encryption of keys."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

import catalog.services
import engine
from accounts.principal import Principal, Scope
from engine import Action
from engine.context import now
from identity import services
from identity.encryption import ISSUER_KEYS
from identity.models import Issuer
from tests.dialects.restdb.external_users import make_pair
from tests.tenants import key_of

SECRET = "s" * 32
GOOD = {"name": "Auth0", "algorithm": "HS256", "key": SECRET}
TEXT = "Must be a string of at most 500 characters, or null."
SECRET_ERROR = "Must be the shared secret, of 32 to 16000 characters."
PUBLIC_ERROR = "Must be a public RSA key, or a certificate, of at least 2048 bits in PEM."
PRIVATE_ERROR = "This is a private key, which must stay secret; send the public key."
ROLES_ERROR = 'Must be an object such as {"editor": {"articles": ["GET", "POST"], "*": ["GET"]}}.'
VERBS_ERROR = "The methods of a role must be an array of GET, POST, PUT, PATCH, DELETE."
PAIR = make_pair()


@pytest.fixture
def database(owner: Principal) -> str:
    collections = [{"name": "notes", "fields": [{"name": "text"}]}]
    return catalog.services.creation.create_database(owner, name="shop", collections=collections)[0].id


def test_the_life_of_an_issuer(owner: Principal, database: str) -> None:
    roles = {"editor": {"articles": ["POST", "GET"], "*": ["GET"]}}
    issuer = services.add_issuer(
        owner,
        database,
        definition={**GOOD, "issuer": "https://a/", "audience": "shop", "roles": roles, "private": "*"},
    )
    ordered_roles = {"editor": {"articles": ["GET", "POST"], "*": ["GET"]}}
    assert (issuer.name, issuer.algorithm, issuer.issuer, issuer.audience) == (
        "Auth0",
        "HS256",
        "https://a/",
        "shop",
    )
    assert (issuer.roles, issuer.private, issuer.public_key) == (ordered_roles, ["*"], None)
    assert services.list_issuers(owner, database) == [issuer]
    changed = services.change_issuer(owner, database, issuer.id, changes={"audience": None, "private": ["notes"]})
    assert (changed.issuer, changed.audience, changed.private, changed.roles) == (
        "https://a/",
        "",
        ["notes"],
        ordered_roles,
    )
    replaced = services.change_issuer(
        owner, database, issuer.id, changes={"algorithm": "RS256", "key": PAIR.public}
    )
    assert (replaced.algorithm, replaced.public_key) == ("RS256", PAIR.public)
    services.drop_issuer(owner, database, issuer.id)
    assert services.list_issuers(owner, database) == []


def test_keys_are_encrypted(owner: Principal, database: str, settings: Any) -> None:
    services.add_issuer(owner, database, definition=GOOD)
    row = Issuer.objects.get()
    assert SECRET not in row.key
    assert ISSUER_KEYS.decrypt(row.key) == SECRET
    settings.SECRET_KEY = "another"
    assert ISSUER_KEYS.decrypt(row.key) is None
    assert ISSUER_KEYS.decrypt("damaged") is None


@pytest.mark.parametrize(
    ("members", "errors"),
    [
        ({"name": ""}, [("name", "Must have 1 to 100 characters.")]),
        ({"name": 3}, [("name", "Must have 1 to 100 characters.")]),
        ({"algorithm": "none"}, [("algorithm", "Must be one of: HS256, RS256.")]),
        ({"algorithm": ["HS256"]}, [("algorithm", "Must be one of: HS256, RS256.")]),
        ({"key": "short"}, [("key", SECRET_ERROR)]),
        ({"key": None}, [("key", SECRET_ERROR)]),
        ({"key": PAIR.public}, [("key", SECRET_ERROR)]),
        ({"key": PAIR.private}, [("key", PRIVATE_ERROR)]),
        ({"algorithm": "RS256", "key": PAIR.private}, [("key", PRIVATE_ERROR)]),
        ({"algorithm": "RS256", "key": SECRET}, [("key", PUBLIC_ERROR)]),
        ({"algorithm": "RS256", "key": make_pair(1024).public}, [("key", PUBLIC_ERROR)]),
        ({"issuer": 1, "audience": "x" * 501}, [("issuer", TEXT), ("audience", TEXT)]),
        ({"roles": []}, [("roles", ROLES_ERROR)]),
        ({"roles": {"a": ["GET"]}}, [("roles", ROLES_ERROR)]),
        (
            {"roles": {"a": {"b": "GET"}}},
            [("roles", VERBS_ERROR)],
        ),
        (
            {"roles": {"a": {"b": ["own"]}}},
            [("roles", VERBS_ERROR)],
        ),
        ({"roles": {"a": {"b c": []}}}, [("roles", "'b c' is neither the name of a collection nor *.")]),
        ({"roles": {"": {}}}, [("roles", "The name of a role must have 1 to 100 characters.")]),
        ({"private": "notes"}, [("private", "Must be an array of names of collections, or *.")]),
        ({"private": ["dairy"]}, [("private", "The database has no collection 'dairy'.")]),
        ({"private": [1]}, [("private", "1 is neither the name of a collection nor *.")]),
    ],
)
def test_invalid_declarations(owner: Principal, database: str, members: dict[str, Any], errors: list[Any]) -> None:
    with pytest.raises(engine.Invalid) as caught:
        services.add_issuer(owner, database, definition={**GOOD, **members})
    assert [(error.field, error.message) for error in caught.value.errors] == errors
    assert services.list_issuers(owner, database) == []


def test_an_elliptic_curve_key_is_refused(owner: Principal, database: str) -> None:
    key = ec.generate_private_key(ec.SECP256R1()).public_key()
    text = key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    with pytest.raises(engine.Invalid, match="public RSA key"):
        services.add_issuer(owner, database, definition={**GOOD, "algorithm": "RS256", "key": text})


def test_another_algorithm_needs_another_key(owner: Principal, database: str) -> None:
    issuer = services.add_issuer(owner, database, definition={**GOOD, "algorithm": "RS256", "key": PAIR.public})
    with pytest.raises(engine.Invalid, match="secret"):
        services.change_issuer(owner, database, issuer.id, changes={"algorithm": "HS256"})
    assert services.list_issuers(owner, database) == [issuer]


def test_the_number_of_issuers_is_limited(owner: Principal, database: str, settings: Any) -> None:
    settings.MAX_ISSUERS = 1
    services.add_issuer(owner, database, definition=GOOD)
    with pytest.raises(engine.TooLarge) as caught:
        services.add_issuer(owner, database, definition=GOOD)
    assert caught.value.message == "A database has at most 1 issuers (MAX_ISSUERS)."


@pytest.mark.parametrize("lacking", [Action.OWN, Action.DESIGN])
def test_issuers_need_own_and_design(
    make_principal: Callable[..., Principal], owner: Principal, database: str, lacking: Action
) -> None:
    issuer = services.add_issuer(owner, database, definition=GOOD)
    scope = Scope(engine.ALL_ACTIONS - {lacking})
    key = key_of(owner, scope)
    calls: list[Callable[[Principal], Any]] = [
        lambda who: services.list_issuers(who, database),
        lambda who: services.add_issuer(who, database, definition=GOOD),
        lambda who: services.change_issuer(who, database, issuer.id, changes={"name": "x"}),
        lambda who: services.drop_issuer(who, database, issuer.id),
    ]
    for call in calls:
        with pytest.raises(engine.Forbidden):
            call(key)
        with pytest.raises(engine.NotFound):
            call(make_principal())
    assert services.list_issuers(owner, database) == [issuer]
    with pytest.raises(engine.NotFound):
        services.drop_issuer(
            owner, catalog.services.creation.create_empty_database(owner, name="other").id, issuer.id
        )


@pytest.mark.usefixtures("quick_drops")
def test_a_clone_has_no_issuers_and_a_drop_removes_them(owner: Principal, database: str) -> None:
    services.add_issuer(owner, database, definition=GOOD)
    clone = catalog.services.cloning.begin_clone(owner, database, name="copy")
    catalog.services.cloning.publish_clone(clone, at=now())
    assert services.list_issuers(owner, clone) == []
    catalog.services.deletion.drop_database(owner, database, confirmation="shop")
    assert Issuer.objects.filter(database__state="ready").count() == 0
