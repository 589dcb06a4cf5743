"""Everything that can be done with people, their sessions and their keys."""

from accounts.services.keys import Key, create_key, list_keys, revoke_key
from accounts.services.passwords import confirm_password_reset, request_password_reset
from accounts.services.people import (
    Profile,
    addresses,
    deactivate,
    profile,
    register,
    resend_verification,
    update_profile,
    verify_email,
)
from accounts.services.principals import principal_of_key, principal_of_token
from accounts.services.sessions import Tokens, log_in, log_out, refresh

__all__ = [
    "Key",
    "Profile",
    "Tokens",
    "addresses",
    "confirm_password_reset",
    "create_key",
    "deactivate",
    "list_keys",
    "log_in",
    "log_out",
    "principal_of_key",
    "principal_of_token",
    "profile",
    "refresh",
    "register",
    "request_password_reset",
    "resend_verification",
    "revoke_key",
    "update_profile",
    "verify_email",
]
