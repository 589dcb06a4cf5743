"""Which entity type a request addresses, by the address or by the credential."""

from __future__ import annotations

import pytest

from tests.dialects.communibase.support import Communibase, failed, result_of
from tests.support import MISSING_ID, NOT_FOUND, Tenant, make_database, until


def test_unknown_entity_types(communibase: Communibase) -> None:
    for title in ("nothing", "DocumentReference", "films.versions"):
        answer = communibase.ask(f"GET {title}.json/crud")
        assert result_of(answer) == failed(404, f"Unknown entity type {title!r}.")


@pytest.mark.parametrize("body", [b"", b"  "])
def test_a_body_that_is_missing(communibase: Communibase, body: bytes) -> None:
    answer = communibase.ask("POST films.json/crud", content=body)
    assert result_of(answer) == failed(400, "The body must be a JSON object, the whole document.")


def test_a_database_in_the_address(communibase: Communibase, ben: Tenant) -> None:
    tenant = communibase.tenant
    for database in (tenant.database, tenant.name):
        route = f"GET /communibase/{database}/0.1/films.json/crud"
        assert tenant.ask(route, auth=tenant.api_key).status_code == 200
    for database in (ben.database, MISSING_ID, "nothing"):
        answer = tenant.ask(f"GET /communibase/{database}/0.1/films.json/crud", auth=tenant.api_key)
        assert result_of(answer) == failed(404, NOT_FOUND)


def test_a_credential_for_several_databases_needs_the_address(communibase: Communibase) -> None:
    tenant = communibase.tenant
    database, _ = make_database(tenant.client, tenant.bearer)
    try:
        # A process may have cached that there was one database.
        assert until(lambda: communibase.ask("GET films.json/crud").status_code == 400)
        limited = tenant.new_key(databases=[database]).removeprefix("Api-Key ")
        assert communibase.ask("GET films.json/crud", key=limited).status_code == 200
    finally:
        body = {"database_id": database, "confirm": "x"}
        tenant.ask("DELETE /api/delete_database", params=body)
