"""Encryption of the keys of identity providers."""

from catalog.encryption import Cipher

ISSUER_KEYS = Cipher("datacube issuer keys 1")
