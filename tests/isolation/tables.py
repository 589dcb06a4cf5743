"""The routes of all surfaces: public ones, those about the caller, and those that name something by its id."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from engine import Action
from tests.dialects.airsequel.people.surface import OPEN as AIRSEQUEL_OPEN
from tests.dialects.airsequel.people.surface import OWN as AIRSEQUEL_OWN
from tests.dialects.airsequel.surface import READONLY
from tests.support import FILMS, PASSWORD
from tests.surfaces import SURFACES

ALL = [action.value for action in Action]
MISSING = {
    "database": "60c72b2f9b1d8b1a2d3e4567",
    "document": "60c72b2f9b1d8b1a2d3e4568",
    "deleted": "60c72b2f9b1d8b1a2d3e4569",
    "child": "60c72b2f9b1d8b1a2d3e456a",
    "key": "999999999",
    "job": "0" * 32,
    "backup": "0" * 32,
    "file": "0" * 32,
    "binary": "60c72b2f9b1d8b1a2d3e456b",
    "invoice": "60c72b2f9b1d8b1a2d3e456c",
    "webhook": "0" * 32,
    "issuer": "0" * 24,
    "team": "999999999",
    "session": "0" * 32,
    "user": "999999999",
    "invitation": "999999999",
    "username": "nobody-at-all",
    "token": "999999999",
}
Ids = dict[str, str]
Request = dict[str, Any]

# Routes for everyone, with or without credentials.
PUBLIC = {
    *("GET /", "GET /health_check", "GET /healthz", "GET /readyz", "GET /api/schema", "GET /api/docs"),
    *(
        "POST /core/register",
        "POST /core/login",
        "POST /core/login/second-factor",
        "POST /core/logout",
        "POST /core/token/refresh",
    ),
    *("POST /core/auth/token/refresh", "GET /api/v2/health_check", "GET /api/status"),
    # With a signature that the service made for the one file: see tests/dataapi/test_v2_files.py.
    *("GET /api/v2/files/stream/{file_id}", "GET /api/v2/files/download/{file_id}"),
    "GET /api/backups/download/{backup_id}",  # see tests/management/test_backups.py
    *("GET /core/verify-email/{token}", "POST /core/password-reset/request"),
    "POST /core/password-reset/confirm/{token}",
    *AIRSEQUEL_OPEN,
    *READONLY,
    # Without a key it is the same for every database, and for none: see tests/dialects/restdb/codegen/.
    # For clients that know a file's id, which cannot be guessed: see tests/dialects/restdb/views/test_media.py.
    "GET /db/{database}/media/{file}",
    "GET /db/{database}/assets/js/eventsource.min.js",
    # For those who know the id of a read-only link, which cannot be guessed: see tests/dialects/airsequel/graphql/.
    "POST /readonly/{readonly_id}/graphql",
    # One page for every database, without data.
    *("GET /dbs/{db_id}/graphql", "GET /dbs/{db_id}/graphiql", "GET /readonly/{readonly_id}/graphql"),
    *(f"GET /db/{{database}}/rest/_jsapi.{kind}" for kind in ("js", "mjs", "d.ts", "d.mts", "doc")),
}

# Routes about the caller alone, which name nothing of other tenants.
OWN: dict[str, Request] = {
    # First, while the caller has one database alone.
    **{route: request for surface in SURFACES.values() for route, request in surface.own.items()},
    "GET /core/profile": {},
    "PATCH /core/profile": {"json": {"firstName": "Ben"}},
    "POST /core/verify-email/resend": {},
    "GET /core/teams": {},
    "POST /core/teams": {"json": {"name": "Mine alone"}},
    "POST /core/teams/join": {"json": {"token": "0" * 64}},
    "GET /core/sessions": {},
    "DELETE /core/sessions": {},
    "GET /core/second-factor": {},
    "POST /core/second-factor": {"json": {"password": PASSWORD}},
    "POST /core/second-factor/confirm": {"json": {"code": "000000"}},
    "POST /core/second-factor/recovery-codes": {"json": {"password": PASSWORD, "code": "000000"}},
    "POST /core/second-factor/disable": {"json": {"password": PASSWORD, "code": "000000"}},
    "GET /core/api/v1/keys": {},
    "POST /core/api/v1/keys": {"json": {"name": "mine"}},
    "GET /api/keys": {},
    "POST /api/keys": {"json": {"name": "mine"}},
    "GET /api/list_databases": {"params": {"page_size": "1000"}},
    "POST /api/create_database": {
        "json": {"db_name": "mine", "collections": [{"name": "a", "fields": [{"name": "b"}]}]}
    },
    "GET /core/api/v1/dashboard/stats": {},
    "GET /api/audit": {},
    "GET /api/stats": {},
    "GET /api/usage": {},
    "GET /api/v2/list_databases": {"params": {"page_size": "1000"}},
    "POST /api/v2/create_database": {
        "json": {"db_name": "mine2", "collections": [{"name": "a", "fields": [{"name": "b"}]}]}
    },
}
# Refused with 400 or 409 without the code of the caller's authenticator app, or the secret of an invitation.
NEEDS_CODE = {"POST /core/teams/join"} | {
    f"POST /core/second-factor/{step}" for step in ("confirm", "recovery-codes", "disable")
}
PEOPLE_ONLY = {"GET /core/profile", "PATCH /core/profile", "POST /core/verify-email/resend", *AIRSEQUEL_OWN}
PEOPLE_ONLY |= {"GET /core/teams", "POST /core/teams", "POST /core/teams/join"}
PEOPLE_ONLY |= {"GET /core/sessions", "DELETE /core/sessions"}
PEOPLE_ONLY |= {"GET /core/second-factor", "POST /core/second-factor", *NEEDS_CODE}


def crud(**members: Any) -> Callable[[Ids], Request]:
    return lambda ids: {"json": {"database_id": ids["database"], "collection_name": "films", **members}}


def body(**members: Any) -> Callable[[Ids], Request]:
    return lambda ids: {"json": {"database_id": ids["database"], **members}}


def query(**members: str) -> Callable[[Ids], Request]:
    return lambda ids: {"params": {"database_id": ids["database"], **members}}


def of_document(**members: str) -> Callable[[Ids], Request]:
    """Return a query about one document."""
    return lambda ids: {
        "params": {
            "database_id": ids["database"],
            "collection_name": "films",
            "document_id": ids["document"],
            **members,
        }
    }


def restore(ids: Ids) -> Request:
    return crud(document_id=ids["document"], version=1)(ids)


def undelete(ids: Ids) -> Request:
    return crud(document_id=ids["deleted"])(ids)


def restore_all(ids: Ids) -> Request:
    return crud(as_of=datetime.now(UTC).isoformat(), dry_run=True)(ids)


def clone(ids: Ids) -> Request:
    return body(name=f"clone_{secrets.token_hex(6)}")(ids)


def form(ids: Ids) -> Request:
    files = {"json_file": ("films.json", json.dumps(FILMS), "application/json")}
    return {"data": {"database_id": ids["database"], "collection_name": "films"}, "files": files}


# What names a thing by its id: the request for the ids of a victim, or for ids of nothing.
TARGETED: dict[str, Callable[[Ids], Request]] = {
    "DELETE /core/sessions/{session_id}": lambda ids: {},
    "PATCH /core/teams/{team_id}": lambda ids: {"json": {"name": "intruders"}},
    "DELETE /core/teams/{team_id}": lambda ids: {},
    "POST /core/teams/{team_id}/leave": lambda ids: {},
    "GET /core/teams/{team_id}/members": lambda ids: {},
    "PATCH /core/teams/{team_id}/members/{user_id}": lambda ids: {"json": {"role": "viewer"}},
    "DELETE /core/teams/{team_id}/members/{user_id}": lambda ids: {},
    "GET /core/teams/{team_id}/invitations": lambda ids: {},
    "POST /core/teams/{team_id}/invitations": lambda ids: {
        "json": {"email": f"{secrets.token_hex(8)}@example.com", "role": "owner"}
    },
    "DELETE /core/teams/{team_id}/invitations/{invitation_id}": lambda ids: {},
    "POST /core/teams/{team_id}/databases": body(),
    "POST /api/crud": crud(data=[{"intruder": True}]),
    "GET /api/crud": query(collection_name="films", filters="{}"),
    "PUT /api/crud": crud(filters={}, all=True, update_data={"intruder": True}),
    "DELETE /api/crud": crud(filters={}, all=True),
    "POST /api/crud/bulk": crud(operations=[{"insert": {"intruder": True}}]),
    "GET /api/distinct": query(collection_name="films", field="Title"),
    "POST /api/aggregate": crud(pipeline=[{"$unionWith": "films"}]),
    "POST /api/sql": body(query="SELECT * FROM films"),
    "GET /api/indexes": query(collection_name="films"),
    "POST /api/indexes": crud(keys=[{"field": "intruder"}]),
    "DELETE /api/indexes": crud(name="x_1"),
    "GET /api/history": of_document(),
    "GET /api/history/version": of_document(version="1"),
    "GET /api/history/diff": of_document(**{"from": "1", "to": "2"}),
    "GET /api/history/search": query(collection_name="films", filters="{}"),
    "GET /api/events": query(),
    "POST /api/restore": restore,
    "POST /api/undelete": undelete,
    "POST /api/add_collection": body(collections=[{"name": "intruder", "fields": [{"name": "a"}]}]),
    "GET /api/get_metadata": query(),
    "GET /api/list_collections": query(),
    "DELETE /api/drop_database": body(confirmation="victim"),
    "DELETE /api/drop_collections": body(collection_names=["films"]),
    "POST /api/import_data": form,
    "GET /api/import_status": lambda ids: {"params": {"job_id": ids["job"]}},
    "GET /api/import_rejects": lambda ids: {"params": {"job_id": ids["job"]}},
    "GET /api/job_status": lambda ids: {"params": {"job_id": ids["job"]}},
    "POST /api/cancel_job": lambda ids: {"json": {"job_id": ids["job"]}},
    "POST /api/resume_job": lambda ids: {"json": {"job_id": ids["job"]}},
    "GET /api/jobs": query(),
    "POST /api/import_text": lambda ids: {
        "params": {"database_id": ids["database"], "collection_name": "films"},
        "content": json.dumps(FILMS),
        "headers": {"Content-Type": "application/json"},
    },
    "GET /api/backups": query(),
    "POST /api/backups": body(),
    "DELETE /api/backups": lambda ids: {"json": {"backup_id": ids["backup"]}},
    "POST /api/backups/restore": lambda ids: {"json": {"backup_id": ids["backup"], "over": True}},
    "GET /api/export": query(collection_name="films"),
    "GET /api/collection_schema": query(collection_name="films"),
    "GET /api/schema_history": query(collection_name="films"),
    "PATCH /api/collection_schema": crud(operations=[{"op": "drop", "name": "Director"}]),
    "POST /api/clone_database": body(name="intruder"),
    "DELETE /api/history": crud(before="2026-01-01T00:00:00Z"),
    "GET /core/api/v1/database/{database_id}": lambda ids: {},
    "GET /api/webhooks": query(),
    "POST /api/webhooks": body(collection_name="films", url="https://example.com/"),
    "PATCH /api/webhooks": lambda ids: body(webhook_id=ids["webhook"], active=False)(ids),
    "DELETE /api/webhooks": lambda ids: body(webhook_id=ids["webhook"])(ids),
    "GET /api/webhooks/log": lambda ids: query(webhook_id=ids["webhook"])(ids),
    "POST /api/webhooks/replay": lambda ids: body(webhook_id=ids["webhook"], delivery_id="0" * 32)(ids),
    "GET /api/issuers": query(),
    "POST /api/issuers": body(name="intruder", algorithm="HS256", key="x" * 32),
    "PATCH /api/issuers": lambda ids: body(issuer_id=ids["issuer"], key="x" * 32)(ids),
    "DELETE /api/issuers": lambda ids: body(issuer_id=ids["issuer"])(ids),
    "DELETE /api/keys/{key_id}": lambda ids: {},
    "PATCH /api/keys/{key_id}": lambda ids: {"json": {"name": "intruder"}},
    "POST /api/keys/explain": lambda ids: {
        "json": {"key_id": ids["key"], "action": "read", "database": ids["database"]}
    },
    "DELETE /core/api/v1/keys/{key_id}": lambda ids: {},
    "PATCH /core/api/v1/keys/{key_id}": lambda ids: {"json": {"name": "intruder"}},
    "POST /api/keys/{key_id}/rotate": lambda ids: {"json": {}},
    "POST /core/api/v1/keys/{key_id}/rotate": lambda ids: {"json": {}},
    "PUT /api/v2/crud": crud(filters={"Title": "Slam"}, update_many=True, update_data={"intruder": True}),
    "POST /api/v2/crud/bulk": lambda ids: crud(
        operations=[{"filters": {"_id": ids["document"]}, "update_data": {"Source": "x"}}]
    )(ids),
}
TARGETED |= {
    "GET /api/v2/files": query(),
    "POST /api/v2/files": lambda ids: {
        "params": {"database_id": ids["database"]},
        "files": {"file": ("a.txt", b"intruder", "text/plain")},
    },
    "GET /api/v2/files/{file_id}": query(),
    "DELETE /api/v2/files/{file_id}": query(),
}
SECOND_GENERATION = (
    *("POST /api/crud", "GET /api/crud", "DELETE /api/crud", "POST /api/add_collection", "GET /api/get_metadata"),
    *("GET /api/list_collections", "DELETE /api/drop_database", "DELETE /api/drop_collections"),
    "POST /api/import_data",
)
TARGETED |= {route.replace("/api/", "/api/v2/"): TARGETED[route] for route in SECOND_GENERATION}
for _surface in SURFACES.values():
    TARGETED |= _surface.requests
