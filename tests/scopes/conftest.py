"""A shop with two tenants' orders in one collection, and keys that may see one of them, or some fields alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from tests.support import Tenant, ask, make_tenant

ANN = {
    "owner": "ann",
    "item": "lamp",
    "price": 10,
    "margin": 3,
    "address": {"city": "Oslo", "street": "Ann street 1"},
}
BEN = {
    "owner": "ben",
    "item": "Ben's desk",
    "price": 99,
    "margin": 7,
    "address": {"city": "Rome", "street": "Via 2"},
}
HIDDEN = ("Ben's desk", "Rome", "Via 2")
MASKED = ("margin", "Ann street")
ALL = ["read", "insert", "write", "delete"]
FILTER = {"owner": "ann"}
FIELDS = {"exclude": ["margin", "address.street"]}


@dataclass(frozen=True)
class Shop:
    """A tenant with orders of two owners; `ann` and `ben` are their ids."""

    tenant: Tenant
    ann: str
    ben: str

    def key(self, **access: Any) -> Key:
        """Return a key of the orders with all actions, or with other permissions."""
        orders = {"actions": ALL, **access}
        return Key(self, self.tenant.new_key(collections={self.tenant.database: {"orders": orders}}))

    def stored(self, document_id: str) -> dict[str, Any] | None:
        """Return a document as its owner sees it."""
        documents = self.tenant.find("orders", filters=f'{{"_id": "{document_id}"}}')["data"]
        return documents[0] if documents else None


@dataclass(frozen=True)
class Key:
    """A key of a shop."""

    shop: Shop
    text: str

    def ask(self, route: str, **request: Any) -> httpx.Response:
        return ask(self.shop.tenant.client, route, auth=self.text, **request)

    def get(self, path: str, **params: Any) -> httpx.Response:
        """Ask a route that reads the orders by parameters."""
        return self.ask(f"GET {path}", params={**self._target, **params})

    def send(self, route: str, *, etag: str = "", **body: Any) -> httpx.Response:
        """Ask a route that takes a body about the orders, perhaps with If-Match."""
        headers = {"If-Match": f'"{etag}"'} if etag else {}
        return self.ask(route, json={**self._target, **body}, headers=headers)

    @property
    def _target(self) -> dict[str, str]:
        return {"database_id": self.shop.tenant.database, "collection_name": "orders"}


@pytest.fixture
def shop(web: httpx.Client) -> Shop:
    tenant = make_tenant(web)
    tenant.add(
        {"name": "orders", "fields": [{"name": "owner", "type": "string"}, {"name": "margin", "type": "number"}]}
    )
    tenant.add({"name": "notes", "fields": [{"name": "order", "type": "reference", "collection": "orders"}]})
    ann, ben = tenant.insert("orders", [ANN, BEN])
    return Shop(tenant, ann, ben)
