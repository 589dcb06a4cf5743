"""Opaque credentials for the header `Authorization: Bearer`: session tokens, and API tokens."""

from accounts.services.bearer import api_tokens, session_tokens

__all__ = ["api_tokens", "session_tokens"]
