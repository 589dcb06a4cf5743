"""Identity providers as their owners declare them, and the check of what they sign."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import jwt
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key

from accounts.principal import VERBS, Role
from accounts.tokens import UNREADABLE
from catalog.naming import name_fault
from engine import FieldError

ALGORITHMS = ("HS256", "RS256")
EVERY = "*"
_LEEWAY_SECONDS = 30
_LEAST_SECRET, _LONGEST_KEY, _LEAST_BITS = 32, 16_000, 2048
_LONGEST_NAME, _LONGEST_TEXT = 100, 500
_MOST_ROLES, _MOST_ENTRIES = 100, 1_000
_MEMBERS = ("name", "algorithm", "key", "issuer", "audience", "roles", "private")
_SECRET = f"Must be the secret that both sides know, of {_LEAST_SECRET} to {_LONGEST_KEY} characters."
_PUBLIC = f"Must be a public RSA key, or a certificate, of at least {_LEAST_BITS} bits in PEM."
_PRIVATE = "This is a private key, which nobody else should know; send the public one."

_NO_TOKEN = "This is not a JSON Web Token."
_REFUSALS: tuple[tuple[type[Exception], str], ...] = (
    (jwt.ExpiredSignatureError, "The token has expired (`exp`)."),
    (jwt.ImmatureSignatureError, "The token is not valid yet (`nbf` or `iat`)."),
    (jwt.InvalidAudienceError, "`aud` is another audience."),
    (jwt.InvalidIssuerError, "`iss` is another issuer."),
    (jwt.InvalidAlgorithmError, "The token is signed with another algorithm."),
    (jwt.InvalidSignatureError, "The signature does not match the key."),
)


@dataclass(frozen=True)
class TokenVerifier:
    """What a token must pass, and what whoever it names may do by roles."""

    algorithm: str
    key: str = field(repr=False)
    issuer: str
    audience: str
    roles: Mapping[str, Role]
    private: frozenset[str]

    def claims(self, token: str) -> Mapping[str, Any] | None:
        """What a token says, if this issuer signed it for this database and it is good now."""
        try:
            return self._decode(token)
        except (jwt.PyJWTError, *UNREADABLE):
            return None

    def refusal(self, token: str) -> str:
        """Return why this issuer does not accept a token, or an empty text."""
        try:
            self._decode(token)
        except jwt.MissingRequiredClaimError as error:
            return f"The claim `{error.claim}` is missing."
        except (jwt.PyJWTError, *UNREADABLE) as error:
            return next((text for kind, text in _REFUSALS if isinstance(error, kind)), _NO_TOKEN)
        return ""

    def _decode(self, token: str) -> Mapping[str, Any]:
        return jwt.decode(
            token,
            self.key,
            algorithms=[self.algorithm],
            issuer=self.issuer or None,
            audience=self.audience or None,
            leeway=_LEEWAY_SECONDS,
            options={"require": ["exp"], "verify_aud": bool(self.audience)},
        )


def actions_of(roles: Mapping[str, Mapping[str, list[str]]]) -> dict[str, Role]:
    """Roles as they are declared, by verbs, as actions."""
    return {
        role: {name: frozenset(VERBS[verb] for verb in verbs) for name, verbs in entries.items()}
        for role, entries in roles.items()
    }


def parse(raw: Mapping[str, Any], *, before: Mapping[str, Any]) -> tuple[dict[str, Any], list[FieldError]]:
    """The members that are sent, as a row has them, on top of `before`; every fault is told.

    The key is None where none is sent; with another algorithm it must be.
    """
    found: dict[str, Any] = {**before, "key": None}
    faults = [FieldError(name, "There is no such member of an issuer.") for name in sorted({*raw} - {*_MEMBERS})]
    for name in _MEMBERS:
        if name not in raw and name in before:
            continue
        try:
            found[name] = _READ[name](raw.get(name))
        except ValueError as problem:
            faults.append(FieldError(name, str(problem)))
    algorithm = found.get("algorithm")
    if algorithm and ("key" in raw or algorithm != before.get("algorithm")):
        try:
            found["key"] = _key(raw.get("key"), algorithm)
        except ValueError as problem:
            faults.append(FieldError("key", str(problem)))
    return found, faults


def _key(raw: Any, algorithm: str) -> str:
    if type(raw) is not str or "\0" in raw or len(raw) > _LONGEST_KEY:
        raise ValueError(_SECRET if algorithm == "HS256" else _PUBLIC)
    if "PRIVATE KEY-----" in raw:
        raise ValueError(_PRIVATE)
    if algorithm == "RS256":
        return _public_key(raw.strip())
    if len(raw) < _LEAST_SECRET or raw.lstrip().startswith("-----BEGIN"):
        raise ValueError(_SECRET)
    return raw


def _public_key(text: str) -> str:
    raw = text.encode()
    try:
        if "BEGIN CERTIFICATE" in text:
            found = x509.load_pem_x509_certificate(raw).public_key()
        else:
            found = load_pem_public_key(raw)
    except (ValueError, UnsupportedAlgorithm) as problem:
        raise ValueError(_PUBLIC) from problem
    if not isinstance(found, RSAPublicKey) or found.key_size < _LEAST_BITS:
        raise ValueError(_PUBLIC)
    return found.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def _name(raw: Any) -> str:
    if type(raw) is not str or not 1 <= len(raw.strip()) <= _LONGEST_NAME or "\0" in raw:
        raise ValueError(f"Must have 1 to {_LONGEST_NAME} characters.")
    return raw.strip()


def _algorithm(raw: Any) -> str:
    if type(raw) is not str or raw not in ALGORITHMS:
        raise ValueError(f"Must be one of: {', '.join(ALGORITHMS)}.")
    return raw


def _text(raw: Any) -> str:
    if raw is not None and (type(raw) is not str or len(raw) > _LONGEST_TEXT or "\0" in raw):
        raise ValueError(f"Must be a text of at most {_LONGEST_TEXT} characters, or null.")
    return raw or ""


def _roles(raw: Any) -> dict[str, dict[str, list[str]]]:
    example = 'Must be an object such as {"editor": {"articles": ["GET", "POST"], "*": ["GET"]}}.'
    if raw is None:
        return {}
    if type(raw) is not dict or not all(type(entries) is dict for entries in raw.values()):
        raise ValueError(example)
    if len(raw) > _MOST_ROLES or sum(map(len, raw.values())) > _MOST_ENTRIES:
        raise ValueError(f"May have at most {_MOST_ROLES} roles, and {_MOST_ENTRIES} collections in them.")
    return {
        _role(role): {_collection(name): _verbs(verbs) for name, verbs in entries.items()}
        for role, entries in raw.items()
    }


def _role(raw: str) -> str:
    if not 1 <= len(raw) <= _LONGEST_NAME or "\0" in raw:
        raise ValueError(f"The name of a role must have 1 to {_LONGEST_NAME} characters.")
    return raw


def _collection(raw: Any) -> str:
    if raw != EVERY and name_fault(raw):
        raise ValueError(f"{raw!r} is no name of a collection, and not *.")
    return raw


def _verbs(raw: Any) -> list[str]:
    if type(raw) is not list or not all(type(verb) is str and verb in VERBS for verb in raw):
        raise ValueError(f"What a role may do is an array of {', '.join(VERBS)}.")
    return [verb for verb in VERBS if verb in raw]


def _private(raw: Any) -> list[str]:
    if raw is None:
        return []
    names = [raw] if raw == EVERY else raw
    if type(names) is not list or len(names) > _MOST_ENTRIES:
        raise ValueError("Must be an array of names of collections, or *.")
    return list(dict.fromkeys(_collection(name) for name in names))


_READ: Mapping[str, Any] = {
    "name": _name,
    "algorithm": _algorithm,
    "key": lambda raw: None,
    "issuer": _text,
    "audience": _text,
    "roles": _roles,
    "private": _private,
}
