"""In a real browser: registration to first request, keyboard, accessibility and isolation."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Sequence

import httpx
import pytest
from playwright.sync_api import Browser, expect

from tests.dashboard.browsers import AXE, DashboardUser, chromium, dashboard_user, launch, pages_of
from tests.support import PASSWORD, Tenant, make_tenant

pytestmark = pytest.mark.skipif(chromium() is None, reason="NO CHROMIUM: the browser tests did not run")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with launch() as instance:
        yield instance


@pytest.fixture(scope="module")
def tenant(service_url: str) -> Iterator[Tenant]:
    with httpx.Client(base_url=service_url, timeout=60, trust_env=False) as client:
        new_tenant = make_tenant(client)
        new_tenant.insert("films", [{"Title": "Slam", "IMDB Rating": 3.4}])
        yield new_tenant


@pytest.fixture(scope="module")
def pages(tenant: Tenant) -> list[str]:
    """The pages of the tenant; their objects are created once, because their number is limited."""
    return pages_of(tenant, "films")


def test_from_registering_to_a_snippet_that_runs(browser: Browser, service_url: str, tenant: Tenant) -> None:
    email = f"new-{tenant.email}"
    with dashboard_user(browser, service_url) as ada:
        page = ada.page
        ada.go("register")
        page.get_by_label("E-mail address").fill(email)
        page.get_by_label("First name").fill("Ada")
        page.get_by_label("Password").fill("short")
        page.get_by_role("button", name="Create account").click()
        expect(page.get_by_text("This password is too short")).to_be_visible()
        expect(page.get_by_label("E-mail address")).to_have_value(email)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Create account").click()
        page.get_by_role("link", name="Open the link").click()
        page.get_by_role("button", name="Confirm").click()
        expect(page.get_by_text("Your address is verified")).to_be_visible()
        ada.sign_in(email, PASSWORD)
        expect(page.get_by_role("heading", name="Create your first database")).to_be_visible()

        page.get_by_role("link", name="New database").click()
        page.get_by_label("Name", exact=True).fill("weather")
        page.get_by_text("Sample data", exact=True).click()
        page.get_by_role("button", name="Create").click()
        expect(page.get_by_text("60 documents are in the collection stations")).to_be_visible()

        page.get_by_role("link", name="API", exact=True).click()
        page.get_by_role("button", name="Create key for this database").click()
        expect(page.get_by_text("Shown only once")).to_be_visible()
        page.get_by_role("button", name="Run").click()
        expect(page.locator("#run-status")).to_contain_text("200 after")
        expect(page.locator("#run-answer")).to_contain_text("Ångströmsö")
        ended = subprocess.run(
            ["sh", "-c", page.locator("#find-curl").text_content()], capture_output=True, text=True, timeout=300
        )
        assert "Ångströmsö" in ended.stdout, ended.stderr

        page.get_by_role("link", name="Activity").click()
        expect(page.get_by_text("GET /api/crud").first).to_be_visible()

        page.get_by_role("link", name="Settings", exact=True).click()
        page.get_by_role("button", name="Drop this database").click()
        drop = page.get_by_role("button", name="Drop database")
        expect(drop).to_be_disabled()
        page.locator("#drop-database-typed").fill("weather")
        drop.click()
        expect(page.get_by_text("The database weather is deleted")).to_be_visible()
        assert ada.console_errors == []


def test_a_collection_by_keyboard_alone(browser: Browser, service_url: str, tenant: Tenant) -> None:
    with dashboard_user(browser, service_url) as ada:
        page = ada.page
        ada.sign_in(tenant.email, PASSWORD)
        search = page.locator("[data-search]")
        expect(search).to_be_visible()
        page.keyboard.press("/")
        expect(search).to_be_focused()
        page.keyboard.type(tenant.name)
        page.wait_for_url(f"**search={tenant.name}*")  # the list has been replaced
        expect(page.locator("#databases li")).to_have_count(1)
        page.get_by_role("link", name=tenant.name).focus()
        page.keyboard.press("Enter")
        page.get_by_role("link", name="New collection").focus()
        page.keyboard.press("Enter")
        expect(page.get_by_label("Name", exact=True)).to_be_focused()
        page.keyboard.type("people")
        page.keyboard.press("Tab")
        page.keyboard.type("email")
        page.keyboard.press("Enter")
        expect(page.get_by_text("The collection people is created")).to_be_visible()
        page.keyboard.press("?")
        expect(page.get_by_role("heading", name="Keyboard")).to_be_visible()
        page.keyboard.press("Escape")
        expect(page.get_by_role("heading", name="Keyboard")).to_be_hidden()
        assert ada.console_errors == []


def test_input_survives_the_end_of_a_session(browser: Browser, service_url: str, tenant: Tenant) -> None:
    with dashboard_user(browser, service_url) as ada:
        page = ada.page
        ada.sign_in(tenant.email, PASSWORD)
        ada.go("account")
        page.get_by_label("First name").fill("Typed before")
        page.context.clear_cookies(name="datacube_session")
        page.get_by_role("button", name="Save").click()
        dialog = page.get_by_role("dialog")
        dialog.get_by_label("E-mail address").fill(tenant.email)
        dialog.get_by_label("Password").fill(PASSWORD)
        dialog.get_by_role("button", name="Sign in").click()
        expect(page.get_by_text("You are signed in again")).to_be_visible()
        expect(page.get_by_label("First name")).to_have_value("Typed before")
        page.get_by_role("button", name="Save").click()
        expect(page.get_by_text("Profile saved")).to_be_visible()
        assert ada.console_errors == []


def violations(ada: DashboardUser, paths: Sequence[str]) -> dict[str, list[str]]:
    """Return the serious violations of each page that has any."""
    result = {}
    for path in paths:
        ada.go(path)
        if errors := ada.serious_violations():
            result[path] = errors
    return result


def test_public_pages_are_accessible(browser: Browser, service_url: str) -> None:
    assert AXE.exists()
    with dashboard_user(browser, service_url) as ada:
        assert violations(ada, ("login", "register", "reset")) == {}
        assert ada.console_errors == []


PARTS = 5


@pytest.mark.parametrize("part", range(PARTS))
def test_pages_are_accessible(
    browser: Browser, service_url: str, tenant: Tenant, pages: list[str], part: int
) -> None:
    """Check the pages in parts, each of which takes seconds on a busy machine."""
    with dashboard_user(browser, service_url) as ada:
        ada.sign_in(tenant.email, PASSWORD)
        assert violations(ada, pages[part::PARTS]) == {}
        assert ada.console_errors == []


def test_every_page_fits_a_phone(browser: Browser, service_url: str, tenant: Tenant, pages: list[str]) -> None:
    with dashboard_user(browser, service_url, phone=True) as ada:
        ada.sign_in(tenant.email, PASSWORD)
        wide = {}
        for path in pages:
            ada.go(path)
            wide[path] = ada.overflow()
        assert {path: pixels for path, pixels in wide.items() if pixels > 0} == {}
        ada.go("")
        ada.page.locator("summary").click()
        ada.page.get_by_role("link", name="API keys").click()
        expect(ada.page.get_by_role("heading", name="API keys")).to_be_visible()
        assert ada.console_errors == []


def test_two_people_at_once_never_see_each_other(browser: Browser, service_url: str, tenant: Tenant) -> None:
    other = make_tenant(tenant.client)
    with dashboard_user(browser, service_url) as ada, dashboard_user(browser, service_url) as ben:
        ada.sign_in(tenant.email, PASSWORD)
        ben.sign_in(other.email, PASSWORD)
        expect(ada.page.get_by_text(other.name)).to_have_count(0)
        expect(ben.page.get_by_text(tenant.name)).to_have_count(0)
        ben.go(f"db/{tenant.database}")
        expect(ben.page.get_by_role("heading", name="Page not found")).to_be_visible()
        expect(ben.page.get_by_text(tenant.name)).to_have_count(0)
