"""Identity providers of a database: what may be declared, who may do it, and how their keys are kept."""

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
from identity import encryption, services
from identity.models import Issuer
from tests.dialects.restdb.external_users import make_pair

SECRET = "s" * 32
GOOD = {"name": "Auth0", "algorithm": "HS256", "key": SECRET}
TEXT = "Must be a text of at most 500 characters, or null."
SECRET_FAULT = "Must be the secret that both sides know, of 32 to 16000 characters."
PUBLIC_FAULT = "Must be a public RSA key, or a certificate, of at least 2048 bits in PEM."
PRIVATE_FAULT = "This is a private key, which nobody else should know; send the public one."
ROLES_FAULT = 'Must be an object such as {"editor": {"articles": ["GET", "POST"], "*": ["GET"]}}.'
VERBS_FAULT = "What a role may do is an array of GET, POST, PUT, PATCH, DELETE."
PAIR = make_pair()


@pytest.fixture
def database(owner: Principal) -> str:
    collections = [{"name": "notes", "fields": [{"name": "text"}]}]
    return catalog.services.create_database(owner, name="shop", collections=collections)[0].id


def test_the_life_of_an_issuer(owner: Principal, database: str) -> None:
    roles = {"editor": {"articles": ["POST", "GET"], "*": ["GET"]}}
    made = services.add_issuer(
        owner, database, wanted={**GOOD, "issuer": "https://a/", "audience": "shop", "roles": roles, "private": "*"}
    )
    shown = {"editor": {"articles": ["GET", "POST"], "*": ["GET"]}}
    assert (made.name, made.algorithm, made.issuer, made.audience) == ("Auth0", "HS256", "https://a/", "shop")
    assert (made.roles, made.private, made.public_key) == (shown, ["*"], None)
    assert services.list_issuers(owner, database) == [made]
    changed = services.change_issuer(owner, database, made.id, wanted={"audience": None, "private": ["notes"]})
    assert (changed.issuer, changed.audience, changed.private, changed.roles) == (
        "https://a/",
        "",
        ["notes"],
        shown,
    )
    turned = services.change_issuer(owner, database, made.id, wanted={"algorithm": "RS256", "key": PAIR.public})
    assert (turned.algorithm, turned.public_key) == ("RS256", PAIR.public)
    services.drop_issuer(owner, database, made.id)
    assert services.list_issuers(owner, database) == []


def test_keys_are_sealed(owner: Principal, database: str, settings: Any) -> None:
    services.add_issuer(owner, database, wanted=GOOD)
    row = Issuer.objects.get()
    assert SECRET not in row.key
    assert encryption.decrypt(row.key) == SECRET
    settings.SECRET_KEY = "another"
    assert encryption.decrypt(row.key) is None
    assert encryption.decrypt("damaged") is None


@pytest.mark.parametrize(
    ("members", "faults"),
    [
        ({"name": ""}, [("name", "Must have 1 to 100 characters.")]),
        ({"name": 3}, [("name", "Must have 1 to 100 characters.")]),
        ({"algorithm": "none"}, [("algorithm", "Must be one of: HS256, RS256.")]),
        ({"algorithm": ["HS256"]}, [("algorithm", "Must be one of: HS256, RS256.")]),
        ({"key": "short"}, [("key", SECRET_FAULT)]),
        ({"key": None}, [("key", SECRET_FAULT)]),
        ({"key": PAIR.public}, [("key", SECRET_FAULT)]),
        ({"key": PAIR.private}, [("key", PRIVATE_FAULT)]),
        ({"algorithm": "RS256", "key": PAIR.private}, [("key", PRIVATE_FAULT)]),
        ({"algorithm": "RS256", "key": SECRET}, [("key", PUBLIC_FAULT)]),
        ({"algorithm": "RS256", "key": make_pair(1024).public}, [("key", PUBLIC_FAULT)]),
        ({"issuer": 1, "audience": "x" * 501}, [("issuer", TEXT), ("audience", TEXT)]),
        ({"roles": []}, [("roles", ROLES_FAULT)]),
        ({"roles": {"a": ["GET"]}}, [("roles", ROLES_FAULT)]),
        (
            {"roles": {"a": {"b": "GET"}}},
            [("roles", VERBS_FAULT)],
        ),
        (
            {"roles": {"a": {"b": ["own"]}}},
            [("roles", VERBS_FAULT)],
        ),
        ({"roles": {"a": {"b c": []}}}, [("roles", "'b c' is no name of a collection, and not *.")]),
        ({"roles": {"": {}}}, [("roles", "The name of a role must have 1 to 100 characters.")]),
        ({"private": "notes"}, [("private", "Must be an array of names of collections, or *.")]),
        ({"private": ["dairy"]}, [("private", "The database has no collection 'dairy'.")]),
        ({"private": [1]}, [("private", "1 is no name of a collection, and not *.")]),
    ],
)
def test_what_is_no_issuer(owner: Principal, database: str, members: dict[str, Any], faults: list[Any]) -> None:
    with pytest.raises(engine.Invalid) as caught:
        services.add_issuer(owner, database, wanted={**GOOD, **members})
    assert [(fault.field, fault.message) for fault in caught.value.errors] == faults
    assert services.list_issuers(owner, database) == []


