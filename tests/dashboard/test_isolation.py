"""Nobody reaches what is somebody else's through the pages: every route × a stranger, from the URL resolver.

A new route fails `test_every_route_is_in_one_table` until it has its place here.
"""

from __future__ import annotations

import io
from typing import Any

import pytest

import accounts.services
import engine
import features.files.services
import features.jobs.services
import features.webhooks.services
import identity.services
from accounts.models import ApiKey, Invitation, Membership, Session, User
from accounts.principal import Principal
from catalog.services.deletion import Collection, Database
from features.jobs.models import Job
from features.mail.stored import Store
from features.webhooks.models import Delivery, Webhook
from identity.services.issuers import Issuer
from tests.dashboard.conftest import HTMX, Browser
from tests.surfaces import dashboard_routes

# What everybody may ask, known or not.
PUBLIC = {
    "GET /dashboard",
    *("GET /dashboard/start/{token}", "POST /dashboard/start/{token}"),
    *("GET /dashboard/register", "POST /dashboard/register", "GET /dashboard/registered"),
    *("GET /dashboard/login", "POST /dashboard/login", "POST /dashboard/logout"),
    *("GET /dashboard/verify/{token}", "POST /dashboard/verify/{token}"),
    *("GET /dashboard/reset", "POST /dashboard/reset"),
    *("GET /dashboard/reset/{token}", "POST /dashboard/reset/{token}"),
}
# What is about the caller alone, and names nobody else's things.
OWN = {
    "POST /dashboard/verify",
    *("GET /dashboard/account", "POST /dashboard/account"),
    *("GET /dashboard/account/password", "POST /dashboard/account/password"),
    "GET /dashboard/account/export",
    *("GET /dashboard/account/delete", "POST /dashboard/account/delete"),
    "POST /dashboard/account/sessions/end-others",
    *("GET /dashboard/keys", "POST /dashboard/keys"),
    *("GET /dashboard/team", "GET /dashboard/team/new", "POST /dashboard/team/new"),
    *("GET /dashboard/team/invite", "POST /dashboard/team/invite"),
    *("GET /dashboard/new", "POST /dashboard/new"),
    "GET /dashboard/stream",
    # It leads to a team by a secret, which a stranger does not have.
    *("GET /dashboard/join/{token}", "POST /dashboard/join/{token}"),
    "GET /dashboard/keys/{key_id}/rotate",
    # These lead to the page that they belong to, without looking.
    "GET /dashboard/db/{database_id}/browser-keys/{key_id}/rotate",
    *("GET /dashboard/db/{database_id}/mail/opt-outs", "GET /dashboard/db/{database_id}/issuers/test"),
}
DATABASE = "/dashboard/db/{database_id}"
COLLECTION = f"{DATABASE}/c/{{collection}}"
WEBHOOK = f"{DATABASE}/webhooks/{{webhook_id}}"
TEMPLATE = f"{DATABASE}/mail/templates/{{template_id}}"
DOCUMENT = f"{COLLECTION}/d/{{document_id}}"
# What names a thing by its id, and what is sent with it.
TARGETED: dict[str, dict[str, Any]] = {
    "POST /dashboard/account/sessions/{session_id}/end": {},
    "POST /dashboard/team/choose": {"team": "{team}"},
    "POST /dashboard/keys/{key_id}/rotate": {},
    "POST /dashboard/keys/{key_id}/revoke": {},
    "POST /dashboard/team/invitations/{invitation_id}/withdraw": {},
    "POST /dashboard/team/members/{user_id}/role": {"role": "owner"},
    "POST /dashboard/team/members/{user_id}/remove": {},
    f"GET {DATABASE}": {},
    f"GET {DATABASE}/new": {},
    f"POST {DATABASE}/new": {"name": "intruder", "field-0-name": "a"},
    f"GET {DATABASE}/api": {},
    f"POST {DATABASE}/api": {},
    f"GET {DATABASE}/activity": {},
    f"GET {DATABASE}/settings": {},
    f"POST {DATABASE}/settings": {"public_schemas": "films", "public_file_names": "on"},
    f"POST {DATABASE}/drop": {"confirmation": "{name}"},
    f"GET {COLLECTION}/schema": {},
    f"POST {COLLECTION}/schema": {"op": "drop", "name": "title", "step": "apply"},
    f"GET {COLLECTION}/indexes": {},
    f"POST {COLLECTION}/indexes": {"paths": "title"},
    f"POST {COLLECTION}/indexes/drop": {"name": "x_1"},
    f"POST {COLLECTION}/drop": {"confirmation": "films"},
    f"GET {COLLECTION}": {},
    f"GET {COLLECTION}/count": {},
    f"POST {COLLECTION}/columns": {"column": "title"},
    f"GET {COLLECTION}/pick": {},
    f"POST {COLLECTION}/bulk": {
        "ids": "{document_id}",
        "expected": "1",
        "name": "title",
        "kind": "text",
        "value": "x",
    },
    f"GET {COLLECTION}/new": {},
    f"POST {COLLECTION}/new": {"document": "{}"},
    f"POST {COLLECTION}/delete": {"scope": "filter", "expected": "2"},
    f"POST {COLLECTION}/undo": {},
    f"GET {COLLECTION}/history": {},
    f"GET {COLLECTION}/export": {},
    f"GET {DOCUMENT}": {},
    f"GET {DOCUMENT}/part": {},
    f"GET {DOCUMENT}/json": {},
    f"GET {DOCUMENT}/row": {},
    f"GET {DOCUMENT}/cell": {},
    f"POST {DOCUMENT}/cell": {"name": "title", "version": "1", "kind": "text", "value": "intruder"},
    f"GET {DOCUMENT}/edit": {},
    f"POST {DOCUMENT}/edit": {"document": "[]", "version": "1"},
    f"GET {DOCUMENT}/history": {},
    f"POST {DOCUMENT}/history": {"version": "1"},
    f"GET {DATABASE}/restore": {},
    f"POST {DATABASE}/restore": {"at": "2026-01-01T00:00", "sure": "1"},
    f"GET {DATABASE}/copy": {},
    f"POST {DATABASE}/copy": {"name": "stolen"},
    f"GET {DATABASE}/query": {},
    f"GET {DATABASE}/query/explain": {"collection": "films"},
    f"POST {DATABASE}/query/index": {"collection": "films", "field": "title", "order": "1"},
    f"GET {DATABASE}/import": {},
    f"POST {DATABASE}/import": {"text": "[]", "collection": "films"},
    f"POST {DATABASE}/import/preview": {"head": "[]"},
    f"GET {DATABASE}/jobs/{{job_id}}": {},
    f"POST {DATABASE}/jobs/{{job_id}}": {},
    f"GET {DATABASE}/webhooks": {},
    f"POST {DATABASE}/webhooks": {"collection": "films", "url": "https://example.com", "events": "insert"},
    f"GET {WEBHOOK}": {},
    f"POST {WEBHOOK}": {"url": "https://example.com/intruder", "events": "insert"},
    f"POST {WEBHOOK}/switch": {"active": "0"},
    f"POST {WEBHOOK}/delete": {},
    f"POST {WEBHOOK}/test": {},
    f"POST {WEBHOOK}/replay": {},
    f"GET {WEBHOOK}/deliveries": {},
    f"GET {WEBHOOK}/deliveries/{{delivery_id}}": {},
    f"POST {WEBHOOK}/deliveries/{{delivery_id}}": {},
    f"GET {DATABASE}/media": {},
    f"POST {DATABASE}/media": {"same_names": "on"},
    f"GET {DATABASE}/media/{{file_id}}": {},
    f"POST {DATABASE}/media/{{file_id}}/delete": {},
    f"GET {DATABASE}/mail": {},
    f"POST {DATABASE}/mail/preview": {"html": "a"},
    f"POST {DATABASE}/mail/test": {"html": "a", "template": "{template_id}"},
    f"GET {DATABASE}/mail/templates/new": {},
    f"POST {DATABASE}/mail/templates/new": {"name": "intruder"},
    f"GET {TEMPLATE}": {},
    f"POST {TEMPLATE}": {"name": "intruder", "version": "1"},
    f"POST {TEMPLATE}/delete": {},
    f"POST {DATABASE}/mail/opt-outs": {"email": "intruder@example.com"},
    f"POST {DATABASE}/mail/opt-outs/{{opt_out_id}}/remove": {},
    f"GET {DATABASE}/browser-keys": {},
    f"POST {DATABASE}/browser-keys": {"name": "a", "origins": "*", "actions": "read"},
    f"GET {DATABASE}/browser-keys/{{key_id}}": {},
    f"POST {DATABASE}/browser-keys/{{key_id}}": {"name": "a", "origins": "*", "actions": "read"},
    f"POST {DATABASE}/browser-keys/{{key_id}}/rotate": {},
    f"POST {DATABASE}/browser-keys/{{key_id}}/revoke": {},
    f"GET {DATABASE}/issuers": {},
    f"POST {DATABASE}/issuers/test": {"token": "x"},
    f"GET {DATABASE}/issuers/new": {},
    f"POST {DATABASE}/issuers/new": {"name": "a", "algorithm": "HS256", "key": "x" * 40},
    f"GET {DATABASE}/issuers/{{issuer_id}}": {},
    f"POST {DATABASE}/issuers/{{issuer_id}}": {"name": "intruder", "algorithm": "HS256"},
    f"POST {DATABASE}/issuers/{{issuer_id}}/delete": {},
}


