"""Finalized invoices: numbers of a day book without gaps, also for requests at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest

from tests.dialects.communibase.support import Communibase, bare, failed, refused, result_of
from tests.support import MISSING_ID, NOT_FOUND, Tenant


@pytest.fixture(scope="module")
def invoices(communibase: Communibase, anna: Tenant) -> Communibase:
    fields = [{"name": "dayBookNumber"}, {"name": "invoiceNumber"}, {"name": "invoiceItems", "type": "array"}]
    anna.add({"name": "Invoice", "fields": fields})
    return communibase


def finalize(invoices: Communibase, id: str) -> dict[str, Any]:
    document: dict[str, Any] = invoices.get(f"POST Invoice.json/finalize/{id}")
    return document


def test_numbers_rise_by_one_in_each_day_book(invoices: Communibase) -> None:
    one, other, third = invoices.create(
        "Invoice", {"dayBookNumber": "10"}, {"dayBookNumber": "11"}, {"dayBookNumber": "10"}
    )
    first = finalize(invoices, one)
    assert bare(first) == {"dayBookNumber": "10", "invoiceNumber": "1"}
    assert finalize(invoices, other)["invoiceNumber"] == "1"
    assert finalize(invoices, third)["invoiceNumber"] == "2"
    assert finalize(invoices, one) == first
    assert len(invoices.get(f"Invoice.json/history/{one}")) == 2


def test_numbers_follow_those_that_exist(invoices: Communibase) -> None:
    existing = {"dayBookNumber": "20", "invoiceNumber": "100001"}
    _, odd, new = invoices.create(
        "Invoice", existing, {"dayBookNumber": "20", "invoiceNumber": "2020-1"}, {"dayBookNumber": "20"}
    )
    assert finalize(invoices, new)["invoiceNumber"] == "100002"
    assert finalize(invoices, odd)["invoiceNumber"] == "2020-1"


def test_items_get_the_account_of_the_invoice(invoices: Communibase) -> None:
    items = [{"price": 1}, {"price": 2, "generalLedgerAccountNumber": "8001"}]
    account = {"generalLedgerAccountNumber": "8000"}
    (id,) = invoices.create("Invoice", {"dayBookNumber": "30", **account, "invoiceItems": items})
    assert finalize(invoices, id)["invoiceItems"] == [{"price": 1, **account}, items[1]]


def test_no_gaps_with_many_at_once(invoices: Communibase) -> None:
    ids = invoices.create("Invoice", *[{"dayBookNumber": "40"}] * 24)
    with ThreadPoolExecutor(8) as pool:
        numbers = [item["invoiceNumber"] for item in pool.map(partial(finalize, invoices), ids)]
    assert sorted(map(int, numbers)) == [*range(1, 25)]


def test_refused(invoices: Communibase) -> None:
    (id,) = invoices.create("Invoice", {"invoiceItems": []})
    required = refused("dayBookNumber", "This field is required.")
    assert result_of(invoices.ask(f"POST Invoice.json/finalize/{id}")) == required
    for missing in (MISSING_ID, "x"):
        assert result_of(invoices.ask(f"POST Invoice.json/finalize/{missing}")) == failed(404, NOT_FOUND)
    other = invoices.ask(f"POST films.json/finalize/{id}")
    assert result_of(other) == failed(404, "Only the entity type Invoice can be finalized.")
