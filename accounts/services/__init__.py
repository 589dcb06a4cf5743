"""Services of accounts, one module for each subject: people, sessions, teams, keys."""

from accounts.services import (
    account_deletion,
    bearer,
    first_account,
    keys,
    known_clients,
    mails,
    names,
    passwords,
    people,
    principals,
    scoping,
    second_factor,
    sessions,
    teams,
)

__all__ = [
    "account_deletion",
    "bearer",
    "first_account",
    "keys",
    "known_clients",
    "mails",
    "names",
    "passwords",
    "people",
    "principals",
    "scoping",
    "second_factor",
    "sessions",
    "teams",
]
