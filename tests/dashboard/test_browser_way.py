"""In a real browser: from registration to the filtered export of an imported file."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.dashboard.browsers import DashboardUser, chromium, dashboard_user, launch
from tests.support import PASSWORD

pytestmark = pytest.mark.skipif(chromium() is None, reason="NO CHROMIUM: the browser tests did not run")
# Folder with `countries.json` and `flights.json`; empty for generated files.
FILES = os.environ.get("WAY_FILES", "")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with launch() as instance:
        yield instance


@pytest.fixture
def files(tmp_path: Path) -> Path:
    if FILES:
        return Path(FILES)
    countries = [{"name": {"common": f"Land {n:03}"}, "area": n * 1000, "borders": ["A", "B"]} for n in range(250)]
    flights = [{"delay": n % 200 - 20, "distance": n % 3000, "time": n / 7} for n in range(40_000)]
    (tmp_path / "countries.json").write_text(json.dumps(countries))
    (tmp_path / "flights.json").write_text(json.dumps(flights))
    return tmp_path


def register(ada: DashboardUser) -> None:
    page, email = ada.page, f"{secrets.token_hex(8)}@example.com"
    ada.go("register")
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("First name").fill("Ada")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Create account").click()
    page.get_by_role("link", name="Open the link").click()
    page.get_by_role("button", name="Confirm").click()
    ada.sign_in(email, PASSWORD)


def create_database(page: Page, file: Path) -> str:
    """Create a database from a file and return its address. Waits for the job of a large file."""
    page.get_by_role("link", name="New database").click()
    page.get_by_label("Name", exact=True).fill("world")
    page.get_by_text("From a file", exact=True).click()
    page.locator("input[type=file]").set_input_files(str(file))
    page.get_by_role("button", name="Create").click()
    page.wait_for_url("**/dashboard/db/**")
    database = page.url.partition("/jobs/")[0]
    if database == page.url:
        expect(page.get_by_text("250 documents are in the collection countries")).to_be_visible()
    else:
        page.get_by_role("link", name="Open countries").click()
    return database


def change_and_restore(ada: DashboardUser) -> None:
    page = ada.page
    page.locator("[data-doc]").first.click()
    page.get_by_role("link", name="Edit").click()
    expect(page.locator("[data-json]")).to_be_visible()
    ada.wait_for_modules()
    page.locator("[data-json]").fill('{"changed": true}')
    page.keyboard.press("Control+Enter")
    page.get_by_role("dialog").get_by_role("link", name="History").click()
    page.get_by_role("button", name="Restore this version").click()
    expect(page.get_by_text("Version 1 restored")).to_be_visible()


def test_from_registration_to_export(browser: Browser, service_url: str, files: Path) -> None:
    with dashboard_user(browser, service_url) as ada:
        page = ada.page
        register(ada)
        database = create_database(page, files / "countries.json")

        page.goto(f"{database}/c/countries")
        ada.wait_for_modules()
        change_and_restore(ada)

        page.goto(f"{database}/query?collection=countries")
        ada.wait_for_modules()
        page.locator("#query-filter").fill('{"borders.1": {"$exists": true}}')
        page.get_by_role("button", name="Run").click()
        expect(page.locator("#result-title")).to_contain_text("documents")

        page.get_by_role("link", name="API", exact=True).click()
        page.get_by_role("button", name="Create key for this database").click()
        expect(page.locator("#find-curl")).not_to_contain_text("YOUR_KEY")
        shell = ["sh", "-c", page.locator("#find-curl").text_content() or ""]
        ended = subprocess.run(shell, capture_output=True, text=True, timeout=300)
        assert json.loads(ended.stdout)["success"] is True, ended.stderr

        page.goto(f"{database}/import")
        ada.wait_for_modules()
        page.set_input_files("#import-file", str(files / "flights.json"))
        expect(page.get_by_role("heading", name="Preview")).to_be_visible()  # above the button, which it moves
        page.get_by_role("button", name="Import").click()
        page.get_by_role("link", name="Open flights").click()

        page.goto(f'{database}/c/flights?filter={{"delay":{{"$gt":100}}}}')
        ada.wait_for_modules()
        flights = json.loads((files / "flights.json").read_text())
        late = sum(row["delay"] > 100 for row in flights)
        expect(page.get_by_text(f"{late:,} documents")).to_be_visible()
        with page.expect_download() as download:
            page.get_by_text("Export", exact=True).first.click()
            page.get_by_role("link", name="NDJSON").click()
        assert len(Path(download.value.path()).read_text().splitlines()) == late
        assert ada.console_errors == []
