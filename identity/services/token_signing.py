"""Tokens that a server of a database's owner asks for, signed with the secret of one of its issuers."""

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
from identity import encryption
from identity.models import Issuer

_SECONDS: Mapping[str, int] = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86_400}
_SPAN = re.compile(r"(\d{1,8})\s?([smhd]?)")
_DEFAULT_SECONDS, _MOST_SECONDS = 3600, 30 * 86_400
_OURS = ("exp", "iss", "aud", "sub", "iat", "nbf")
_MEMBERS = ("secret", "algorithm", "issuer", "audience", "subject", "expiresIn", "payload")
_NO_SECRET = "Must be the name or the id of an issuer of this database with a secret (HS256)."
_NO_SPAN = 'Must be a number of seconds, or a text such as "2h", of at most 30 days.'


def sign_token(principal: Principal, database_id: str, *, wanted: Mapping[str, Any]) -> str:
    """Of `{secret, payload, algorithm?, issuer?, audience?, subject?, expiresIn?}`; `Invalid` names every fault.

    Its bearer may get every right on documents, so that whoever asks must have them all.
    """
    database = open_database(principal, database_id)
    for action in sorted(engine.DOCUMENT_ACTIONS):
        database.require(action)
    row = _row(database.id, wanted.get("secret"))
    claims, faults = _claims(wanted, row)
    key = encryption.decrypt(row.key) if row else None
    if key is None:
        faults.insert(0, engine.FieldError("secret", _NO_SECRET))
    if faults or key is None:
        raise engine.invalid(faults)
    text = jwt.encode(claims, key, algorithm="HS256")
    if len(text) > tokens.MAX_LENGTH:
        raise engine.TooLarge.of_field("payload", f"The token has more than {tokens.MAX_LENGTH} bytes.")
    return text


def _row(database_id: str, name: Any) -> Issuer | None:
    rows = Issuer.objects.filter(database__public_id=database_id, database__state=State.READY, algorithm="HS256")
    if type(name) is not str or "\0" in name:
        return None
    found = list(rows.filter(public_id=name) or rows.filter(name=name)[:2])
    return found[0] if len(found) == 1 else None


def _claims(wanted: Mapping[str, Any], row: Issuer | None) -> tuple[dict[str, Any], list[engine.FieldError]]:
    faults = [
        engine.FieldError(name, "There is no such member of a token.") for name in sorted({*wanted} - {*_MEMBERS})
    ]
    if wanted.get("algorithm", "HS256") != "HS256":
        faults.append(engine.FieldError("algorithm", "Must be HS256."))
    payload = wanted.get("payload")
    if type(payload) is not dict or any(name in payload for name in _OURS):
        text = f"Must be an object, such as an email in it, without {', '.join(_OURS)}."
        faults.append(engine.FieldError("payload", text))
        payload = {}
    seconds = _seconds(wanted.get("expiresIn", _DEFAULT_SECONDS))
    if not seconds:
        faults.append(engine.FieldError("expiresIn", _NO_SPAN))
    said = {"issuer": row.issuer, "audience": row.audience} if row else {}
    claims = {**payload, "exp": int(time.time()) + seconds}
    for name, short in (("issuer", "iss"), ("audience", "aud"), ("subject", "sub")):
        value = wanted.get(name)
        value = said.get(name, "") if value in (None, "") else value
        if type(value) is not str:
            faults.append(engine.FieldError(name, "Must be a text."))
        elif value:
            claims[short] = value
    return claims, faults


def _seconds(raw: Any) -> int:
    """0 for what is none, or too many."""
    found = _SPAN.fullmatch(str(raw)) if type(raw) in (int, str) else None
    seconds = int(found[1]) * _SECONDS[found[2]] if found else 0
    return seconds if seconds <= _MOST_SECONDS else 0