def test_every_route_is_in_one_table() -> None:
    assert sorted({*PUBLIC, *OWN, *TARGETED}) == sorted(set(dashboard_routes()))


Ids = dict[str, str]
MISSING: Ids = {
    "database_id": "60c72b2f9b1d8b1a2d3e4567",
    "collection": "films",
    "session_id": "0" * 32,
    "team": "999999999",
    "key_id": "999999999",
    "user_id": "999999999",
    "invitation_id": "999999999",
    "name": "nothing",
    "token": "x",
    "document_id": "60c72b2f9b1d8b1a2d3e4568",
    "job_id": "0" * 32,
    "webhook_id": "0" * 32,
    "delivery_id": "0" * 32,
    "file_id": "0" * 32,
    "template_id": "60c72b2f9b1d8b1a2d3e4569",
    "opt_out_id": "60c72b2f9b1d8b1a2d3e456a",
    "issuer_id": "60c72b2f9b1d8b1a2d3e456b",
}


def _new_webhook(who: Principal, database_id: str) -> str:
    wanted = {"collection": "films", "url": "https://example.com", "events": None}
    return features.webhooks.services.create(who, database_id, **wanted)[0]["id"]


def _new_delivery(who: Principal, database_id: str) -> str:
    """Of the webhook that was made just before."""
    return features.webhooks.services.send_test(who, database_id, Webhook.objects.get().pk)["id"]


