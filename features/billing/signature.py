"""Signatures of Paddle Classic: RSA with SHA-1 over the fields, sorted by name, as PHP serializes them."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

SIGNATURE = "p_signature"


def is_signed(fields: Mapping[str, str], *, public_key: str) -> bool:
    """Return whether the field `p_signature` signs the others with the private key of a public one, in PEM.

    Raises `ValueError` or `TypeError` for a text that is no public RSA key.
    """
    key = _key(public_key)
    try:
        signature = base64.b64decode(fields.get(SIGNATURE, ""), validate=True)
        key.verify(signature, serialized(fields), padding.PKCS1v15(), hashes.SHA1())  # noqa: S303 - the provider's
    except (binascii.Error, ValueError, InvalidSignature):
        return False
    return True


def serialized(fields: Mapping[str, str]) -> bytes:
    """Return what is signed: an array of texts in PHP's format, without the signature."""
    names = sorted(name for name in fields if name != SIGNATURE)
    parts = b"".join(_text(name) + _text(fields[name]) for name in names)
    return b"a:%d:{%b}" % (len(names), parts)


def _text(value: str) -> bytes:
    content = value.encode()
    return b's:%d:"%b";' % (len(content), content)


def _key(text: str) -> rsa.RSAPublicKey:
    """Return a key. Its lines may end with a backslash and an n, where a setting has one line."""
    try:
        key = serialization.load_pem_public_key(text.replace("\\n", "\n").encode())
    except UnsupportedAlgorithm as error:
        raise ValueError(str(error)) from error
    if not isinstance(key, rsa.RSAPublicKey):
        raise TypeError("The key is not an RSA key.")
    return key
