"""A victim with everything that can be named, and requests of strangers."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import httpx
from bson import ObjectId

from dialects.communibase.resources.history import version_id
from tests.dialects.airsequel.surface import PATH_NAMES
from tests.isolation.tables import TARGETED, Ids
from tests.support import FILMS, Tenant, Truth, ask

CALLERS = ["a stranger", "a stranger's key", "a key of another database of the team"]
Send = Callable[..., httpx.Response]


@dataclass(frozen=True)
class World:
    """A victim with everything that can be named, and the strangers."""

    victim: Tenant
    ids: Ids
    team: int
    callers: dict[str, str]
    known: list[dict[str, Any]] = field(default_factory=list)

    @contextmanager
    def unchanged(self, truth: Truth) -> Iterator[None]:
        """Check that nothing of the victim's team changes during a test; nor has it since the last one."""
        before = self.known.pop() if self.known else truth.of_team(self.team)
        yield
        after = truth.of_team(self.team)
        assert after == before
        self.known.append(after)


def furnish(client: httpx.Client, auth: str, database: str, *, parts: Iterable[str]) -> Ids:
    """Fill a database with these parts and return the ids of what they have."""
    ids = {"database": database}
    for part in parts:
        ids |= PARTS[part](partial(ask, client, auth=auth), database)
    return ids


def _films(send: Send, database: str) -> Ids:
    """Create films (one changed, one deleted, one that references another) and an index."""
    target = {"database_id": database, "collection_name": "films"}
    changed, deleted, *_ = send("POST /api/crud", json={**target, "data": FILMS[:3]}).json()["inserted_ids"]
    change = {"filters": {"_id": changed}, "update_data": {"Source": "Book"}}
    assert send("PUT /api/crud", json={**target, **change}).is_success
    assert send("DELETE /api/crud", json={**target, "filters": {"_id": deleted}}).is_success
    assert send("POST /api/indexes", json={**target, "keys": [{"field": "x"}], "name": "x_1"}).is_success
    sequel = {"Title": "Slam 2", "_parent_id": changed, "_parent_def": "films", "_parent_field": "films"}
    child = send("POST /api/crud", json={**target, "data": [sequel]}).json()["inserted_ids"][0]
    return {"document": changed, "deleted": deleted, "child": child}


def _file(send: Send, database: str) -> Ids:
    files = {"file": ("a.txt", b"secret", "text/plain")}
    return {"file": send(f"POST /db/{database}/media", files=files).json()["ids"][0]}


def _binary(send: Send, database: str) -> Ids:
    files = {"File": ("a.txt", b"secret", "text/plain")}
    return {"binary": send(f"POST /communibase/{database}/0.1/File.json/binary", files=files).json()["_id"]}


def _invoice(send: Send, database: str) -> Ids:
    added = {"database_id": database, "collections": [{"name": "Invoice", "fields": [{"name": "dayBookNumber"}]}]}
    assert send("POST /api/add_collection", json=added).is_success
    numbered = {"database_id": database, "collection_name": "Invoice", "data": [{"dayBookNumber": "30"}]}
    return {"invoice": send("POST /api/crud", json=numbered).json()["inserted_ids"][0]}


def _issuer(send: Send, database: str) -> Ids:
    issuer = {"database_id": database, "name": "issuer", "algorithm": "HS256", "key": "k" * 32}
    return {"issuer": send("POST /api/issuers", json=issuer).json()["issuer"]["id"]}


def _webhook(send: Send, database: str) -> Ids:
    hook = {"database_id": database, "collection_name": "films", "url": "https://example.com/"}
    return {"webhook": send("POST /api/webhooks", json=hook).json()["webhook"]["id"]}


def _backup(send: Send, database: str) -> Ids:
    return {"backup": send("POST /api/backups", json={"database_id": database}).json()["backup_id"]}


# In this order: the webhook comes after all changes of documents.
PARTS: dict[str, Callable[[Send, str], Ids]] = {
    "films": _films,
    "file": _file,
    "binary": _binary,
    "invoice": _invoice,
    "issuer": _issuer,
    "webhook": _webhook,
    "backup": _backup,
}


def send(world: World, route: str, ids: Ids, auth: str, **more: Any) -> httpx.Response:
    return ask(world.victim.client, filled(route, ids), auth=auth, **TARGETED[route](ids), **more)


def filled(route: str, ids: Ids) -> str:
    """Return a route with the names that it needs."""
    names = {"database_id": ids["database"], "key_id": ids["key"], "database": ids["database"]}
    names["db_id"] = ids["database"]
    names |= {"team_name": ids["team"], "username": ids["username"], "token_id": ids["token"]}
    names |= {"collection": "films", "id": ids["document"], "field": "films", "child": ids["child"]}
    names |= {"session_id": ids["session"], "team_id": ids["team"]}
    names |= {"user_id": ids["user"], "invitation_id": ids["invitation"]}
    names["file"] = names["file_id"] = ids["file"]
    names |= PATH_NAMES
    names["job_id"] = ids["job"]
    names["version"] = version_id(ObjectId(ids["document"]), 1)
    names["id"] = ids["deleted" if "/undelete/" in route else "document"]
    if ".json/binary" in route:
        names |= {"collection": "File", "id": ids["binary"]}
    if "/finalize/" in route:
        names |= {"collection": "Invoice", "id": ids["invoice"]}
    return re.sub(r"\{(\w+)\}", lambda match: names[match[1]], route)


def comparable(answer: httpx.Response) -> tuple[int, bytes, dict[str, str]]:
    """Return everything of a response that could reveal a difference between two cases."""
    headers = {name: value for name, value in answer.headers.items() if name not in ("x-request-id", "date")}
    return answer.status_code, answer.content, headers
