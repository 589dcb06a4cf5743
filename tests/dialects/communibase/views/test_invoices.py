"""The route that finalizes invoices: in both addresses, and who may."""

from __future__ import annotations

import pytest

from tests.dialects.communibase.support import Communibase, failed, result_of
from tests.support import NOT_FOUND, Tenant


@pytest.fixture(scope="module")
def invoice(communibase: Communibase) -> str:
    """Return the id of an invoice that has no number."""
    fields = [{"name": "dayBookNumber"}, {"name": "invoiceNumber"}]
    communibase.tenant.add({"name": "Invoice", "fields": fields})
    (id,) = communibase.create("Invoice", {"dayBookNumber": "10"})
    return id


def test_who_may(communibase: Communibase, invoice: str, ben: Tenant) -> None:
    tenant = communibase.tenant
    route = f"POST /communibase/{tenant.database}/0.1/Invoice.json/finalize/{invoice}"
    for actions in (["read"], ["insert"], ["delete"]):
        assert tenant.ask(route, auth=tenant.new_key(actions=actions)).status_code == 403, actions
    assert result_of(tenant.ask(route, auth=ben.api_key)) == failed(404, NOT_FOUND)
    assert tenant.ask(route, auth="").status_code == 401
    assert "invoiceNumber" not in communibase.get(f"Invoice.json/crud/{invoice}")
    finalized = tenant.ask(route, auth=tenant.new_key(actions=["read", "write"]))
    assert (finalized.status_code, finalized.json()["invoiceNumber"]) == (200, "1")
    assert communibase.get(f"POST Invoice.json/finalize/{invoice}") == finalized.json()


def test_other_verbs(communibase: Communibase, invoice: str) -> None:
    for verb in ("GET", "PUT", "DELETE"):
        assert communibase.ask(f"{verb} Invoice.json/finalize/{invoice}").status_code == 405


def test_other_entity_types(communibase: Communibase, invoice: str) -> None:
    answer = communibase.ask(f"POST films.json/finalize/{invoice}")
    assert result_of(answer) == failed(404, "Only the entity type Invoice can be finalized.")
    assert communibase.ask(f"POST EntityType.json/finalize/{invoice}").status_code == 400
