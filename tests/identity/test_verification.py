"""Declarations of identity providers, and verification of their tokens."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import jwt
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from engine import Action, FieldError
from identity import verification
from identity.verification import TokenVerifier, parse
from tests.dialects.restdb.external_users import make_pair

SECRET, OTHER_SECRET = "s" * 32, "o" * 32
GOOD = {"name": "Auth0", "algorithm": "HS256", "key": SECRET}
BEFORE = {
    **{"name": "Auth0", "algorithm": "HS256", "issuer": "https://a/", "audience": "shop"},
    **{"roles": {}, "private": ["notes"]},
}
NAME_ERROR = "Must have 1 to 100 characters."
ALGORITHM_ERROR = "Must be one of: HS256, RS256."
SECRET_ERROR = "Must be the shared secret, of 32 to 16000 characters."
PUBLIC_ERROR = "Must be a public RSA key, or a certificate, of at least 2048 bits in PEM."
TEXT_ERROR = "Must be a string of at most 500 characters, or null."
ROLES_ERROR = 'Must be an object such as {"editor": {"articles": ["GET", "POST"], "*": ["GET"]}}.'
ROLE_ERROR = "The name of a role must have 1 to 100 characters."
COUNT_ERROR = "May have at most 100 roles, and 1000 collections in them."
VERBS_ERROR = "The methods of a role must be an array of GET, POST, PUT, PATCH, DELETE."
PRIVATE_ERROR = "Must be an array of names of collections, or *."
NOT_A_TIME = "`{}` must be a number of seconds since 1970."
NOT_TIMES = ('"soon"', "[1]", "{}", "1e999", "NaN")
LATER = 4_102_444_800  # the year 2100
PAIR = make_pair()


def test_a_declaration_with_defaults() -> None:
    values, errors = parse(GOOD, before={})
    assert errors == []
    assert values == {**GOOD, "issuer": "", "audience": "", "roles": {}, "private": []}


def test_methods_are_ordered_and_private_collections_are_named_once() -> None:
    roles = {"r" * 100: {"*": ["DELETE", "GET", "GET"], "größe": []}}
    values, errors = parse({**GOOD, "name": " A ", "roles": roles, "private": ["b", "a", "b", "*"]}, before={})
    assert errors == []
    assert (values["name"], values["roles"]) == ("A", {"r" * 100: {"*": ["GET", "DELETE"], "größe": []}})
    assert values["private"] == ["b", "a", "*"]
    assert parse({**GOOD, "private": "*"}, before={})[0]["private"] == ["*"]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, {**BEFORE, "key": None}),
        ({"audience": None}, {**BEFORE, "audience": "", "key": None}),
        ({"key": SECRET}, {**BEFORE, "key": SECRET}),
        ({"algorithm": "HS256"}, {**BEFORE, "key": None}),
        ({"algorithm": "RS256", "key": PAIR.public}, {**BEFORE, "algorithm": "RS256", "key": PAIR.public}),
    ],
)
def test_members_that_are_not_sent_stay(changes: dict[str, Any], expected: dict[str, Any]) -> None:
    assert parse(changes, before=BEFORE) == (expected, [])


@pytest.mark.parametrize(
    ("members", "errors"),
    [
        ({"x": 1, "a": 1}, [("a", "Unknown property."), ("x", "Unknown property.")]),
        ({"name": "  "}, [("name", NAME_ERROR)]),
        ({"name": "n" * 101}, [("name", NAME_ERROR)]),
        ({"name": "a\0"}, [("name", NAME_ERROR)]),
        ({"algorithm": "hs256"}, [("algorithm", ALGORITHM_ERROR)]),
        ({"algorithm": None, "key": 1}, [("algorithm", ALGORITHM_ERROR)]),
        ({"key": "s" * 31}, [("key", SECRET_ERROR)]),
        ({"key": "s" * 16_001}, [("key", SECRET_ERROR)]),
        ({"key": "s" * 31 + "\0"}, [("key", SECRET_ERROR)]),
        ({"key": PAIR.private}, [("key", "This is a private key, which must stay secret; send the public key.")]),
        ({"key": " " + PAIR.public}, [("key", SECRET_ERROR)]),
        ({"algorithm": "RS256", "key": "-----BEGIN CERTIFICATE-----"}, [("key", PUBLIC_ERROR)]),
        ({"algorithm": "RS256", "key": None}, [("key", PUBLIC_ERROR)]),
        ({"algorithm": "RS256", "key": "\ud800"}, [("key", PUBLIC_ERROR)]),
        ({"algorithm": "RS256", "key": PAIR.public + "\ud800"}, [("key", PUBLIC_ERROR)]),
        ({"key": "s" * 32 + "\ud800"}, [("key", SECRET_ERROR)]),
        ({"issuer": "i" * 501, "audience": 1}, [("issuer", TEXT_ERROR), ("audience", TEXT_ERROR)]),
        ({"issuer": "\0"}, [("issuer", TEXT_ERROR)]),
        ({"roles": {"a": []}}, [("roles", ROLES_ERROR)]),
        ({"roles": {"r" * 101: {}}}, [("roles", ROLE_ERROR)]),
        ({"roles": {f"r{number}": {} for number in range(101)}}, [("roles", COUNT_ERROR)]),
        ({"roles": {"r": {f"c{number}": [] for number in range(1_001)}}}, [("roles", COUNT_ERROR)]),
        ({"roles": {"r": {"c": [1]}}}, [("roles", VERBS_ERROR)]),
        ({"roles": {"r": {"c": ["get"]}}}, [("roles", VERBS_ERROR)]),
        ({"roles": {"r": {"": []}}}, [("roles", "'' is neither the name of a collection nor *.")]),
        ({"private": {}}, [("private", PRIVATE_ERROR)]),
        ({"private": ["c"] * 1_001}, [("private", PRIVATE_ERROR)]),
        ({"private": [None]}, [("private", "None is neither the name of a collection nor *.")]),
    ],
)
def test_members_that_are_refused(members: dict[str, Any], errors: list[tuple[str, str]]) -> None:
    assert parse({**GOOD, **members}, before={})[1] == [FieldError(*error) for error in errors]


def test_an_empty_declaration_has_an_error_for_each_required_member() -> None:
    assert [error.field for error in parse({}, before={})[1]] == ["name", "algorithm"]


def test_another_algorithm_needs_a_key() -> None:
    assert parse({"algorithm": "RS256"}, before=BEFORE)[1] == [FieldError("key", PUBLIC_ERROR)]


def test_a_certificate_is_stored_as_its_public_key() -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([])
    builder = x509.CertificateBuilder(name, name, key.public_key(), serial_number=1)
    builder = builder.not_valid_before(datetime(2026, 1, 1)).not_valid_after(datetime(2026, 1, 2))
    certificate = builder.sign(key, hashes.SHA256())
    text = f"\n{certificate.public_bytes(Encoding.PEM).decode()}\n"
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    values, errors = parse({**GOOD, "algorithm": "RS256", "key": text}, before={})
    assert (values["key"], errors) == (public, [])


def test_methods_are_converted_to_actions() -> None:
    roles = {"editor": {"*": ["GET"], "notes": ["POST", "PUT", "PATCH", "DELETE"]}, "none": {"notes": []}}
    changing = {Action.INSERT, Action.WRITE, Action.DELETE}
    assert verification.actions_of(roles) == {
        "editor": {"*": {Action.READ}, "notes": changing},
        "none": {"notes": set()},
    }


def verifier(*, issuer: str = "", audience: str = "") -> TokenVerifier:
    return TokenVerifier("HS256", SECRET, issuer, audience, {}, frozenset())


def signed_text(text: str) -> str:
    """Sign a payload that need not be an object."""
    return jwt.PyJWS().encode(text.encode(), SECRET, algorithm="HS256")


def signed(*, key: str = SECRET, algorithm: str = "HS256", **claims: Any) -> str:
    return jwt.encode(claims, key, algorithm=algorithm)


@pytest.mark.parametrize(
    ("rules", "claims"),
    [
        ({}, {"exp": LATER}),
        ({}, {"exp": LATER, "iss": "https://b/", "aud": ["x"], "nbf": 1, "iat": 1}),
        ({"issuer": "https://a/"}, {"exp": LATER, "iss": "https://a/"}),
        ({"audience": "shop"}, {"exp": LATER, "aud": ["x", "shop"]}),
        ({}, {"exp": LATER, "email": "ü@example.com"}),
    ],
)
def test_a_valid_token_is_accepted(rules: dict[str, str], claims: dict[str, Any]) -> None:
    assert verifier(**rules).claims(signed(**claims)) == claims
    assert verifier(**rules).refusal(signed(**claims)) == ""


@pytest.mark.parametrize(
    ("rules", "token", "refusal"),
    [
        ({}, signed(), "The claim `exp` is missing."),
        ({}, signed(exp=1), "The token has expired (`exp`)."),
        ({}, signed(exp=LATER, nbf=LATER), "The token is not valid yet (`nbf` or `iat`)."),
        ({}, signed(exp=LATER, iat=LATER), "The token is not valid yet (`nbf` or `iat`)."),
        ({"audience": "shop"}, signed(exp=LATER, aud="Shop"), "`aud` is another audience."),
        ({"audience": "shop"}, signed(exp=LATER), "The claim `aud` is missing."),
        ({"issuer": "https://a/"}, signed(exp=LATER, iss="https://a"), "`iss` is another issuer."),
        ({"issuer": "https://a/"}, signed(exp=LATER), "The claim `iss` is missing."),
        ({}, signed(exp=LATER, key=OTHER_SECRET), "The signature does not match the key."),
        (
            {},
            signed(exp=LATER, key=PAIR.private, algorithm="RS256"),
            "The token is signed with another algorithm.",
        ),
        *(({}, signed(exp=LATER, sub=value), "`sub` must be a text.") for value in (7, None, ["a"])),
        *(({}, signed(exp=LATER, jti=value), "`jti` must be a text.") for value in (7, None)),
        *(({}, signed_text(f'{{"exp": {value}}}'), NOT_A_TIME.format("exp")) for value in NOT_TIMES),
        *(({}, signed_text(f'{{"exp": 9e9, "nbf": {value}}}'), NOT_A_TIME.format("nbf")) for value in NOT_TIMES),
        *(({}, signed_text(f'{{"exp": 9e9, "iat": {value}}}'), NOT_A_TIME.format("iat")) for value in NOT_TIMES),
        ({}, signed_text('{"exp": null}'), "The claim `exp` is missing."),
        ({}, signed(exp="(exp)", key=OTHER_SECRET), "The signature does not match the key."),
        *(({}, signed_text(text), "This is not a JSON Web Token.") for text in ("[]", "7", "{", "(exp)", "(nbf)")),
        ({}, "", "This is not a JSON Web Token."),
        ({}, "a.b.c", "This is not a JSON Web Token."),
        ({}, "ü\ud800", "This is not a JSON Web Token."),
    ],
)
def test_an_invalid_token_is_refused_with_a_reason(rules: dict[str, str], token: str, refusal: str) -> None:
    assert verifier(**rules).claims(token) is None
    assert verifier(**rules).refusal(token) == refusal


def test_a_token_without_a_signature_is_refused() -> None:
    assert verifier().claims(jwt.encode({"exp": LATER}, "", algorithm="none")) is None


def test_the_key_of_a_verifier_is_not_printed() -> None:
    assert SECRET not in repr(verifier())
