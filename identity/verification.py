"""Validation of identity provider declarations, and verification of their tokens."""

from __future__ import annotations

import re
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
from catalog.naming import name_error
from engine import FieldError

ALGORITHMS = ("HS256", "RS256")
EVERY = "*"
_LEEWAY_SECONDS = 30
_MIN_SECRET_LENGTH, _MAX_KEY_LENGTH, _MIN_KEY_BITS = 32, 16_000, 2048
_MAX_NAME_LENGTH, _MAX_TEXT_LENGTH = 100, 500
_MAX_ROLES, _MAX_ENTRIES = 100, 1_000
_MEMBERS = ("name", "algorithm", "key", "issuer", "audience", "roles", "private")
_SECRET = f"Must be the shared secret, of {_MIN_SECRET_LENGTH} to {_MAX_KEY_LENGTH} characters."
_PUBLIC = f"Must be a public RSA key, or a certificate, of at least {_MIN_KEY_BITS} bits in PEM."
_PRIVATE = "This is a private key, which must stay secret; send the public key."

_NOT_A_TOKEN = "This is not a JSON Web Token."
_NOT_A_TIME = "`{}` must be a number of seconds since 1970."
# How the library reports these claims, for which it has no exceptions of their own.
_INVALID_TIME = re.compile(r"\((exp|nbf)\) must be an integer")
_REFUSALS: tuple[tuple[type[Exception], str], ...] = (
    (jwt.ExpiredSignatureError, "The token has expired (`exp`)."),
    (jwt.ImmatureSignatureError, "The token is not valid yet (`nbf` or `iat`)."),
    (jwt.InvalidAudienceError, "`aud` is another audience."),
    (jwt.InvalidIssuerError, "`iss` is another issuer."),
    (jwt.InvalidAlgorithmError, "The token is signed with another algorithm."),
    (jwt.InvalidSignatureError, "The signature does not match the key."),
    (jwt.exceptions.InvalidSubjectError, "`sub` must be a text."),
    (jwt.exceptions.InvalidJTIError, "`jti` must be a text."),
    (jwt.InvalidIssuedAtError, _NOT_A_TIME.format("iat")),
)


@dataclass(frozen=True)
class TokenVerifier:
    """Verification rules for one issuer's tokens, and its roles' permissions."""

    algorithm: str
    key: str = field(repr=False)
    issuer: str
    audience: str
    roles: Mapping[str, Role]
    private: frozenset[str]

    def claims(self, token: str) -> Mapping[str, Any] | None:
        """Return the claims of a token if this issuer signed it and it is valid now, else None."""
        try:
            return self._decode(token)
        except (jwt.PyJWTError, *UNREADABLE):
            return None

    def refusal(self, token: str) -> str:
        """Return why this issuer refuses a token, or an empty text."""
        try:
            self._decode(token)
        except jwt.MissingRequiredClaimError as error:
            return f"The claim `{error.claim}` is missing."
        except (jwt.PyJWTError, *UNREADABLE) as error:
            if match := _INVALID_TIME.search(str(error)):
                return _NOT_A_TIME.format(match[1])
            return next((text for kind, text in _REFUSALS if isinstance(error, kind)), _NOT_A_TOKEN)
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
    """Convert declared roles from methods to actions."""
    return {
        role: {name: frozenset(VERBS[verb] for verb in verbs) for name, verbs in entries.items()}
        for role, entries in roles.items()
    }


def parse(raw: Mapping[str, Any], *, before: Mapping[str, Any]) -> tuple[dict[str, Any], list[FieldError]]:
    """Merge the sent members into `before`; return the column values and every error.

    The key is None if it is not sent; a change of the algorithm requires it.
    """
    values: dict[str, Any] = {**before, "key": None}
    errors = [FieldError(name, "Unknown property.") for name in sorted({*raw} - {*_MEMBERS})]
    for name in _MEMBERS:
        if name not in raw and name in before:
            continue
        try:
            values[name] = _READ[name](raw.get(name))
        except ValueError as error:
            errors.append(FieldError(name, str(error)))
    algorithm = values.get("algorithm")
    if algorithm and ("key" in raw or algorithm != before.get("algorithm")):
        try:
            values["key"] = _key(raw.get("key"), algorithm)
        except ValueError as error:
            errors.append(FieldError("key", str(error)))
    return values, errors


