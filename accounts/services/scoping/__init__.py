"""Scopes of keys that are limited to collections of databases, with row filters and field masks."""

from accounts.services.scoping import inspection, renaming, requested

__all__ = ["inspection", "renaming", "requested"]