def _new_file(who: Principal, database_id: str) -> str:
    upload = features.files.services.Upload("a.txt", 1, io.BytesIO(b"a"))
    return features.files.services.upload(who, database_id, [upload]).ids[0]


def _new_template(who: Principal, database_id: str) -> str:
    return Store(who, database_id, "dashboard").add_template(name="hers", subject="a", html="b")


def _new_opt_out(who: Principal, database_id: str) -> str:
    mails = Store(who, database_id, "dashboard")
    mails.add_opt_out("guest@example.com")
    return mails.opt_outs()[0]["id"]


def _new_issuer(who: Principal, database_id: str) -> str:
    wanted = {"name": "hers", "algorithm": "HS256", "key": "k" * 40}
    return identity.services.add_issuer(who, database_id, wanted=wanted).id


# What is made only for the routes that name it, in this order.
MAKERS = {
    "webhook_id": _new_webhook,
    "delivery_id": _new_delivery,
    "file_id": _new_file,
    "template_id": _new_template,
    "opt_out_id": _new_opt_out,
    "issuer_id": _new_issuer,
}


@pytest.fixture
def ids(route: str, anna: Browser, films: engine.Database) -> Ids:
    """All that the route can name of Anna's."""
    who = anna.principal
    key = accounts.services.create_key(who, name="hers", actions=["read"], web={"origins": ["*"]})
    content = io.BytesIO(b'[{"title": "Late"}]')
    features.jobs.services.submit_import(
        who, database_id=films.id, collection="films", file_name="f.json", file=content, size=19
    )
    accounts.services.invite(who, who.home_team, email="guest@example.com", role="viewer")
    named = f"{route} {TARGETED.get(route)}"
    made = {name: make(who, films.id) for name, make in MAKERS.items() if f"{{{name}}}" in named}
    return {
        **made,
        "database_id": films.id,
        "collection": "films",
        "session_id": who.session or "",
        "team": str(who.home_team),
        "key_id": str(key.id),
        "user_id": str(who.user_id),
        "invitation_id": str(Invitation.objects.get().pk),
        "name": films.name,
        "token": "x",
        "document_id": str(films.collection("films").find(engine.Query(limit=1)).documents[0]["_id"]),
        "job_id": Job.objects.get().pk,
    }


