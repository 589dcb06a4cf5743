"""A client of the REST dialect."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import httpx

from tests.support import Tenant

SYSTEM = ("_created", "_changed", "_createdby", "_changedby", "_version")


@dataclass(frozen=True)
class Rest:
    """A client of one tenant's database."""

    tenant: Tenant

    def ask(self, route: str, *, key: str | None = None, **request: Any) -> httpx.Response:
        """Send a request below the database: `ask("GET people?max=1")`. An empty `key` sends none."""
        verb, path = route.split(" ", 1)
        headers = {"x-apikey": self.tenant.key if key is None else key} | request.pop("headers", {})
        address = f"/db/{self.tenant.database}/rest/{path}"
        return self.tenant.client.request(verb, address, headers=headers, **request)

    def get(self, path: str, **params: Any) -> Any:
        texts = {name: value if type(value) is str else json.dumps(value) for name, value in params.items()}
        answer = self.ask(f"GET {path}", params=texts)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def create(self, collection: str, *documents: dict[str, Any]) -> list[str]:
        answer = self.ask(f"POST {collection}", json=list(documents))
        assert answer.status_code == 201, answer.text
        return [item["_id"] for item in answer.json()]

    def names(self, path: str = "people", **params: Any) -> list[str]:
        return [item["name"] for item in self.get(path, **params)]

    def empty(self, *collections: str) -> None:
        for name in collections:
            assert self.ask(f"DELETE {name}/*?q={{}}").status_code == 200


def result_of(answer: httpx.Response) -> tuple[int, Any]:
    return answer.status_code, answer.json()


def bare(document: dict[str, Any]) -> dict[str, Any]:
    """Return a document without its system fields, which must be present."""
    assert set(SYSTEM) <= set(document)
    return {name: value for name, value in document.items() if name not in SYSTEM}


CODES = {
    "This field is required.": "REQUIRED",
    "Must be a number.": "TYPE",
    "Must be true or false.": "TYPE",
    "Must be one e-mail address.": "TYPE",
    "Must be an id of 24 hexadecimal digits.": "TYPE",
}


def code_of(text: str) -> str:
    if text.endswith("must be unique."):
        return "UNIQUE"
    if text.endswith("is set by the service and cannot be written."):
        return "READONLY"
    return CODES.get(text, "INVALID")


def failed(status: int, message: str, *errors: tuple[Any, ...], name: str = "ValidationError") -> tuple[int, Any]:
    """Return the expected error of a status.

    An error is (field, message) or (field, message, index); its code is that of `CODES`.
    """
    entries = [
        {"field": error[0], "message": [error[1], code_of(error[1])]}
        | ({"index": error[2]} if len(error) > 2 else {})
        for error in errors
    ]
    return status, {"name": name, "message": message, "list": entries, "status": status}
