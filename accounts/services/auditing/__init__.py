"""Entries of the audit log about accounts."""

from accounts.services.auditing import entries

__all__ = ["entries"]