def ask(browser: Browser, route: str, ids: Ids, **extra: Any) -> Any:
    verb, path = route.split(" ")
    path = path.removeprefix("/dashboard/").format(**ids)
    data = {
        name: value.format(**ids) if "{" in value and value != "{}" else value
        for name, value in TARGETED.get(route, {}).items()
    }
    return browser.get(path, **extra) if verb == "GET" else browser.post(path, data, **extra)


def stored() -> list[Any]:
    models = (User, Session, ApiKey, Membership, Invitation, Database, Collection, Job, Issuer, Webhook, Delivery)
    return [sorted(map(str, model.objects.values())) for model in models]


def stored_documents(browser: Browser, database: engine.Database) -> list[Any]:
    """What is not in SQL: documents, files, templates and opt-outs."""
    mails = Store(browser.principal, database.id, "dashboard")
    found, _ = features.files.services.list_files(browser.principal, database.id, search="", page=1, page_size=10)
    return [database.collection("films").count(), found, mails.templates(), mails.opt_outs(), mails.counts()]


@pytest.mark.parametrize("route", TARGETED)
def test_what_is_foreign_is_missing(
    route: str, ids: Ids, anna: Browser, ben: Browser, films: engine.Database
) -> None:
    before, documents = stored(), stored_documents(anna, films)
    foreign, missing = ask(ben, route, ids), ask(ben, route, MISSING)
    assert (foreign.status_code, missing.status_code) == (404, 404)
    assert films.name not in foreign.content.decode()
    assert anna.email not in foreign.content.decode()
    assert stored() == before
    assert stored_documents(anna, films) == documents


@pytest.mark.parametrize("route", sorted([*TARGETED, *OWN]))
def test_who_is_nobody_sees_nothing(
    route: str, ids: Ids, nobody: Browser, anna: Browser, films: engine.Database
) -> None:
    before = stored()
    answer = ask(nobody, route, ids)
    assert (answer.status_code, answer.headers["Location"].split("?")[0]) == (302, "/dashboard/login")
    fragment = ask(nobody, route, ids, headers=HTMX)
    assert fragment.status_code == 401
    assert films.name not in fragment.content.decode()
    assert stored() == before


FORMS = sorted(route for route in (*TARGETED, *OWN, *PUBLIC) if not route.startswith("GET"))


@pytest.mark.parametrize("route", FORMS)
def test_a_form_without_the_token_changes_nothing(route: str, ids: Ids, anna: Browser) -> None:
    before = stored()
    assert ask(anna, route, ids, csrf=False).status_code == 403
    assert stored() == before
