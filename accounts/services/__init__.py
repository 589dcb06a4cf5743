"""Everything that can be done with people, their sessions and their keys."""

from accounts.services.first import check_first, first_link_token, register_first
from accounts.services.keys import Key, create_key, list_keys, revoke_key
from accounts.services.leaving import Leaving, delete_account, export_account, leaving
from accounts.services.mails import shown_verification
from accounts.services.passwords import (
    change_password,
    check_own_password,
    confirm_password_reset,
    request_password_reset,
)
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
from accounts.services.principals import principal_of_key, principal_of_session, principal_of_token
from accounts.services.sessions import (
    LogIn,
    Tokens,
    begin_browser,
    list_sessions,
    log_in,
    log_out,
    open_browser,
    refresh,
    revoke_other_sessions,
    revoke_session,
)
from accounts.services.teams import OwnTeam, list_teams

__all__ = [
    "Key",
    "Leaving",
    "LogIn",
    "OwnTeam",
    "Profile",
    "Tokens",
    "addresses",
    "begin_browser",
    "change_password",
    "check_first",
    "check_own_password",
    "confirm_password_reset",
    "create_key",
    "deactivate",
    "delete_account",
    "export_account",
    "first_link_token",
    "leaving",
    "list_keys",
    "list_sessions",
    "list_teams",
    "log_in",
    "log_out",
    "open_browser",
    "principal_of_key",
    "principal_of_session",
    "principal_of_token",
    "profile",
    "refresh",
    "register",
    "register_first",
    "request_password_reset",
    "resend_verification",
    "revoke_key",
    "revoke_other_sessions",
    "revoke_session",
    "shown_verification",
    "update_profile",
    "verify_email",
]
