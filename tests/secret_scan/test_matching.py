"""Secrets are found in every form in which a service may write them."""

from __future__ import annotations

import base64
import json
from urllib.parse import quote, quote_plus

import jwt
import pytest

from accounts import keys
from tests.secret_scan.matching import Needles, needle_of

KEY = keys.make().text
TOKEN = "Y8zCkpl430S8KSenz-MgbmQ3cXKWFs_ZfJXA2AMCER0"
PASSWORD = "a-strong-and-secure-password"
ODD = "Pass/word+of 20 chars&Ab3xyzAb3xyz"
JWT = jwt.encode({"sub": "1", "sid": "a" * 32}, "k" * 32, algorithm="HS256")
HEADER = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9"
SECRETS = {"API key": KEY, "token": TOKEN, "password": PASSWORD, "odd": ODD, "JWT": JWT}
NEEDLES = Needles.of(SECRETS.items())

FORMS = {
    "plain": lambda text: text,
    "url": quote,
    "form": quote_plus,
    "header": lambda text: quote(f"Api-Key {text}"),
    "json": lambda text: json.dumps({"text": f"first\n{text}\n"}),
    "quoted twice": lambda text: json.dumps(json.dumps({"text": text})),
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
    "base64 of an address": lambda text: base64.urlsafe_b64encode(text.encode()).decode().rstrip("="),
    "basic": lambda text: base64.b64encode(f"anna:{text}".encode()).decode(),
    "queue": lambda text: base64.b64encode(json.dumps([[f"u1 {text}"], {}]).encode()).decode(),
    "mail": lambda text: (
        "Content-Transfer-Encoding: base64\n\n" + base64.encodebytes(f"{'Hello, ' * 9}\n{text}".encode()).decode()
    ),
    "bson": lambda text: f"\x02token\0\x1d\0\0\0{text}\0",
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("kind", SECRETS)
def test_a_secret_is_found_in_each_form(kind: str, form: str) -> None:
    line = f'2026-11-20 WARNING it was "{FORMS[form](SECRETS[kind])}", and refused\n'
    assert kind in NEEDLES.search(line.encode())


def test_what_is_like_a_secret_is_none() -> None:
    other = jwt.encode({"sub": "1", "sid": "a" * 32}, "o" * 32, algorithm="HS256")
    text = f"{TOKEN[1:]} {PASSWORD.upper()} {other} {keys.display_text(KEY[3:11])} {'60c72b2f' * 8}"
    assert NEEDLES.search(text.encode()) == set()


def test_an_api_key_is_found_that_no_test_has_recorded() -> None:
    assert Needles.of([]).search(f"[{KEY}]".encode()) == {"API key"}
    assert Needles.of([]).search(f"{KEY[:-1]}{'1' if KEY[-1] != '1' else '2'}".encode()) == set()


@pytest.mark.parametrize(
    ("secret", "needle"),
    [
        (PASSWORD, PASSWORD),
        (KEY, KEY.split("_")[2]),
        (f"{HEADER}.{HEADER}.{'s' * 20}", "s" * 20),
        ("short", ""),
        ("correct horse battery", ""),
    ],
    ids=["password", "key", "JWT", "short", "words"],
)
def test_the_longest_word_stands_for_a_secret_and_the_signature_for_a_jwt(secret: str, needle: str) -> None:
    assert needle_of(secret) == needle.encode()
