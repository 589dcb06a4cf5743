"""Encryption of the keys of identity providers."""

from accounts.security.encryption import Cipher

ISSUER_KEYS = Cipher("datacube issuer keys 1")
