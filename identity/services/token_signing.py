"""Tokens for servers of a database's owner, signed with the secret of an issuer."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from typing import Any

import jwt

import engine
from accounts import tokens
from accounts.principal import Principal
from catalog.models import State
from catalog.services.access import open_database
from engine.errors import invalid
from identity.encryption import ISSUER_KEYS
from identity.models import Issuer

_SECONDS: Mapping[str, int] = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86_400}
_DURATION = re.compile(r"([0-9]{1,8})\s?([smhd]?)", re.ASCII)
_DEFAULT_SECONDS, _MAX_SECONDS = 3600, 30 * 86_400
_RESERVED_CLAIMS = ("exp", "iss", "aud", "sub", "iat", "nbf")
_MEMBERS = ("secret", "algorithm", "issuer", "audience", "subject", "expiresIn", "payload")
_NO_SECRET = "Must be the name or the id of an issuer of this database with a secret (HS256)."
_BAD_DURATION = 'Must be a number of seconds, or a string such as "2h", of at most 30 days.'


def sign_token(principal: Principal, database_id: str, *, options: Mapping[str, Any]) -> str:
    """Sign a token from `{secret, payload, algorithm?, issuer?, audience?, subject?, expiresIn?}`.

    Needs all document actions, as the token may grant them. Raises `Invalid` with every error.
    """
    database = open_database(principal, database_id)
    for action in sorted(engine.DOCUMENT_ACTIONS):
        database.require(action)
    row = _row(database.id, options.get("secret"))
    claims, errors = _claims(options, row)
    key = ISSUER_KEYS.decrypt(row.key) if row else None
    if key is None:
        errors.insert(0, engine.FieldError("secret", _NO_SECRET))
    if errors or key is None:
        raise invalid(errors)
    text = jwt.encode(claims, key, algorithm="HS256")
    if len(text) > tokens.MAX_LENGTH:
        raise engine.TooLarge.of_field("payload", f"The token has more than {tokens.MAX_LENGTH} bytes.")
    return text


def _row(database_id: str, name: Any) -> Issuer | None:
    rows = Issuer.objects.filter(database__public_id=database_id, database__state=State.READY, algorithm="HS256")
    if type(name) is not str or "\0" in name:
        return None
    matches = list(rows.filter(public_id=name) or rows.filter(name=name)[:2])
    return matches[0] if len(matches) == 1 else None


def _claims(options: Mapping[str, Any], row: Issuer | None) -> tuple[dict[str, Any], list[engine.FieldError]]:
    errors = [engine.FieldError(name, "Unknown property.") for name in sorted({*options} - {*_MEMBERS})]
    options = {name: value for name, value in options.items() if value is not None}
    if options.get("algorithm", "HS256") != "HS256":
        errors.append(engine.FieldError("algorithm", "Must be HS256."))
    payload = options.get("payload")
    if type(payload) is not dict or any(name in payload for name in _RESERVED_CLAIMS):
        text = f"Must be an object, such as an email in it, without {', '.join(_RESERVED_CLAIMS)}."
        errors.append(engine.FieldError("payload", text))
        payload = {}
    seconds = _seconds(options.get("expiresIn", _DEFAULT_SECONDS))
    if not seconds:
        errors.append(engine.FieldError("expiresIn", _BAD_DURATION))
    defaults = {"issuer": row.issuer, "audience": row.audience} if row else {}
    claims = {**payload, "exp": int(time.time()) + seconds}
    for name, short in (("issuer", "iss"), ("audience", "aud"), ("subject", "sub")):
        value = options.get(name)
        value = defaults.get(name, "") if value in (None, "") else value
        if type(value) is not str:
            errors.append(engine.FieldError(name, "Must be a string."))
        elif value:
            claims[short] = value
    return claims, errors


def _seconds(raw: Any) -> int:
    """Parse a duration in seconds; 0 if it is invalid or too long."""
    match = _DURATION.fullmatch(str(raw)) if type(raw) in (int, str) else None
    seconds = int(match[1]) * _SECONDS[match[2]] if match else 0
    return seconds if seconds <= _MAX_SECONDS else 0
