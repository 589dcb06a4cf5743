"""In a real browser: uploads, mail preview, rows of roles and polled deliveries."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Browser, expect

from tests.dashboard.browsers import DashboardUser, chromium, dashboard_user, launch
from tests.support import PASSWORD, Tenant, make_tenant

pytestmark = pytest.mark.skipif(chromium() is None, reason="NO CHROMIUM: the browser tests did not run")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with launch() as instance:
        yield instance


@pytest.fixture(scope="module")
def tenant(service_url: str) -> Iterator[Tenant]:
    with httpx.Client(base_url=service_url, timeout=60, trust_env=False) as client:
        yield make_tenant(client)


@pytest.fixture
def ada(browser: Browser, service_url: str, tenant: Tenant) -> Iterator[DashboardUser]:
    with dashboard_user(browser, service_url) as user:
        user.sign_in(tenant.email, PASSWORD)
        yield user
        assert user.console_errors == []


def test_uploads(ada: DashboardUser, tenant: Tenant) -> None:
    page = ada.page
    ada.go(f"db/{tenant.database}/media")
    files = [{"name": name, "mimeType": "text/plain", "buffer": b"text"} for name in ("a.txt", "b.txt")]
    page.set_input_files("#upload-files", files)
    expect(page.locator("[data-chosen] li")).to_have_count(2)
    page.get_by_role("button", name="Upload", exact=True).click()
    expect(page.get_by_role("list", name="Files").locator("li")).to_have_count(2)
    ada.wait_for_modules()
    page.set_input_files("#upload-files", files)
    page.get_by_role("button", name="Upload", exact=True).click()
    expect(page.get_by_text("These names exist already or are repeated: a.txt, b.txt.")).to_be_visible()
    page.get_by_label("Allow files of the same name").check()
    page.get_by_role("button", name="Upload", exact=True).click()
    expect(page.get_by_role("list", name="Files").locator("li")).to_have_count(4)
    ada.wait_for_modules()
    page.set_input_files("#upload-files", [{**files[0], "name": f"{number}.txt"} for number in range(21)])
    expect(page.get_by_text("21 files: too many at once")).to_be_visible()
    expect(page.get_by_role("button", name="Upload", exact=True)).to_be_disabled()


def test_drag_and_drop_upload(ada: DashboardUser, tenant: Tenant) -> None:
    page = ada.page
    ada.go(f"db/{tenant.database}/media")
    page.evaluate(
        """() => {
          const dropped = new DataTransfer();
          dropped.items.add(new File(["text"], "dropped.txt"));
          const drop = new DragEvent("drop", { dataTransfer: dropped, bubbles: true });
          document.querySelector("[data-drop]").dispatchEvent(drop);
        }"""
    )
    page.get_by_role("button", name="Upload", exact=True).click()
    page.get_by_role("link", name="dropped.txt").click()
    expect(page.get_by_role("heading", name="dropped.txt")).to_be_visible()
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("button", name="Delete file").click()
    expect(page.get_by_role("heading", name="Media")).to_be_visible()
    expect(page.get_by_role("link", name="dropped.txt")).to_have_count(0)


def test_mail_preview_beside_the_editor(ada: DashboardUser, tenant: Tenant) -> None:
    page = ada.page
    ada.go(f"db/{tenant.database}/mail/templates/new")
    frame = page.frame_locator("iframe[name=mail-preview]")
    page.get_by_label("Name", exact=True).fill("welcome")
    page.get_by_label("HTML").fill("<h1>Welcome, {{name}}!</h1><script>document.body.textContent = 'run'</script>")
    page.get_by_label("Sample values").fill('{"name": "Ann"}')
    page.get_by_role("button", name="Show preview").click()
    expect(frame.get_by_role("heading", name="Welcome, Ann!")).to_be_visible()
    page.get_by_role("button", name="Create template").click()
    expect(page.get_by_role("heading", name="welcome", exact=True)).to_be_visible()
    ada.wait_for_modules()
    expect(frame.get_by_role("heading", name="Welcome, name!")).to_be_visible()
    # The console reports the script that the sandbox has blocked.
    ada.console_errors[:] = [text for text in ada.console_errors if "sandboxed" not in text]


def test_roles_are_rows(ada: DashboardUser, tenant: Tenant) -> None:
    page = ada.page
    ada.go(f"db/{tenant.database}/issuers/new")
    page.get_by_label("Name", exact=True).fill("Auth0")
    page.get_by_label("Algorithm").select_option("HS256")
    page.locator("#id_key").fill("k" * 40)
    page.get_by_label("Role", exact=True).fill("reader")
    page.locator("[name=role-0-verb][value=GET]").check()
    page.get_by_role("button", name="Add a row").click()
    expect(page.get_by_label("Role", exact=True).nth(1)).to_be_focused()
    page.keyboard.type("writer")
    page.locator("[name=role-1-verb][value=POST]").check()
    page.get_by_role("button", name="Create", exact=True).click()
    expect(page.get_by_text("roles: reader, writer")).to_be_visible()


def test_deliveries_are_polled(ada: DashboardUser, tenant: Tenant) -> None:
    page = ada.page
    ada.go(f"db/{tenant.database}/webhooks")
    page.get_by_role("button", name="New webhook").first.click()
    page.get_by_label("URL").fill("https://example.invalid/hook")
    page.get_by_role("button", name="Create webhook").click()
    expect(page.locator("#new-secret")).to_contain_text("whsec_")
    page.get_by_role("link", name="Open the webhook").click()
    page.get_by_role("button", name="Send test event").click()
    expect(page.get_by_text("0 pending, 0 delivered, 1 failed")).to_be_visible()
    page.get_by_role("link", name="test").click()
    expect(page.get_by_text("The host has no address.")).to_be_visible()


def test_a_chart_is_drawn_in_the_theme_of_the_page(ada: DashboardUser, tenant: Tenant) -> None:
    page = ada.page
    tenant.add({"name": "sales", "fields": [{"name": "month"}, {"name": "amount", "type": "number"}]})
    tenant.insert("sales", [{"month": "Jan", "amount": 3}, {"month": "Feb", "amount": 5}])
    ada.go(f"db/{tenant.database}/charts")
    page.get_by_role("button", name="New chart").click()
    page.get_by_label("Title").fill("Sales by month")
    page.get_by_label("Collection", exact=True).select_option("sales")
    page.get_by_label("Field of the x axis").fill("month")
    page.get_by_label("Fields of the values").fill("amount")
    page.get_by_role("button", name="Create chart").click()
    expect(page.get_by_role("heading", name="Sales by month")).to_be_visible()
    for theme, suffix in (("light", "/image"), ("dark", "/image?theme=dark")):
        page.evaluate("theme => { document.documentElement.dataset.theme = theme }", theme)
        visible = page.locator("figure img:visible")
        expect(visible).to_have_count(1)
        assert str(visible.get_attribute("src")).endswith(suffix)
        width = visible.evaluate("async image => { await image.decode(); return image.naturalWidth }")
        assert width > 0
