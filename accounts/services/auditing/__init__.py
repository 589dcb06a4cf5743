"""Entries of the audit log about accounts."""

from accounts.services.auditing import entries, refusals

__all__ = ["entries", "refusals"]
