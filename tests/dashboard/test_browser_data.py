"""In a real browser: documents, history, queries and imports, by keyboard and on a phone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, expect

from tests.dashboard.browsers import chromium, dashboard_user, launch
from tests.support import PASSWORD, Tenant, make_tenant

pytestmark = pytest.mark.skipif(chromium() is None, reason="NO CHROMIUM: the browser tests did not run")
SCRIPT = "<img src=x onerror=\"document['title']='broken in'\">"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with launch() as instance:
        yield instance


@pytest.fixture
def tenant(service_url: str) -> Iterator[Tenant]:
    """A tenant with sixty documents."""
    with httpx.Client(base_url=service_url, timeout=60, trust_env=False) as client:
        new_tenant = make_tenant(client)
        new_tenant.add({"name": "movies", "fields": [{"name": "title"}, {"name": "rating", "type": "number"}]})
        deep = {"a": {"b": [1, {"c": SCRIPT}]}, SCRIPT: SCRIPT}
        new_tenant.insert("movies", [{"title": f"Film {n:02}", "rating": n, "deep": deep} for n in range(60)])
        yield new_tenant


def test_editing_by_keyboard_and_a_conflict(browser: Browser, service_url: str, tenant: Tenant) -> None:
    with dashboard_user(browser, service_url) as ada:
        page = ada.page
        ada.sign_in(tenant.email, PASSWORD)
        ada.go(f"db/{tenant.database}/c/movies")
        page.locator("tbody td").nth(1).focus()
        page.keyboard.press("Enter")
        expect(page.locator("[data-first]")).to_be_focused()
        page.keyboard.press("Control+A")
        page.keyboard.type("By keyboard")
        page.keyboard.press("Enter")
        expect(page.locator("tbody tr").first).to_contain_text("By keyboard")
        expect(page.locator("tbody tr").first.locator("td:focus")).to_contain_text("By keyboard")
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")
        page.locator("[data-first]").fill("Mine")
        second = page.locator("tbody tr").nth(1).get_attribute("data-row")
        target = {"database_id": tenant.database, "collection_name": "movies", "filters": {"_id": second}}
        assert tenant.ask("PUT /api/crud", json={**target, "update_data": {"title": "Theirs"}}).is_success
        page.keyboard.press("Enter")
        expect(page.get_by_text("This document was changed by another user")).to_be_visible()
        expect(page.locator("[data-first]")).to_have_value("Mine")
        page.get_by_role("button", name="Overwrite with my version").click()
        expect(page.locator("tbody tr").nth(1)).to_contain_text("Mine")
        expect(page.get_by_text("title changed in Mine.")).to_be_visible()
        page.get_by_role("button", name="Undo").click()
        expect(page.get_by_text("Undone for 1 document.")).to_be_visible()
        expect(page.locator("tbody tr").nth(1)).to_contain_text("Theirs")
        assert ada.console_errors == []


def test_filter_paginate_select_delete_and_undo(browser: Browser, service_url: str, tenant: Tenant) -> None:
    with dashboard_user(browser, service_url) as ada:
        page = ada.page
        ada.sign_in(tenant.email, PASSWORD)
        ada.go(f"db/{tenant.database}/c/movies")
        page.locator("[data-filter-summary]").click()
        page.get_by_label("Field", exact=True).fill("rating")
        page.get_by_label("Comparison").select_option("$gte")
        page.get_by_label("Value", exact=True).fill("5")
        expect(page.locator("#filter-json")).to_have_value('{"rating":{"$gte":5}}')
        page.get_by_role("button", name="Apply").click()
        expect(page.get_by_text("55 documents")).to_be_visible()
        page.get_by_role("link", name="title").click()
        expect(page.locator("th[aria-sort=ascending]")).to_contain_text("title")
        page.get_by_role("link", name="Next").click()
        expect(page.get_by_text("Film 59")).to_be_visible()
        page.get_by_role("link", name="Previous").click()
        expect(page.get_by_text("Film 05")).to_be_visible()
        ada.wait_for_modules()
        expect(page.locator(".selection-bar")).to_be_hidden()
        page.get_by_label("Select Film 05").check()
        page.get_by_label("Select Film 06").check()
        expect(page.locator(".selection-bar")).to_contain_text("2 selected")
        page.get_by_role("button", name="Delete", exact=True).click()
        page.get_by_role("button", name="Delete 2 documents").click()
        expect(page.get_by_text("53 documents")).to_be_visible()
        page.get_by_role("button", name="Undo").click()
        expect(page.get_by_text("Undone for 2 documents.")).to_be_visible()
        assert tenant.count("movies") == 60
        assert ada.console_errors == []


def test_editor_version_history_and_stored_script(browser: Browser, service_url: str, tenant: Tenant) -> None:
    with dashboard_user(browser, service_url) as ada:
        page = ada.page
        ada.sign_in(tenant.email, PASSWORD)
        ada.go(f"db/{tenant.database}/c/movies")
        page.locator("[data-doc]").first.click()
        expect(page.get_by_role("dialog")).to_contain_text(SCRIPT[:10])
        page.get_by_role("link", name="Edit").click()
        expect(page.locator("[data-json]")).to_be_visible()
        ada.wait_for_modules()
        page.locator("[data-json]").fill('{\n  "title": "x",\n  "rating": "many"\n}')
        page.get_by_role("button", name="Save").click()
        expect(page.get_by_role("button", name="Line 3, column 3")).to_be_visible()
        ada.wait_for_modules()
        page.get_by_role("button", name="Line 3, column 3").click()
        expect(page.locator("[data-json]")).to_be_focused()
        page.locator("[data-json]").fill('{"title": "Whole", "rating": 1}')
        page.keyboard.press("Control+Enter")
        page.get_by_role("dialog").get_by_role("link", name="History").click()
        expect(page.locator(".difference")).to_contain_text("Whole")
        assert "Whole" in page.locator(".difference .value").all_text_contents()
        assert ada.serious_violations() == []
        page.get_by_role("button", name="Restore this version").click()
        expect(page.get_by_text("Version 1 restored")).to_be_visible()
        assert page.title() != "broken in"
        assert ada.console_errors == []


def test_a_query_is_completed_explained_and_stored(browser: Browser, service_url: str, tenant: Tenant) -> None:
    with dashboard_user(browser, service_url) as ada:
        page = ada.page
        ada.sign_in(tenant.email, PASSWORD)
        ada.go(f"db/{tenant.database}/query?collection=movies")
        page.locator("#query-filter").focus()
        page.keyboard.type('{"rat')
        page.keyboard.press("Enter")
        page.keyboard.type(': {"$gt')
        page.keyboard.press("Tab")
        page.keyboard.type(": 57}}")
        expect(page.locator("#query-filter")).to_have_value('{"rating": {"$gt": 57}}')
        page.get_by_role("button", name="Explain").click()
        expect(page.get_by_text("documents examined")).to_be_visible()
        page.locator("#query-filter").focus()
        page.keyboard.press("Control+Enter")
        expect(page.get_by_role("heading", name="2 documents")).to_be_visible()
        expect(page.locator("[data-history] li")).to_have_count(1)
        assert ada.console_errors == []


def test_an_import_shows_preview_and_progress(
    browser: Browser, service_url: str, tenant: Tenant, tmp_path: Path
) -> None:
    file = tmp_path / "rows.json"
    file.write_text(json.dumps([{"n": n, SCRIPT: SCRIPT} for n in range(40_000)]))
    with dashboard_user(browser, service_url, phone=True) as ada:
        page = ada.page
        ada.sign_in(tenant.email, PASSWORD)
        ada.go(f"db/{tenant.database}/import")
        page.set_input_files("#import-file", str(file))
        expect(page.get_by_role("heading", name="Preview")).to_be_visible()
        assert ada.overflow() <= 0
        page.get_by_role("button", name="Import").click()
        expect(page.get_by_role("link", name="Open rows")).to_be_visible()
        page.get_by_role("link", name="Open rows").click()
        expect(page.get_by_text("40,000 documents")).to_be_visible()
        assert (ada.overflow() <= 0, page.title() == "broken in") == (True, False)
        assert ada.console_errors == []


def test_the_grid_fills_the_window_and_shows_changes_of_others(
    browser: Browser, service_url: str, tenant: Tenant
) -> None:
    with dashboard_user(browser, service_url) as ada:
        page = ada.page
        page.set_viewport_size({"width": 1440, "height": 900})
        ada.sign_in(tenant.email, PASSWORD)
        with page.expect_response(lambda answer: "/dashboard/stream" in answer.url):
            ada.go(f"db/{tenant.database}/c/movies")
        page.evaluate("document.querySelector('main > [role=note]')?.remove()")  # the address is not verified
        first = page.locator("tbody tr").first.bounding_box()
        assert first and first["y"] <= 170
        rail = page.get_by_role("navigation", name="Collections").bounding_box()
        assert rail and rail["y"] <= first["y"]
        assert page.evaluate("document.documentElement.scrollHeight") == 900
        foot = page.locator(".grid-foot").bounding_box()
        assert foot and foot["y"] + foot["height"] <= 900
        assert ada.serious_violations() == []
        (document_id,) = tenant.insert("movies", [{"title": "By a program"}])
        expect(page.locator("[data-live]")).to_have_text("1 new document, show")
        target = {"database_id": tenant.database, "collection_name": "movies", "filters": {"_id": document_id}}
        assert tenant.ask("DELETE /api/crud", json=target).is_success
        tenant.insert("movies", [{"title": "One"}, {"title": "Two"}])
        expect(page.locator("[data-live]")).to_have_text("2 new documents, show")
        page.locator("[data-live]").click()
        expect(page.get_by_text("62 documents")).to_be_visible()
        assert ada.console_errors == []


def test_a_reference_is_picked_by_title(browser: Browser, service_url: str, tenant: Tenant) -> None:
    reference = {"name": "movie", "type": "reference", "collection": "movies"}
    tenant.add({"name": "reviews", "fields": [{"name": "title"}, reference]})
    tenant.insert("reviews", [{"title": "Good"}])
    with dashboard_user(browser, service_url) as ada:
        page = ada.page
        ada.sign_in(tenant.email, PASSWORD)
        ada.go(f"db/{tenant.database}/c/reviews")
        page.locator("tbody td[hx-get*='name=movie']").dblclick()
        expect(page.locator("[data-picker]")).to_be_focused()
        page.locator("[data-picker]").fill("film 07")
        expect(page.locator("[data-pick]")).to_have_count(1)
        page.keyboard.press("Enter")
        expect(page.locator("tbody a", has_text="Film 07")).to_be_visible()
        page.locator("tbody a", has_text="Film 07").click()
        expect(page.get_by_role("dialog")).to_contain_text("Film 07")
        assert ada.console_errors == []


def test_columns_are_reordered_and_stored(browser: Browser, service_url: str, tenant: Tenant) -> None:
    with dashboard_user(browser, service_url, phone=True) as ada:
        page = ada.page
        ada.sign_in(tenant.email, PASSWORD)
        ada.go(f"db/{tenant.database}/c/movies")
        assert ada.overflow() <= 0
        page.locator("summary", has_text="Columns").click()
        page.get_by_role("button", name="Move rating up").click()
        page.get_by_role("button", name="Move rating up").click()
        page.get_by_label("_id", exact=True).uncheck()
        page.get_by_role("button", name="Save columns").click()
        heads = page.locator("th[data-column]")
        expect(heads.first).to_contain_text("rating")
        ada.go(f"db/{tenant.database}/c/movies")
        assert [head.get_attribute("data-column") for head in heads.all()] == ["rating", "title", "deep"]
        assert ada.serious_violations() == []
        assert ada.console_errors == []
