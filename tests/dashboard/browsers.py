"""A real browser for the dashboard tests: chromium, driven by Playwright."""

from __future__ import annotations

import io
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Browser, Page, expect, sync_playwright

from datacube.local.assets import MODULES
from tests.secret_scan import recorder
from tests.support import Tenant

AXE = MODULES / "axe-core" / "axe.min.js"
# A guard against hanging, for expectations and actions; a busy machine needs minutes for some of them.
_TIMEOUT_MILLISECONDS = 300_000
expect.set_options(timeout=_TIMEOUT_MILLISECONDS)
_ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update")
# Let the messages that hide after 6 s, or 30 s with "Undo", stay, so that a busy machine does not look too late.
_STAYING_MESSAGES = """
  const later = window.setTimeout;
  window.setTimeout = (work, ms, ...rest) => later(work, ms === 6000 || ms === 30000 ? 600000 : ms, ...rest);
"""
# Browsers log this for a form with errors and for a page that does not exist.
_EXPECTED = "Failed to load resource: the server responded with a status of 4"


def chromium() -> str | None:
    """Return the path of chromium, None if it is not installed. CHROMIUM overrides it."""
    return os.environ.get("CHROMIUM") or shutil.which("chromium")


@contextmanager
def launch() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium(), args=list(_ARGUMENTS), timeout=_TIMEOUT_MILLISECONDS
        )
        yield browser
        browser.close()


@dataclass
class DashboardUser:
    """A user with a browser page and the errors of its console."""

    page: Page
    url: str
    console_errors: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("console", self._record)
        self.page.on("pageerror", lambda error: self.console_errors.append(str(error)))

    def _record(self, message: Any) -> None:
        if message.type in ("error", "warning") and not message.text.startswith(_EXPECTED):
            self.console_errors.append(message.text)

    def go(self, path: str) -> None:
        self.page.goto(f"{self.url}/dashboard/{path}")
        self.wait_for_modules()

    def wait_for_modules(self) -> None:
        """Wait for the scripts that only some pages load."""
        expect(self.page.locator("[data-module]:not([data-started])")).to_have_count(0)

    def sign_in(self, email: str, password: str) -> None:
        self.go("login")
        self.page.get_by_label("E-mail address").fill(email)
        self.page.get_by_label("Password").fill(password)
        self.page.get_by_role("button", name="Sign in").click()
        self.page.wait_for_url("**/dashboard/")

    def serious_violations(self) -> list[str]:
        """Return the violations that axe-core finds in the light theme and, for colours, in the dark theme.

        Frames are left out: axe-core cannot post messages to those in a sandbox, and that is a console error.
        """
        self.page.evaluate(Path(AXE).read_text())
        self._wait_for_animations()
        violations = self._axe("resultTypes: ['violations']")
        self.page.emulate_media(color_scheme="dark")
        self._wait_for_animations()
        violations += self._axe("runOnly: ['cat.color']")
        self.page.emulate_media(color_scheme="light")
        return [
            f"{item['id']}: {node['html'][:200]} {node['failureSummary'][:200]}"
            for item in violations
            if item["impact"] in ("serious", "critical")
            for node in item["nodes"][:3]
        ]

    def _wait_for_animations(self) -> None:
        """Wait for the ends of all animations that end: text is pale while its page fades in."""
        self.page.evaluate(
            """() => Promise.allSettled(document.getAnimations()
              .filter(one => Number.isFinite(one.effect.getComputedTiming().endTime)).map(one => one.finished))"""
        )

    def _axe(self, options: str) -> list[dict[str, Any]]:
        return self.page.evaluate(f"() => axe.run(document, {{iframes: false, {options}}})")["violations"]

    def overflow(self) -> int:
        """Return the number of pixels by which the page is wider than the window."""
        return self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")


@contextmanager
def dashboard_user(
    browser: Browser, url: str, *, dark: bool = False, phone: bool = False
) -> Iterator[DashboardUser]:
    """Open a window with its own cookies."""
    size: Any = {"width": 375, "height": 800} if phone else {"width": 1280, "height": 850}
    context = browser.new_context(viewport=size, color_scheme="dark" if dark else "light")
    context.set_default_timeout(_TIMEOUT_MILLISECONDS)
    context.add_init_script(_STAYING_MESSAGES)
    yield DashboardUser(context.new_page(), url)
    for cookie in context.cookies():
        recorder.record("cookie", cookie["value"])
    context.close()


