"""Shared ids, read-only ids, and who acts on a database whose id is known."""

from __future__ import annotations

from collections.abc import Callable

import pytest

import engine
from accounts.principal import AccountPrincipal, VisitorPrincipal
from catalog.services.access import open_database
from catalog.services.metadata import sharing
from catalog.services.metadata.attributes import change_profile, read_profile

pytestmark = pytest.mark.usefixtures("quick_drops")
VISITOR = VisitorPrincipal()


def test_a_new_id_replaces_the_previous(owner: AccountPrincipal, database: engine.Database) -> None:
    assert sharing.caller_in(owner, database.id) == (owner, database.id)
    first = sharing.regenerate_shared_id(owner, database.id)
    second = sharing.regenerate_shared_id(owner, database.id)
    assert sharing.caller_in(owner, second) == (owner, database.id)
    assert sharing.shared_id_of(database.id) == second
    for unknown in (database.id, first, "", "x" * 101, "a\0"):
        with pytest.raises(engine.NotFound):
            sharing.caller_in(owner, unknown)


def test_visitors_of_a_public_database(
    owner: AccountPrincipal, database: engine.Database, make_principal: Callable[..., AccountPrincipal]
) -> None:
    for caller in (VISITOR, make_principal()):
        with pytest.raises(engine.NotFound):
            sharing.caller_in(caller, database.id)
    change_profile(owner, database.id, public=True)
    for caller in (VISITOR, make_principal()):
        acting, database_id = sharing.caller_in(caller, database.id)
        assert open_database(acting, database_id).allowed == {engine.Action.READ}
    assert sharing.caller_in(owner, database.id) == (owner, database.id)


def test_read_only_links(owner: AccountPrincipal, database: engine.Database) -> None:
    first = read_profile(owner, database.id).readonly_id
    visitor, database_id = sharing.caller_of_link(first)
    assert open_database(visitor, database_id).allowed == {engine.Action.READ}
    second = sharing.regenerate_readonly_id(owner, database.id)
    assert sharing.caller_of_link(second) == (visitor, database_id)
    for unknown in (first, "", "a\0"):
        with pytest.raises(engine.NotFound):
            sharing.caller_of_link(unknown)


def test_who_copies(
    owner: AccountPrincipal, database: engine.Database, make_principal: Callable[..., AccountPrincipal]
) -> None:
    stranger = make_principal()
    assert sharing.reader_of(owner, database.id) is owner
    reader = sharing.reader_of(stranger, database.id)
    assert (reader.actor, open_database(reader, database.id).allowed) == (stranger.actor, {engine.Action.READ})
    with pytest.raises(engine.NotFound):
        sharing.reader_of(stranger, "0" * 24)
