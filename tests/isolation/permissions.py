"""What a key needs for each operation: its actions."""

from __future__ import annotations

import secrets
from collections.abc import Callable

from tests.isolation.tables import (
    OWN,
    SECOND_GENERATION,
    TARGETED,
    Ids,
    Request,
    body,
    clone,
    crud,
    form,
    restore,
    restore_all,
    undelete,
)


def import_new(ids: Ids) -> Request:
    request = form(ids)
    return request | {"data": request["data"] | {"collection_name": f"imported_{secrets.token_hex(6)}"}}


def add_collection(ids: Ids) -> Request:
    return body(collections=[{"name": f"added_{secrets.token_hex(6)}", "fields": [{"name": "a"}]}])(ids)


def add_issuer(ids: Ids) -> Request:
    return body(name=f"issuer_{secrets.token_hex(6)}", algorithm="HS256", key="x" * 32)(ids)


def a_key(ids: Ids) -> Request:
    return {"json": {"name": "made by a key", "actions": ["own"]}}


_CHILDREN = "/db/{database}/rest/{collection}/{id}/{field}"
ENTITIES = "/communibase/{database}/0.1/{collection}.json"
NEEDED: dict[str, set[str]] = {
    "GET /db/{database}/rest/_meta": set(),
    "GET /db/{database}/rest/_swagger.json": set(),
    "GET /db/{database}/rest/{collection}/_meta": set(),
    "GET /db/{database}/rest/{collection}": {"read"},
    "POST /db/{database}/rest/{collection}": {"insert"},
    "GET /db/{database}/rest/{collection}/{id}": {"read"},
    "PUT /db/{database}/rest/{collection}/{id}": {"write"},
    "PATCH /db/{database}/rest/{collection}/{id}": {"write"},
    "DELETE /db/{database}/rest/{collection}/{id}": {"delete"},
    f"GET {_CHILDREN}": {"read"},
    f"POST {_CHILDREN}": {"read", "insert"},
    f"GET {_CHILDREN}/{{child}}": {"read"},
    "POST /db/{database}/auth/logout": set(),
    "GET /db/{database}/settings": {"design"},
    "PATCH /db/{database}/settings": {"design"},
    "POST /db/{database}/auth/jwt": {"read", "insert", "write", "delete"},
    "POST /db/{database}/realtime": {"insert"},
    "POST /db/{database}/media": {"insert"},
    "GET /db/{database}/media/{file}/meta": {"read"},
    "DELETE /db/{database}/media/{file}": {"delete"},
    f"GET {ENTITIES}/crud": {"read"},
    f"POST {ENTITIES}/crud": {"insert"},
    f"POST {ENTITIES}/search": {"read"},
    f"GET {ENTITIES}/crud/{{id}}": {"read"},
    f"PUT {ENTITIES}/crud/{{id}}": {"read", "write"},
    f"DELETE {ENTITIES}/crud/{{id}}": {"delete"},
    f"POST {ENTITIES}/aggregate": {"read"},
    f"POST {ENTITIES}/history/search": {"read"},
    f"POST {ENTITIES}/finalize/{{id}}": {"read", "write"},
    f"POST {ENTITIES}/binary": {"insert"},
    f"GET {ENTITIES}/binary/{{id}}": {"read"},
    f"GET {ENTITIES}/history/{{id}}": {"read"},
    f"GET {ENTITIES}/history/{{id}}/{{version}}": {"read"},
    f"POST {ENTITIES}/history/undelete/{{id}}": {"read", "insert"},
}
# What each operation needs; nothing, where any key may see it.
OPERATIONS: dict[str, tuple[str, Callable[[Ids], Request], set[str]]] = {
    "insert": ("POST /api/crud", TARGETED["POST /api/crud"], {"insert"}),
    "find": ("GET /api/crud", TARGETED["GET /api/crud"], {"read"}),
    "update": ("PUT /api/crud", TARGETED["PUT /api/crud"], {"write"}),
    "delete": ("DELETE /api/crud", TARGETED["DELETE /api/crud"], {"delete"}),
    "upsert": ("PUT /api/crud", crud(filters={"a": 1}, update_data={"b": 1}, upsert=True), {"write", "insert"}),
    "try an update": (
        "PUT /api/crud",
        crud(filters={"a": 1}, update_data={"b": 1}, dry_run=True),
        {"write", "read"},
    ),
    "try a delete": ("DELETE /api/crud", crud(filters={"a": 1}, dry_run=True), {"delete", "read"}),
    "bulk insert": ("POST /api/crud/bulk", TARGETED["POST /api/crud/bulk"], {"insert"}),
    "bulk": (
        "POST /api/crud/bulk",
        crud(
            operations=[
                {"insert": {"a": 1}},
                {"update": {"filters": {"a": 1}, "update_data": {"$inc": {"a": 1}}}},
                {"delete": {"filters": {"a": 2}}},
            ]
        ),
        {"insert", "write", "delete"},
    ),
    "distinct": ("GET /api/distinct", TARGETED["GET /api/distinct"], {"read"}),
    "aggregate": ("POST /api/aggregate", TARGETED["POST /api/aggregate"], {"read"}),
    "sql": ("POST /api/sql", TARGETED["POST /api/sql"], {"read"}),
    "sql that writes": ("POST /api/sql", body(query="DELETE FROM films WHERE 0"), {"read", "delete"}),
    "list indexes": ("GET /api/indexes", TARGETED["GET /api/indexes"], {"read"}),
    "make an index": ("POST /api/indexes", TARGETED["POST /api/indexes"], {"design"}),
    "drop an index": ("DELETE /api/indexes", TARGETED["DELETE /api/indexes"], {"design"}),
    "states": ("GET /api/history", TARGETED["GET /api/history"], {"read"}),
    "version": ("GET /api/history/version", TARGETED["GET /api/history/version"], {"read"}),
    "diff": ("GET /api/history/diff", TARGETED["GET /api/history/diff"], {"read"}),
    "search": ("GET /api/history/search", TARGETED["GET /api/history/search"], {"read"}),
    "listen": ("GET /api/events", TARGETED["GET /api/events"], {"read"}),
    "restore": ("POST /api/restore", restore, {"read", "write"}),
    "undelete": ("POST /api/undelete", undelete, {"read", "insert"}),
    "import": ("POST /api/import_data", form, {"insert"}),
    "import into a new collection": ("POST /api/import_data", import_new, {"insert", "design"}),
    "import a text": ("POST /api/import_text", TARGETED["POST /api/import_text"], {"insert"}),
    "list backups": ("GET /api/backups", TARGETED["GET /api/backups"], set()),
    "take a backup": ("POST /api/backups", TARGETED["POST /api/backups"], {"read", "design"}),
    "list jobs": ("GET /api/jobs", TARGETED["GET /api/jobs"], set()),
    "add a collection": ("POST /api/add_collection", add_collection, {"design"}),
    "create a database": ("POST /api/create_database", lambda ids: OWN["POST /api/create_database"], {"design"}),
    "count": ("GET /api/list_collections", TARGETED["GET /api/list_collections"], {"read"}),
    "dashboard": ("GET /core/api/v1/database/{database_id}", lambda ids: {}, {"read"}),
    "statistics": ("GET /api/stats", lambda ids: {}, {"read"}),
    "usage": ("GET /api/usage", lambda ids: {}, {"read"}),
    "statistics (core)": ("GET /core/api/v1/dashboard/stats", lambda ids: {}, set()),
    **{route: (route, TARGETED[route], needed) for route, needed in NEEDED.items()},
    "metadata": ("GET /api/get_metadata", TARGETED["GET /api/get_metadata"], set()),
    "list": ("GET /api/list_databases", lambda ids: {}, set()),
    "status": ("GET /api/import_status", TARGETED["GET /api/import_status"], set()),
    "rejected rows": ("GET /api/import_rejects", TARGETED["GET /api/import_rejects"], {"insert"}),
    "job": ("GET /api/job_status", TARGETED["GET /api/job_status"], set()),
    "export": ("GET /api/export", TARGETED["GET /api/export"], {"read"}),
    "describe": ("GET /api/collection_schema", TARGETED["GET /api/collection_schema"], {"read"}),
    "list schemas": ("GET /api/schema_history", TARGETED["GET /api/schema_history"], {"read"}),
    "change a schema": ("PATCH /api/collection_schema", crud(strict=False), {"design"}),
    "restore a collection": ("POST /api/restore", restore_all, {"read", "insert", "write", "delete"}),
    "forget versions": ("DELETE /api/history", TARGETED["DELETE /api/history"], {"own"}),
    "clone": ("POST /api/clone_database", clone, {"read", "design"}),
    "list webhooks": ("GET /api/webhooks", TARGETED["GET /api/webhooks"], {"read", "design"}),
    "make a webhook": ("POST /api/webhooks", TARGETED["POST /api/webhooks"], {"read", "design"}),
    "list issuers": ("GET /api/issuers", TARGETED["GET /api/issuers"], {"own", "design"}),
    "add an issuer": ("POST /api/issuers", add_issuer, {"own", "design"}),
    "change an issuer": ("PATCH /api/issuers", TARGETED["PATCH /api/issuers"], {"own", "design"}),
    "drop an issuer": ("DELETE /api/issuers", TARGETED["DELETE /api/issuers"], {"own", "design"}),
    "log of a webhook": ("GET /api/webhooks/log", TARGETED["GET /api/webhooks/log"], {"read", "design"}),
    "switch a webhook off": ("PATCH /api/webhooks", TARGETED["PATCH /api/webhooks"], {"read", "design"}),
    "delete a webhook": ("DELETE /api/webhooks", TARGETED["DELETE /api/webhooks"], {"read", "design"}),
    "drop a collection": ("DELETE /api/drop_collections", TARGETED["DELETE /api/drop_collections"], {"own"}),
    "drop": (
        "DELETE /api/drop_database",
        lambda ids: {"json": {"database_id": ids["database"], "confirmation": ids["name"]}},
        {"own"},
    ),
    "audit log": ("GET /api/audit", lambda ids: {}, {"own"}),
    "list keys": ("GET /api/keys", lambda ids: {}, {"own"}),
    "make a key": ("POST /api/keys", a_key, {"own"}),
    "list keys (core)": ("GET /core/api/v1/keys", lambda ids: {}, {"own"}),
    "make a key (core)": ("POST /core/api/v1/keys", a_key, {"own"}),
}


OPERATIONS |= {
    f"{name} (v2)": (route.replace("/api/", "/api/v2/"), request, needed)
    for name, (route, request, needed) in OPERATIONS.items()
    if route in (*SECOND_GENERATION, "POST /api/create_database", "GET /api/list_databases")
    and name not in ("try a delete", "import into a new collection")
}
OPERATIONS |= {
    route: (route, TARGETED[route], needed)
    for route, needed in {
        "PUT /api/v2/crud": {"write"},
        "POST /api/v2/crud/bulk": {"write"},
        "GET /api/v2/files": {"read"},
        "POST /api/v2/files": {"insert"},
        "GET /api/v2/files/{file_id}": {"read"},
        "DELETE /api/v2/files/{file_id}": {"delete"},
    }.items()
}