def test_a_key_of_another_curve(owner: Principal, database: str) -> None:
    key = ec.generate_private_key(ec.SECP256R1()).public_key()
    text = key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    with pytest.raises(engine.Invalid, match="public RSA key"):
        services.add_issuer(owner, database, wanted={**GOOD, "algorithm": "RS256", "key": text})


def test_another_algorithm_needs_another_key(owner: Principal, database: str) -> None:
    made = services.add_issuer(owner, database, wanted={**GOOD, "algorithm": "RS256", "key": PAIR.public})
    with pytest.raises(engine.Invalid, match="secret"):
        services.change_issuer(owner, database, made.id, wanted={"algorithm": "HS256"})
    assert services.list_issuers(owner, database) == [made]


def test_there_are_at_most_so_many(owner: Principal, database: str, settings: Any) -> None:
    settings.MAX_ISSUERS = 1
    services.add_issuer(owner, database, wanted=GOOD)
    with pytest.raises(engine.TooLarge) as caught:
        services.add_issuer(owner, database, wanted=GOOD)
    assert caught.value.message == "A database has at most 1 issuers (MAX_ISSUERS)."


@pytest.mark.parametrize("lacking", [Action.OWN, Action.DESIGN])
def test_who_may_not(
    make_principal: Callable[..., Principal], owner: Principal, database: str, lacking: Action
) -> None:
    made = services.add_issuer(owner, database, wanted=GOOD)
    scope = Scope(engine.ALL_ACTIONS - {lacking})
    key = Principal("k1", owner.user_id, owner.email, True, owner.teams, owner.home_team, scope)
    calls: list[Callable[[Principal], Any]] = [
        lambda who: services.list_issuers(who, database),
        lambda who: services.add_issuer(who, database, wanted=GOOD),
        lambda who: services.change_issuer(who, database, made.id, wanted={"name": "x"}),
        lambda who: services.drop_issuer(who, database, made.id),
    ]
    for call in calls:
        with pytest.raises(engine.Forbidden):
            call(key)
        with pytest.raises(engine.NotFound):
            call(make_principal())
    assert services.list_issuers(owner, database) == [made]
    with pytest.raises(engine.NotFound):
        services.drop_issuer(owner, catalog.services.create_empty_database(owner, name="other").id, made.id)


@pytest.mark.usefixtures("quick_drops")
def test_a_clone_has_no_issuers_and_a_drop_removes_them(owner: Principal, database: str) -> None:
    services.add_issuer(owner, database, wanted=GOOD)
    clone = catalog.services.begin_clone(owner, database, name="copy")
    catalog.services.publish_clone(clone, moment=engine.now())
    assert services.list_issuers(owner, clone) == []
    catalog.services.drop_database(owner, database, confirmation="shop")
    assert Issuer.objects.filter(database__state="ready").count() == 0
