"""A real browser for the tests of the dashboard: Debian's chromium, driven by playwright."""

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
from tests.support import Tenant

AXE = MODULES / "axe-core" / "axe.min.js"
# Milliseconds: a guard against hanging alone, for an expectation as for an action.
_PATIENT = 60_000
expect.set_options(timeout=_PATIENT)
_ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update")
# What a form with faults, or a page that is none, makes every browser say.
_EXPECTED = "Failed to load resource: the server responded with a status of 4"


def chromium() -> str | None:
    """Where it is, None where it is not installed; CHROMIUM names another one."""
    return os.environ.get("CHROMIUM") or shutil.which("chromium")


@contextmanager
def launched() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=list(_ARGUMENTS))
        yield browser
        browser.close()


@dataclass
class Person:
    """Somebody at a browser, and what its console complained about."""

    page: Page
    url: str
    complaints: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("console", self._note)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _note(self, message: Any) -> None:
        if message.type in ("error", "warning") and not message.text.startswith(_EXPECTED):
            self.complaints.append(message.text)

    def go(self, path: str) -> None:
        self.page.goto(f"{self.url}/dashboard/{path}")
        self.settled()

    def settled(self) -> None:
        """Waits for the scripts that only some pages load."""
        expect(self.page.locator("[data-module]:not([data-started])")).to_have_count(0)

    def log_in(self, email: str, password: str) -> None:
        self.go("login")
        self.page.get_by_label("E-mail address").fill(email)
        self.page.get_by_label("Password").fill(password)
        self.page.get_by_role("button", name="Log in").click()
        self.page.wait_for_url("**/dashboard/")

    def serious_violations(self) -> list[str]:
        """What axe-core finds on the page in the light and, by all rules of colours, in the dark, in words; its
        script is not ours, so it comes past the policy.
        """
        self.page.evaluate(Path(AXE).read_text())
        found = self.page.evaluate("() => axe.run(document, {resultTypes: ['violations']})")["violations"]
        self.page.emulate_media(color_scheme="dark")
        self.page.evaluate("() => Promise.allSettled(document.getAnimations().map(one => one.finished))")
        found += self.page.evaluate("() => axe.run(document, {runOnly: ['cat.color']})")["violations"]
        self.page.emulate_media(color_scheme="light")
        return [
            f"{item['id']}: {node['html'][:200]} {node['failureSummary'][:200]}"
            for item in found
            if item["impact"] in ("serious", "critical")
            for node in item["nodes"][:3]
        ]

    def overflow(self) -> int:
        """How many pixels the page is wider than the window."""
        return self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")


@contextmanager
def person(browser: Browser, url: str, *, dark: bool = False, phone: bool = False) -> Iterator[Person]:
    """A window of its own, with cookies of its own."""
    size: Any = {"width": 375, "height": 800} if phone else {"width": 1280, "height": 850}
    context = browser.new_context(viewport=size, color_scheme="dark" if dark else "light")
    context.set_default_timeout(_PATIENT)
    yield Person(context.new_page(), url)
    context.close()


def pages_of(tenant: Tenant, collection: str) -> list[str]:
    """Every page that somebody with a database can look at; a document is changed and one deleted for it."""
    database = tenant.database
    document, deleted = tenant.insert(collection, [{"title": "Changed"}, {"title": "Deleted"}])
    there = {"database_id": database, "collection_name": collection}
    changed = {**there, "filters": {"_id": document}, "update_data": {"title": "Changed again", "note": [1, None]}}
    assert tenant.ask("PUT /api/crud", json=changed).is_success
    assert tenant.ask("DELETE /api/crud", json={**there, "filters": {"_id": deleted}}).is_success
    cloned = {"database_id": database, "name": f"clone_{secrets.token_hex(6)}"}
    job = tenant.ask("POST /api/clone_database", auth=tenant.bearer, json=cloned).json()["job_id"]
    one, asked = f"db/{database}/c/{collection}", f"collection={collection}&mode"
    return [
        *("", "new", "keys", "team", "account", "nowhere"),
        *(f"db/{database}{page}" for page in ("", "/new", "/api", "/activity", "/settings", f"/jobs/{job}")),
        *(f"{one}{page}" for page in ("", "?filter=%7B", "/new", "/schema", "/indexes", "/history")),
        *(f"{one}?doc={document}", f"{one}/d/{document}/edit", f"{one}/d/{document}/history"),
        *(f"db/{database}/query?{asked}={mode}" for mode in ("find", "aggregate")),
        *(f"db/{database}/{page}" for page in ("import", "restore", "copy")),
        *(f"db/{database}/{page}" for page in service_pages(tenant, collection)),
    ]


def service_pages(tenant: Tenant, collection: str) -> list[str]:
    """The pages of media, webhooks, mail, browser keys and identity providers, with one of each to look at."""
    database = tenant.database
    rest, key = f"/db/{database}", {"x-apikey": tenant.key}
    picture = io.BytesIO()
    Image.linear_gradient("L").save(picture, format="PNG")
    sent = [("a", ("a picture.png", picture.getvalue())), ("b", ("a list.txt", b"one"))]
    file_id, _ = tenant.client.post(f"{rest}/media", files=sent, headers=key).json()["ids"]
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
    web = {"origins": ["https://shop.example.com"], "paths": [f"/{collection}/**"]}
    browser_key = {"name": "shop", "databases": [database], "actions": ["read"], "web": web}
    key_id = tenant.ask("POST /api/keys", auth=tenant.bearer, json=browser_key).json()["id"]
    issuer = {"database_id": database, "name": "Auth0", "algorithm": "HS256", "key": "k" * 40}
    issuer |= {"roles": {"customer": {collection: ["GET", "POST"], "*": ["GET"]}}}
    issuer_id = tenant.ask("POST /api/issuers", auth=tenant.bearer, json=issuer).json()["issuer"]["id"]
    return [
        *("media", f"media/{file_id}"),
        *("webhooks", f"webhooks/{webhook}"),
        *("mail", "mail/templates/new", f"mail/templates/{template_id}"),
        *("browser-keys", f"browser-keys/{key_id}"),
        *("issuers", "issuers/new", f"issuers/{issuer_id}"),
    ]