def _key(raw: Any, algorithm: str) -> str:
    if type(raw) is not str or "\0" in raw or len(raw) > _MAX_KEY_LENGTH:
        raise ValueError(_SECRET if algorithm == "HS256" else _PUBLIC)
    if "PRIVATE KEY-----" in raw:
        raise ValueError(_PRIVATE)
    if algorithm == "RS256":
        return _public_key(raw.strip())
    if len(raw) < _MIN_SECRET_LENGTH or raw.lstrip().startswith("-----BEGIN") or _has_surrogate(raw):
        raise ValueError(_SECRET)
    return raw


def _has_surrogate(text: str) -> bool:
    return any("\ud800" <= character <= "\udfff" for character in text)


def _public_key(text: str) -> str:
    try:
        raw = text.encode()
        if "BEGIN CERTIFICATE" in text:
            key: object = x509.load_pem_x509_certificate(raw).public_key()
        else:
            key = load_pem_public_key(raw)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise ValueError(_PUBLIC) from error
    if not isinstance(key, RSAPublicKey) or key.key_size < _MIN_KEY_BITS:
        raise ValueError(_PUBLIC)
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def _name(raw: Any) -> str:
    if type(raw) is not str or not 1 <= len(raw.strip()) <= _MAX_NAME_LENGTH or "\0" in raw:
        raise ValueError(f"Must have 1 to {_MAX_NAME_LENGTH} characters.")
    return raw.strip()


def _algorithm(raw: Any) -> str:
    if type(raw) is not str or raw not in ALGORITHMS:
        raise ValueError(f"Must be one of: {', '.join(ALGORITHMS)}.")
    return raw


def _text(raw: Any) -> str:
    if raw is not None and (type(raw) is not str or len(raw) > _MAX_TEXT_LENGTH or "\0" in raw):
        raise ValueError(f"Must be a string of at most {_MAX_TEXT_LENGTH} characters, or null.")
    return raw or ""


def _roles(raw: Any) -> dict[str, dict[str, list[str]]]:
    example = 'Must be an object such as {"editor": {"articles": ["GET", "POST"], "*": ["GET"]}}.'
    if raw is None:
        return {}
    if type(raw) is not dict or not all(type(entries) is dict for entries in raw.values()):
        raise ValueError(example)
    if len(raw) > _MAX_ROLES or sum(map(len, raw.values())) > _MAX_ENTRIES:
        raise ValueError(f"May have at most {_MAX_ROLES} roles, and {_MAX_ENTRIES} collections in them.")
    return {
        _role(role): {_collection(name): _verbs(verbs) for name, verbs in entries.items()}
        for role, entries in raw.items()
    }


def _role(raw: str) -> str:
    if not 1 <= len(raw) <= _MAX_NAME_LENGTH or "\0" in raw:
        raise ValueError(f"The name of a role must have 1 to {_MAX_NAME_LENGTH} characters.")
    return raw


def _collection(raw: Any) -> str:
    if raw != EVERY and name_error(raw):
        raise ValueError(f"{raw!r} is neither the name of a collection nor *.")
    return str(raw)


def _verbs(raw: Any) -> list[str]:
    if type(raw) is not list or not all(type(verb) is str and verb in VERBS for verb in raw):
        raise ValueError(f"The methods of a role must be an array of {', '.join(VERBS)}.")
    return [verb for verb in VERBS if verb in raw]


def _private(raw: Any) -> list[str]:
    if raw is None:
        return []
    names = [raw] if raw == EVERY else raw
    if type(names) is not list or len(names) > _MAX_ENTRIES:
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
