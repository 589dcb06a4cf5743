"""Reports on tokens of identity providers, for the owner of a database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import engine
from accounts.principal import NAMED_ALONE, VERBS, Principal
from catalog.services.access import open_database
from identity.services.external_users import principal_of_external_user
from identity.services.issuers import refusals

MAX_TOKEN = 8 * 1024


@dataclass(frozen=True)
class TokenReport:
    """Report on a token.

    `refusals` are the issuers' names and reasons (empty if the issuer accepts the token); `error` is why the user
    is refused; `rights` are the methods allowed in each collection, without collections that allow none.
    """

    refusals: list[tuple[str, str]]
    error: str = ""
    email: str = ""
    rights: Mapping[str, list[str]] = field(default_factory=dict)
    private: frozenset[str] = frozenset()


def report_on_token(principal: Principal, database_id: str, token: str) -> TokenReport:
    """Verify a token as a request would, and report its permissions. Needs `own` and `design`."""
    reasons = refusals(principal, database_id, token)
    if len(token) > MAX_TOKEN:
        return TokenReport(reasons, error=f"A token has at most {MAX_TOKEN} characters.")
    if not reasons:
        return TokenReport(reasons, error="The database has no identity provider.")
    if all(reason for _, reason in reasons):
        return TokenReport(reasons, error="No identity provider of this database accepts the token.")
    try:
        person = principal_of_external_user(token, database_id, refresh=True)
    except (engine.Forbidden, engine.Unauthenticated) as error:
        return TokenReport(reasons, error=error.message)
    names = [*open_database(principal, database_id).specs, *sorted(NAMED_ALONE)]
    actions = {name: person.actions_in(name) for name in dict.fromkeys(names)}
    rights = {
        name: [verb for verb, action in VERBS.items() if action in granted]
        for name, granted in actions.items()
        if granted
    }
    return TokenReport(reasons, email=person.email, rights=rights, private=person.private)
