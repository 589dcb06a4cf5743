"""The text of keys: random, recognisable, and refused without a look-up when garbled."""

from __future__ import annotations

import hashlib
import math
import re

import pytest

from accounts import keys


def test_a_key_has_its_public_form() -> None:
    made = keys.make()
    assert re.fullmatch(r"dc_[0-9A-Za-z]{8}_[0-9A-Za-z]{32}_[0-9A-Za-z]{6}", made.text)
    assert made.public_id == made.text[3:11]
    assert made.digest == hashlib.sha256(made.text.encode()).hexdigest()
    assert keys.shown(made.public_id) == made.text[:11] + "..."


def test_the_secret_has_enough_bits_and_stays_out_of_logs() -> None:
    assert keys.SECRET_LENGTH * math.log2(len(keys.ALPHABET)) >= 160
    made = keys.make()
    assert made.text not in repr(made)


def test_no_two_keys_are_alike() -> None:
    assert len({keys.make().text for _ in range(1000)}) == 1000


def test_a_whole_key_gives_its_public_id() -> None:
    made = keys.make()
    assert keys.public_id(made.text) == made.public_id


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
def test_a_garbled_key_gives_nothing(garble) -> None:
    assert keys.public_id(garble(keys.make().text)) is None
