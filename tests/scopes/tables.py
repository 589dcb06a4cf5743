"""What keys that are limited to collections may use: every other route is refused, whatever the key names."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tests.isolation.tables import OWN, TARGETED, Ids, Request, crud, of_document

ACTIONS = ("read", "insert", "write", "delete")
FILTER = {"filter": {"Source": "Book"}}
MASK = {"fields": {"exclude": ["Director"]}}
ONLY = {"fields": {"include": ["Title", "Source"]}}
# The scopes of the matrix: what each key may do with the collections of its database.
SCOPES: dict[str, dict[str, Any]] = {
    **{f"{action} films": {"films": {"actions": [action]}} for action in ACTIONS},
    "films": {"films": {"actions": [*ACTIONS]}},
    "filtered films": {"films": {"actions": [*ACTIONS], **FILTER}},
    "masked films": {"films": {"actions": [*ACTIONS], **ONLY}},
    "filtered and masked films, to read": {"films": {"actions": ["read"], **FILTER, **MASK}},
    "files": {"media": {"actions": [*ACTIONS]}},
    "another collection": {"Invoice": {"actions": [*ACTIONS]}},
}
# A document that every scope of films may see, and one that a row filter hides.
VISIBLE = {"Title": "Visible title", "Source": "Book", "Director": "Masked director"}
HIDDEN = {"Title": "Hidden title", "Source": "Play", "Director": "Hidden director"}


@dataclass(frozen=True)
class Rule:
    """A route that keys may use: the actions that it needs on films, on `media`, or in any collection (`*`).

    As they cannot be restricted, it is refused to keys with one of `refuses`, by default neither: a row filter
    (`filter`) or a field mask (`fields`). With `named` the key must name the collection.
    """

    needs: frozenset[str] = frozenset()
    request: Callable[[Ids], Request] | None = None
    refuses: frozenset[str] = frozenset()
    on: str = "films"
    named: bool = False

    def allows(self, scope: Mapping[str, Any]) -> bool:
        if self.on == "*":
            return any(self.needs <= {*item["actions"]} for name, item in scope.items() if name != "media")
        access = scope.get(self.on, {})
        if not self.refuses.isdisjoint(access) or (self.named and not access):
            return False
        return not self.needs or self.needs <= {*access.get("actions", ())}


def needing(*actions: str, **more: Any) -> Rule:
    return Rule(frozenset(actions), **more)


def sending(**members: Any) -> Callable[[Ids], Request]:
    return lambda ids: {"json": members}


def one(ids: Ids) -> dict[str, Any]:
    return {"_id": ids["document"]}


NEW = {"Title": "New", "Source": "Book"}
CHANGED = {"Title": "Changed"}
WHOLE, UNMASKED = frozenset({"filter", "fields"}), frozenset({"fields"})
READ, INSERT, ANY = needing("read"), needing("insert", request=sending(**NEW)), Rule()
_TYPE = "/communibase/{database}/0.1/{collection}.json"
_REST = "/db/{database}/rest/{collection}"
_TABLE = "/api/dbs/{db_id}/tables/{table}"
_OF_TYPE = {
    "GET {}/crud": READ,
    "POST {}/crud": INSERT,
    "POST {}/search": READ,
    "POST {}/aggregate": READ,
    "POST {}/history/search": READ,
    "GET {}/crud/{{id}}": READ,
    "DELETE {}/crud/{{id}}": needing("delete"),
    "GET {}/history/{{id}}": READ,
    "GET {}/history/{{id}}/{{version}}": READ,
    "PUT {}/crud/{{id}}": needing("read", "write", request=sending(**NEW), refuses=UNMASKED),
    "POST {}/history/undelete/{{id}}": needing("read", "insert", refuses=WHOLE),
}
RULES: dict[str, Rule] = {
    "POST /api/crud": needing("insert", request=crud(data=[NEW])),
    "GET /api/crud": READ,
    "PUT /api/crud": needing("write", request=lambda ids: crud(filters=one(ids), update_data=CHANGED)(ids)),
    "DELETE /api/crud": needing("delete", request=lambda ids: crud(filters=one(ids))(ids)),
    "POST /api/crud/bulk": needing("insert", request=crud(operations=[{"insert": NEW}])),
    "GET /api/distinct": READ,
    "POST /api/aggregate": needing("read", request=crud(pipeline=[{"$sort": {"Title": 1}}])),
    "GET /api/indexes": needing("read", refuses=WHOLE),
    "GET /api/history": READ,
    "GET /api/history/version": needing("read", request=of_document(version="1")),
    "GET /api/history/diff": needing("read", request=of_document(**{"from": "1", "to": "2"})),
    "GET /api/history/search": READ,
    "GET /api/events": needing("read", on="*"),
    "POST /api/restore": needing("read", "write", refuses=WHOLE),
    "POST /api/undelete": needing("read", "insert", refuses=WHOLE),
    "GET /api/get_metadata": ANY,
    "GET /api/list_collections": ANY,
    "GET /api/export": READ,
    "GET /api/collection_schema": needing("read", refuses=WHOLE),
    "GET /api/schema_history": needing("read", refuses=WHOLE),
    "GET /core/api/v1/database/{database_id}": ANY,
    "PUT /api/v2/crud": needing("write", request=lambda ids: crud(filters=one(ids), update_data=CHANGED)(ids)),
    "POST /api/v2/crud/bulk": needing(
        "write", request=lambda ids: crud(operations=[{"filters": one(ids), "update_data": CHANGED}])(ids)
    ),
    "POST /api/v2/crud": needing("insert", request=crud(data=[NEW])),
    "GET /api/v2/crud": READ,
    "DELETE /api/v2/crud": needing("delete", request=lambda ids: crud(filters=one(ids))(ids)),
    "GET /api/v2/get_metadata": ANY,
    "GET /api/v2/list_collections": ANY,
    "GET /api/v2/files": needing("read", on="media"),
    "POST /api/v2/files": needing("insert", on="media"),
    "GET /api/v2/files/{file_id}": needing("read", on="media"),
    "DELETE /api/v2/files/{file_id}": needing("delete", on="media"),
    "POST /db/{database}/media": needing("insert", on="media"),
    "GET /db/{database}/media/{file}/meta": needing("read", on="media"),
    "DELETE /db/{database}/media/{file}": needing("delete", on="media"),
    f"POST {_TYPE}/finalize/{{id}}": needing("read", "write", on="Invoice"),
    "POST /0.1/{collection}.json/finalize/{id}": needing("read", "write", on="Invoice"),
    **{route.format(_TYPE): rule for route, rule in _OF_TYPE.items()},
    **{route.format("/0.1/{collection}.json"): rule for route, rule in _OF_TYPE.items()},
    "GET /db/{database}/rest/_meta": ANY,
    "GET /db/{database}/rest/_swagger.json": ANY,
    f"GET {_REST}/_meta": Rule(named=True),
    f"GET {_REST}": READ,
    f"POST {_REST}": INSERT,
    f"GET {_REST}/{{id}}": READ,
    f"PUT {_REST}/{{id}}": needing("write", request=sending(**NEW)),
    f"PATCH {_REST}/{{id}}": needing("write", request=sending(**CHANGED)),
    f"DELETE {_REST}/{{id}}": needing("delete"),
    f"GET {_REST}/{{id}}/{{field}}": READ,
    f"POST {_REST}/{{id}}/{{field}}": needing("read", "insert", request=sending(**NEW), refuses=UNMASKED),
    "POST /db/{database}/auth/logout": ANY,
    f"GET {_TABLE}": READ,
    f"GET {_TABLE}/export": READ,
    f"GET {_TABLE}/search/{{term}}": READ,
    "POST /dbs/{db_id}/graphql": ANY,
    "POST /dbs/{db_id}/graphql/v2": ANY,
    "GET /dbs/{db_id}/playground/default-query": ANY,
    "GET /api/dbs/{db_id}/schema": ANY,
    "GET /api/dbs/{db_id}/azimutt-schema": ANY,
    "GET /api/list_databases": ANY,
    "GET /core/api/v1/dashboard/stats": ANY,
    "GET /api/stats": ANY,
    "GET /api/v2/list_databases": ANY,
    "POST /api/keys/explain": Rule(
        request=lambda ids: {"json": {"action": "read", "database": ids["database"], "collection": "films"}}
    ),
}
# Streams without an end, see test_events.py.
STREAMS = {"GET /db/{database}/realtime", "GET /dbs/{db_id}/graphql/v2"}
ROUTES = [route for route in (*TARGETED, *OWN) if route not in STREAMS]


def request_of(route: str, ids: Ids) -> Request:
    """Return the request of a route, with the document that the scopes may see."""
    rule = RULES.get(route)
    if rule is not None and rule.request is not None:
        return rule.request(ids)
    return OWN[route] if route in OWN else TARGETED[route](ids)
