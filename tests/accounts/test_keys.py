"""The text of keys: random, recognizable, and refused without a query if malformed."""

from __future__ import annotations

import hashlib
import math
import re

import pytest

from accounts import keys


def test_a_key_has_its_public_form() -> None:
    key = keys.make()
    assert re.fullmatch(r"dc_[0-9A-Za-z]{8}_[0-9A-Za-z]{32}_[0-9A-Za-z]{6}", key.text)
    assert key.public_id == key.text[3:11]
    assert key.digest == hashlib.sha256(key.text.encode()).hexdigest()
    assert keys.display_text(key.public_id) == key.text[:11] + "..."


def test_the_secret_has_enough_bits_and_stays_out_of_logs() -> None:
    assert keys.SECRET_LENGTH * math.log2(len(keys.ALPHABET)) >= 160
    key = keys.make()
    assert key.text not in repr(key)


def test_keys_are_unique() -> None:
    assert len({keys.make().text for _ in range(1000)}) == 1000


def test_a_whole_key_gives_its_public_id() -> None:
    key = keys.make()
    assert keys.public_id(key.text) == key.public_id


@pytest.mark.parametrize(
    "garble",
    [
        lambda text: text[:-1],
        lambda text: text + "0",
        lambda text: text[:15] + ("0" if text[15] != "0" else "1") + text[16:],
        lambda text: text.replace("dc_", "sk_"),
        lambda text: text.upper() if text.upper() != text else text.lower(),
        lambda text: text.replace("_", "-"),
        lambda text: " " + text,
        lambda text: text + "\n",
        lambda text: "é" + text[1:],
        lambda text: "",
        lambda text: "_" * 3,
        lambda text: "dc",
    ],
)
def test_a_malformed_key_has_no_public_id(garble) -> None:
    assert keys.public_id(garble(keys.make().text)) is None


def test_a_token_has_its_public_form() -> None:
    token = keys.make_token()
    assert re.fullmatch(r"ast_[0-9A-Za-z]{46}", token.text)
    assert (token.public_id, keys.public_id(token.text)) == (token.text[4:12],) * 2
    assert token.digest == hashlib.sha256(token.text.encode()).hexdigest()
    assert keys.display_text(token.public_id, prefix=keys.TOKEN_PREFIX) == token.text[:12] + "..."
    assert token.text not in repr(token)


@pytest.mark.parametrize(
    "garble",
    [
        lambda text: text[:-1],
        lambda text: text + "0",
        lambda text: text[:15] + ("0" if text[15] != "0" else "1") + text[16:],
        lambda text: text.replace("ast_", "dc_"),
        lambda text: text[:20] + "_" + text[21:],
        lambda text: text[:20] + "é" + text[21:],
        lambda text: text + "\n",
        lambda text: "ast_",
    ],
)
def test_a_malformed_token_has_no_public_id(garble) -> None:
    assert keys.public_id(garble(keys.make_token().text)) is None
