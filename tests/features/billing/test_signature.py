"""Signatures of Paddle Classic."""

from __future__ import annotations

import base64

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from features.billing.signature import SIGNATURE, is_signed, serialized

_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
_FORM = serialization.PublicFormat.SubjectPublicKeyInfo
PUBLIC_KEY = _KEY.public_key().public_bytes(serialization.Encoding.PEM, _FORM).decode()


def signed(fields: dict[str, str]) -> dict[str, str]:
    """Return fields with the signature of a key that was made for the tests."""
    signature = _KEY.sign(serialized(fields), padding.PKCS1v15(), hashes.SHA1())
    return {**fields, SIGNATURE: base64.b64encode(signature).decode()}


def test_what_is_signed() -> None:
    fields = {"b": "é", "a": "", SIGNATURE: "x"}
    assert serialized(fields) == 'a:2:{s:1:"a";s:0:"";s:1:"b";s:2:"é";}'.encode()


def test_signatures() -> None:
    fields = signed({"b": "é", "a": "1"})
    assert is_signed(fields, public_key=PUBLIC_KEY)
    assert is_signed(fields, public_key=PUBLIC_KEY.replace("\n", "\\n"))
    for change in ({"a": "2"}, {"c": ""}, {SIGNATURE: "123abc"}, {SIGNATURE: "é"}, {SIGNATURE: ""}):
        assert not is_signed({**fields, **change}, public_key=PUBLIC_KEY)
    curve = ec.generate_private_key(ec.SECP256R1()).public_key().public_bytes(serialization.Encoding.PEM, _FORM)
    for text in ("x", curve.decode()):
        with pytest.raises((TypeError, ValueError)):
            is_signed(fields, public_key=text)
