"""Options of a token to sign: its claims, its duration, and all errors."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from engine import FieldError
from identity.models import Issuer
from identity.services import token_signing

NOW = 1_000
PAYLOAD_ERROR = "Must be an object, such as an email in it, without exp, iss, aud, sub, iat, nbf."
DURATION_ERROR = 'Must be a number of seconds, or a string such as "2h", of at most 30 days.'
ISSUER = Issuer(issuer="https://a/", audience="shop")


@pytest.fixture(autouse=True)
def _fixed_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(token_signing, "time", SimpleNamespace(time=lambda: NOW + 0.9))


@pytest.mark.parametrize(
    ("raw", "seconds"),
    [
        (1, 1),
        (2_592_000, 2_592_000),
        ("90", 90),
        ("90s", 90),
        ("2m", 120),
        ("2h", 7_200),
        ("2 h", 7_200),
        ("30d", 2_592_000),
    ],
)
def test_a_duration_in_seconds(raw: Any, seconds: int) -> None:
    assert token_signing._seconds(raw) == seconds


@pytest.mark.parametrize(
    "raw",
    [
        0,
        -1,
        2_592_001,
        10**30,
        1.0,
        True,
        None,
        [],
        "",
        "h",
        "2H",
        "2w",
        "1.5h",
        "-2h",
        "2  h",
        "31d",
        "2h\n",
        "٣h",
        "٣",
        "2\u3000h",
    ],
)
def test_what_is_no_duration_or_too_long(raw: Any) -> None:
    assert token_signing._seconds(raw) == 0


@pytest.mark.parametrize(
    ("options", "row", "claims"),
    [
        ({"payload": {}}, None, {"exp": NOW + 3_600}),
        (
            {"payload": {"email": "ü@example.com"}, "expiresIn": "2m", "algorithm": "HS256"},
            None,
            {"email": "ü@example.com", "exp": NOW + 120},
        ),
        ({"payload": {}}, ISSUER, {"exp": NOW + 3_600, "iss": "https://a/", "aud": "shop"}),
        (
            {"payload": {}, "issuer": "", "audience": None, "subject": None, "expiresIn": None, "algorithm": None},
            ISSUER,
            {"exp": NOW + 3_600, "iss": "https://a/", "aud": "shop"},
        ),
        (
            {"payload": {}, "issuer": "https://b/", "audience": "crm", "subject": "joe"},
            ISSUER,
            {"exp": NOW + 3_600, "iss": "https://b/", "aud": "crm", "sub": "joe"},
        ),
    ],
)
def test_claims(options: dict[str, Any], row: Issuer | None, claims: dict[str, Any]) -> None:
    assert token_signing._claims(options, row) == (claims, [])


@pytest.mark.parametrize(
    ("members", "errors"),
    [
        ({"b": 1, "a": 1}, [("a", "Unknown property."), ("b", "Unknown property.")]),
        ({"algorithm": "RS256"}, [("algorithm", "Must be HS256.")]),
        ({"payload": None}, [("payload", PAYLOAD_ERROR)]),
        ({"payload": ["a"]}, [("payload", PAYLOAD_ERROR)]),
        ({"payload": {"exp": 1}}, [("payload", PAYLOAD_ERROR)]),
        ({"payload": {"email": "a", "nbf": 1}}, [("payload", PAYLOAD_ERROR)]),
        ({"algorithm": ""}, [("algorithm", "Must be HS256.")]),
        ({"expiresIn": ""}, [("expiresIn", DURATION_ERROR)]),
        ({"expiresIn": "31d"}, [("expiresIn", DURATION_ERROR)]),
        ({"issuer": 1}, [("issuer", "Must be a string.")]),
        ({"audience": ["a"], "subject": 0}, [("audience", "Must be a string."), ("subject", "Must be a string.")]),
        (
            {"x": 1, "algorithm": "none", "payload": 1, "expiresIn": 0, "subject": {}},
            [
                *(("x", "Unknown property."), ("algorithm", "Must be HS256."), ("payload", PAYLOAD_ERROR)),
                *(("expiresIn", DURATION_ERROR), ("subject", "Must be a string.")),
            ],
        ),
    ],
)
def test_options_that_are_refused(members: dict[str, Any], errors: list[tuple[str, str]]) -> None:
    options = {"secret": "Auth0", "payload": {}, **members}
    assert token_signing._claims(options, None)[1] == [FieldError(*error) for error in errors]


@pytest.mark.parametrize("name", [None, 7, ["Auth0"], "a\0"])
def test_what_cannot_name_an_issuer_is_not_looked_up(name: Any) -> None:
    assert token_signing._row("a" * 24, name) is None
