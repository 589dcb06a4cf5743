"""Two keys for a new database: one that reads and writes its documents, and one that reads them."""

from __future__ import annotations

from accounts.principal import AccountPrincipal
from accounts.services.keys import Key, create_key, own_actions
from engine import Action, Forbidden

_ACTIONS = {"full": ["read", "insert", "write", "delete"], "read_only": ["read"]}


def check_may_create(principal: AccountPrincipal) -> None:
    """Raise `Forbidden` unless the principal may create such keys, before there is a database."""
    if not {Action.OWN.value, *_ACTIONS["full"]} <= {*own_actions(principal)}:
        raise Forbidden("Keys for the new database need the permissions of its documents and 'own'.")


def create(principal: AccountPrincipal, database_id: str, *, name: str) -> dict[str, Key]:
    """Create both keys, `full` and `read_only`, and return them with their texts."""
    return {
        kind: create_key(
            principal, name=f"{name} {kind.replace('_', '-')}"[:100], databases=[database_id], actions=actions
        )
        for kind, actions in _ACTIONS.items()
    }
