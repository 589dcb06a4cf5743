"""Invoices: finalized by a number of their day book."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import engine
from dialects.communibase.resources.documents import Document, Documents
from engine.errors import Message
from web.errors import NOT_FOUND

INVOICE = "Invoice"
_NUMBER, _DAY_BOOK, _ITEMS, _LEDGER = (
    "invoiceNumber",
    "dayBookNumber",
    "invoiceItems",
    "generalLedgerAccountNumber",
)
_NO_INVOICE = "Only the entity type Invoice can be finalized."


def finalize(documents: Documents, id: str) -> Document:
    """Give an invoice the next number of its day book, and its items their account, and return it.

    A finalized invoice is returned unchanged. Raises `NotFound`, and `Invalid` without a day book.
    """
    if documents.entity_type.title != INVOICE:
        raise engine.NotFound(_NO_INVOICE)
    is_number = documents.types.type_at(documents.entity_type, _NUMBER) not in ("", "string")

    def values(invoice: Mapping[str, Any], number: int) -> Mapping[str, Any]:
        if invoice.get(_DAY_BOOK) in (None, ""):
            raise engine.Invalid.of_field(_DAY_BOOK, Message.required())
        return {_NUMBER: number if is_number else str(number)} | _accounts(invoice)

    query = documents.by_id(id)
    finalized = documents.collection.assign_number(query, field=_NUMBER, series_field=_DAY_BOOK, values=values)
    if finalized is None:
        raise engine.NotFound(NOT_FOUND)
    return documents.present([finalized])[0]


def _accounts(invoice: Mapping[str, Any]) -> dict[str, Any]:
    """Return the items with the invoice's own account for those that have none; empty if nothing changes."""
    items, account = invoice.get(_ITEMS), invoice.get(_LEDGER)
    if account in (None, "") or type(items) is not list:
        return {}
    return {_ITEMS: [{**item, _LEDGER: account} if _lacks_account(item) else item for item in items]}


def _lacks_account(item: Any) -> bool:
    return type(item) is dict and item.get(_LEDGER) in (None, "")