def pages_of(tenant: Tenant, collection: str) -> list[str]:
    """Return every page of a user with a database. Changes one document and deletes another for them."""
    database = tenant.database
    document_id, deleted_id = tenant.insert(collection, [{"title": "Changed"}, {"title": "Deleted"}])
    target = {"database_id": database, "collection_name": collection}
    changed = {
        **target,
        "filters": {"_id": document_id},
        "update_data": {"title": "Changed again", "note": [1, None]},
    }
    assert tenant.ask("PUT /api/crud", json=changed).is_success
    assert tenant.ask("DELETE /api/crud", json={**target, "filters": {"_id": deleted_id}}).is_success
    clone = {"database_id": database, "name": f"clone_{secrets.token_hex(6)}"}
    job = tenant.ask("POST /api/clone_database", auth=tenant.bearer, json=clone).json()["job_id"]
    collection_path, query = f"db/{database}/c/{collection}", f"collection={collection}&mode"
    return [
        *("", "new", "keys", "usage", "team", "account", "account/two-step", "nowhere"),
        *(f"db/{database}{page}" for page in ("", "/new", "/api", "/activity", "/settings", f"/jobs/{job}")),
        *(f"{collection_path}{page}" for page in ("", "?filter=%7B", "/new", "/schema", "/indexes", "/history")),
        *(
            f"{collection_path}?doc={document_id}",
            f"{collection_path}/d/{document_id}/edit",
            f"{collection_path}/d/{document_id}/history",
        ),
        *(f"db/{database}/query?{query}={mode}" for mode in ("find", "aggregate")),
        f"db/{database}/query/sql?statement=SELECT+1",
        *(f"db/{database}/{page}" for page in ("import", "restore", "copy")),
        *(
            f"db/{database}/{page}"
            for page in (*service_pages(tenant, collection), *chart_pages(tenant, collection))
        ),
    ]


def chart_pages(tenant: Tenant, collection: str) -> list[str]:
    """Return the pages of charts and dashboards, with one of each created."""
    base = f"/api/dbs/{tenant.database}"
    members = {"table": collection, "headers": ["title"], "title": "Books by title, with a long name that wraps"}
    kinds = ("BarChart", "PieChart", "Sunburst")
    charts = [
        tenant.ask(f"POST {base}/charts", auth=tenant.bearer, json={**members, "chartType": kind}).json()["ulid"]
        for kind in kinds
    ]
    board = {"title": "Books", "charts": charts}
    board_id = tenant.ask(f"POST {base}/dashboards", auth=tenant.bearer, json=board).json()["ulid"]
    return ["charts", f"charts/{charts[0]}", f"dashboards/{board_id}"]


def service_pages(tenant: Tenant, collection: str) -> list[str]:
    """Return the pages of media, webhooks, mail, browser keys and identity providers, with one of each created."""
    database = tenant.database
    rest, key = f"/db/{database}", {"x-apikey": tenant.key}
    picture = io.BytesIO()
    Image.linear_gradient("L").save(picture, format="PNG")
    files = [("a", ("a picture.png", picture.getvalue())), ("b", ("a list.txt", b"one"))]
    file_id, _ = tenant.client.post(f"{rest}/media", files=files, headers=key).json()["ids"]
    hook = {"database_id": database, "collection_name": collection, "url": "https://example.invalid/hook"}
    webhook = tenant.ask("POST /api/webhooks", auth=tenant.bearer, json=hook).json()["webhook"]["id"]
    template = {
        "name": f"welcome {secrets.token_hex(3)}",
        "subject": "Hello {{name}}",
        "html": "<h1>Welcome, {{name}}!</h1>",
    }
    tenant.client.post(f"{rest}/mail", json={"to": "a@example.com", "subject": "Hello", "html": "Hi"}, headers=key)
    template_id = tenant.client.post(f"{rest}/rest/email_templates", json=template, headers=key).json()["_id"]
    tenant.client.post(f"{rest}/rest/email_unsubscribed", json={"email": "joe@example.com"}, headers=key)
    tenant.insert(collection, [{"title": "Delivered"}])
    restrictions = {"origins": ["https://shop.example.com"], "paths": [f"/{collection}/**"]}
    browser_key = {"name": "shop", "databases": [database], "actions": ["read"], "web": restrictions}
    key_id = tenant.ask("POST /api/keys", auth=tenant.bearer, json=browser_key).json()["id"]
    issuer = {"database_id": database, "name": "Auth0", "algorithm": "HS256", "key": "k" * 40}
    issuer |= {"roles": {"customer": {collection: ["GET", "POST"], "*": ["GET"]}}}
    issuer_id = tenant.ask("POST /api/issuers", auth=tenant.bearer, json=issuer).json()["issuer"]["id"]
    function = {"name": "greet", "content": "export default ({ data }: any) => ({ data: { hello: data.name } })\n"}
    functions = f"/api/dbs/{database}/functions?check=false"
    function_id = tenant.ask(f"POST {functions}", auth=tenant.bearer, json=function).json()["id"]
    return [
        *("functions", f"functions/{function_id}"),
        *("media", f"media/{file_id}"),
        *("webhooks", f"webhooks/{webhook}"),
        *("mail", "mail/templates/new", f"mail/templates/{template_id}"),
        *("browser-keys", f"browser-keys/{key_id}"),
        *("issuers", "issuers/new", f"issuers/{issuer_id}"),
    ]
