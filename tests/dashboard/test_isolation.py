"""Isolation of the pages: every route of the URL resolver, requested by a stranger.

A new route fails `test_every_route_is_in_one_table` until it is listed in `routes.py`.
"""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

import pytest

import accounts.services
import engine
import features.charts.services
import features.files.services
import features.jobs.services
import features.jobs.services.imports
import features.webhooks.services
import identity.services
from accounts.models import ApiKey, Invitation, Membership, Session, User
from accounts.principal import Principal
from accounts.services import principals
from catalog.services.deletion import Collection, Database
from features.charts.models import Dashboard, TableChart
from features.functions.services import managing
from features.jobs.models import Job
from features.mail.stored import Store
from features.webhooks.models import Delivery, Webhook
from identity.services.issuers import Issuer
from tests.dashboard.conftest import HTMX, Browser
from tests.dashboard.routes import OWN, PUBLIC, TARGETED
from tests.surfaces import dashboard_routes


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
    "function_id": "0" * 26,
    "webhook_id": "0" * 32,
    "delivery_id": "0" * 32,
    "file_id": "0" * 32,
    "template_id": "60c72b2f9b1d8b1a2d3e4569",
    "opt_out_id": "60c72b2f9b1d8b1a2d3e456a",
    "issuer_id": "60c72b2f9b1d8b1a2d3e456b",
    "chart_id": "01gdbtepbmpt3jk8y94yc05snr",
    "dashboard_id": "01gdbtepbmpt3jk8y94yc05snr",
}


def _new_function(principal: Principal, database_id: str) -> str:
    members = {"name": "hers", "content": "export default () => 1"}
    return managing.create_function(principal, database_id, members=members, check=False).id


def _new_webhook(principal: Principal, database_id: str) -> str:
    webhook = {"collection": "films", "url": "https://example.com", "events": None}
    return features.webhooks.services.create(principal, database_id, **webhook)[0]["id"]


def _new_delivery(principal: Principal, database_id: str) -> str:
    """Create a delivery of the previously created webhook."""
    return features.webhooks.services.send_test(principal, database_id, Webhook.objects.get().pk)["id"]


def _new_file(principal: Principal, database_id: str) -> str:
    upload = features.files.services.Upload("a.txt", 1, io.BytesIO(b"a"))
    return features.files.services.upload(principal, database_id, [upload]).ids[0]


def _new_template(principal: Principal, database_id: str) -> str:
    return Store(principal, database_id, "dashboard").add_template(name="hers", subject="a", html="b")


def _new_opt_out(principal: Principal, database_id: str) -> str:
    mails = Store(principal, database_id, "dashboard")
    mails.add_opt_out("guest@example.com")
    return mails.opt_outs()[0]["id"]


def _new_issuer(principal: Principal, database_id: str) -> str:
    values = {"name": "hers", "algorithm": "HS256", "key": "k" * 40}
    return identity.services.add_issuer(principal, database_id, definition=values).id


def _new_chart(principal: Principal, database_id: str) -> str:
    definition = {"chartType": "BarChart", "headers": ["title"], "table": "films", "title": "Hers"}
    return features.charts.services.add_chart(principal, database_id, definition).id


def _new_dashboard(principal: Principal, database_id: str) -> str:
    return features.charts.services.add_dashboard(principal, database_id, title="Hers", charts=[]).id


FACTORIES = {
    "function_id": _new_function,
    "webhook_id": _new_webhook,
    "delivery_id": _new_delivery,
    "file_id": _new_file,
    "template_id": _new_template,
    "opt_out_id": _new_opt_out,
    "issuer_id": _new_issuer,
    "chart_id": _new_chart,
    "dashboard_id": _new_dashboard,
}


@pytest.fixture(autouse=True)
def uses_are_not_recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    """The requests of one test may take more than a minute, after which the use of a session is recorded again."""
    monkeypatch.setattr(principals, "LAST_USED_EVERY", timedelta(days=1))


@pytest.fixture
def ids(anna: Browser, films: engine.Database) -> Ids:
    """Return the ids of Anna's objects that routes can name."""
    principal = anna.principal
    key = accounts.services.keys.create_key(principal, name="hers", actions=["read"], web={"origins": ["*"]})
    content = io.BytesIO(b'[{"title": "Late"}]')
    features.jobs.services.imports.submit_import(
        principal, database_id=films.id, collection="films", file_name="f.json", file=content, size=19
    )
    accounts.services.teams.invite(principal, principal.home_team, email="guest@example.com", role="viewer")
    return {
        **{name: create(principal, films.id) for name, create in FACTORIES.items()},
        "database_id": films.id,
        "collection": "films",
        "session_id": principal.session or "",
        "team": str(principal.home_team),
        "key_id": str(key.id),
        "user_id": str(principal.user_id),
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
    models += (TableChart, Dashboard)
    return [sorted(map(str, model.objects.values())) for model in models]


def stored_documents(browser: Browser, database: engine.Database) -> list[Any]:
    """Return what is not in SQL: documents, files, templates and opt-outs."""
    mails = Store(browser.principal, database.id, "dashboard")
    files, _ = features.files.services.list_files(browser.principal, database.id, search="", page=1, page_size=10)
    return [database.collection("films").count(), files, mails.templates(), mails.opt_outs(), mails.counts()]


# Denied requests change nothing, so each test sends those of all routes to one tenant.


def test_foreign_objects_are_not_found(ids: Ids, anna: Browser, ben: Browser, films: engine.Database) -> None:
    before, documents = stored(), stored_documents(anna, films)
    for route in TARGETED:
        foreign, missing = ask(ben, route, ids), ask(ben, route, MISSING)
        assert (foreign.status_code, missing.status_code) == (404, 404), route
        assert films.name not in foreign.content.decode(), route
        assert anna.email not in foreign.content.decode(), route
        assert stored() == before, route
        assert stored_documents(anna, films) == documents, route


def test_visitors_without_a_session_see_nothing(ids: Ids, visitor: Browser, films: engine.Database) -> None:
    before = stored()
    for route in sorted([*TARGETED, *OWN]):
        answer = ask(visitor, route, ids)
        location = answer.headers.get("Location", "").split("?")[0]
        assert (answer.status_code, location) == (302, "/dashboard/login"), route
        fragment = ask(visitor, route, ids, headers=HTMX)
        assert fragment.status_code == 401, route
        assert films.name not in fragment.content.decode(), route
        assert stored() == before, route


def test_a_form_without_csrf_token_changes_nothing(ids: Ids, anna: Browser) -> None:
    before = stored()
    for route in sorted(route for route in (*TARGETED, *OWN, *PUBLIC) if not route.startswith("GET")):
        assert ask(anna, route, ids, csrf=False).status_code == 403, route
        assert stored() == before, route
