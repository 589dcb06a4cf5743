"""Mail templates in the dashboard: stored, previewed in a sandbox and sent as a test mail; opt-outs."""

from __future__ import annotations

import html
from collections.abc import Callable
from typing import Any

import pytest
from django.core import mail as outbox

import catalog.services
import engine
import features.mail.services
import features.mail.tasks
from accounts.models import User
from accounts.services import principals
from features.mail.stored import Store
from tests.dashboard.conftest import Browser, text_of

WELCOME = {"name": "welcome", "subject": "Hello {{name}}", "html": "<p>Dear {{name}} of {{company.name}}</p>"}
# Valkey counts the mails by the number of a team, and other processes have teams of the same numbers.
UNLIMITED = 1_000_000


@pytest.fixture
def base(films: engine.Database) -> str:
    return f"db/{films.id}/mail"


@pytest.fixture
def welcome(anna: Browser, base: str) -> str:
    """Create a template of Anna and return the address of its page."""
    return anna.post(f"{base}/templates/new", WELCOME).headers["Location"].removeprefix("/dashboard/")


@pytest.fixture
def sent_now(monkeypatch: pytest.MonkeyPatch) -> None:
    """Send mails at once, in this process instead of a worker."""

    def start(database_id: str, ids: list[str]) -> None:
        for mail_id in ids:
            features.mail.services.send(database_id, mail_id)

    monkeypatch.setattr(features.mail.tasks, "start", start)


def store(browser: Browser, database: engine.Database) -> Store:
    return Store(browser.principal, database.id, "dashboard")


def stored(browser: Browser, database: engine.Database) -> list[Any]:
    mails = store(browser, database)
    return [
        [(item.name, item.subject, item.html, item.version) for item in mails.templates()],
        [item["email"] for item in mails.opt_outs()],
        mails.counts(),
    ]


def test_create_edit_and_delete(anna: Browser, films: engine.Database, base: str) -> None:
    assert "No templates yet" in text_of(anna.get(base))
    answer = anna.post(f"{base}/templates/new", WELCOME)
    path = answer.headers["Location"].removeprefix("/dashboard/")
    page = anna.get(path).content.decode()
    assert "&lt;p&gt;Dear {{name}} of {{company.name}}&lt;/p&gt;" in page
    assert "{\n  &quot;name&quot;: &quot;name&quot;,\n  &quot;company&quot;: {\n" in page
    assert anna.post(path, {**WELCOME, "subject": "Hi", "version": "1"}).status_code == 302
    assert stored(anna, films)[0] == [("welcome", "Hi", WELCOME["html"], 2)]
    assert "welcome Hi changed" in text_of(anna.get(base))
    stale = anna.post(path, {**WELCOME, "subject": "Old", "version": "1"})
    assert (stale.status_code, "Another user has changed this template." in text_of(stale)) == (400, True)
    assert 'value="Old"' in stale.content.decode() and 'name="version" value="1"' in stale.content.decode()
    assert anna.post(f"{path}/delete").status_code == 302
    assert stored(anna, films)[0] == []
    assert anna.post(f"{path}/delete").status_code == 404
    assert anna.get(path).status_code == 404


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"name": ""}, "This field is required."),
        ({"name": "x" * 201}, "at most 200 characters"),
        ({"subject": "a\u2028b"}, "Must be one line of text of at most 500 characters."),
        ({"html": "x" * 2_000}, "May have at most 1000 bytes (MAX_MAIL_BYTES)."),
        ({"name": "welcome"}, "Another document already has this value"),
    ],
)
def test_errors_of_a_template(
    anna: Browser, films: engine.Database, base: str, welcome: str, settings: Any, change: dict, message: str
) -> None:
    settings.MAX_MAIL_BYTES = 1000
    before = stored(anna, films)
    answer = anna.post(f"{base}/templates/new", {**WELCOME, "name": "other", **change})
    assert (answer.status_code, message in html.unescape(text_of(answer))) == (400, True)
    assert stored(anna, films) == before


def test_a_preview_runs_no_script_and_loads_nothing(anna: Browser, films: engine.Database, base: str) -> None:
    form_data = {**WELCOME, "values": '{"name": "<b>Ann", "company": {"name": "R&D"}}'}
    answer = anna.post(f"{base}/preview", {**form_data, "html": WELCOME["html"] + "<script>alert(1)</script>"})
    text = " ".join(answer.content.decode().split())
    assert "<p>Dear &lt;b&gt;Ann of R&amp;D</p>" in text
    assert "Subject: <strong>Hello &lt;b&gt;Ann</strong>" in text
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("sandbox; default-src 'none';") and "script-src" not in policy
    assert "frame-ancestors 'self'" in policy
    assert answer.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert stored(anna, films) == [[], [], {}]


@pytest.mark.parametrize("values", ["[]", "{", "1", '{"a": 1, "a": 2'])
def test_sample_values_must_be_an_object(anna: Browser, base: str, values: str) -> None:
    answer = anna.post(f"{base}/preview", {**WELCOME, "values": values})
    assert (answer.status_code, "Sample values: Must be a JSON object." in text_of(answer)) == (200, True)


def test_a_preview_that_is_too_large(anna: Browser, base: str, settings: Any) -> None:
    settings.MAX_MAIL_BYTES = 100
    values = '{"name": "' + "x" * 50 + '"}'
    answer = anna.post(f"{base}/preview", {"subject": "", "html": "{{name}}" * 10, "values": values})
    assert "The template gives more than 100 bytes." in text_of(answer)


@pytest.mark.usefixtures("sent_now")
def test_a_test_mail_goes_only_to_its_sender(
    anna: Browser, films: engine.Database, base: str, welcome: str, settings: Any
) -> None:
    settings.MAILS_PER_HOUR = UNLIMITED
    form_data = {**WELCOME, "template": welcome.rsplit("/", 1)[1], "version": "1", "to": "victim@example.com"}
    answer = anna.post(f"{base}/test", {**form_data, "values": '{"name": "Ann"}'})
    assert f"Test mail to {anna.email} queued." in text_of(answer)
    (mail,) = outbox.outbox
    assert (mail.to, mail.subject) == ([anna.email], "Hello Ann")
    assert stored(anna, films)[2] == {"sent": 1}
    page = text_of(anna.get(base))
    assert "1 sent" in page and f"{anna.email} Hello Ann" in page


@pytest.mark.usefixtures("sent_now")
@pytest.mark.parametrize(
    ("form_data", "per_hour", "verified", "status"),
    [
        ({"values": "nothing"}, UNLIMITED, True, 400),
        ({"html": "{{a}}" * 400, "values": '{"a": "xxxxx"}'}, UNLIMITED, True, 400),
        ({}, 0, True, 429),
        ({}, UNLIMITED, False, 403),
    ],
)
def test_refused_test_mails(
    anna: Browser,
    films: engine.Database,
    base: str,
    settings: Any,
    form_data: dict,
    per_hour: int,
    verified: bool,
    status: int,
) -> None:
    settings.MAILS_PER_HOUR, settings.MAX_MAIL_BYTES = per_hour, 1_000
    if not verified:
        User.objects.filter(email=anna.email).update(email_verified_at=None)
        principals.invalidate_all()
    assert anna.post(f"{base}/test", WELCOME | form_data).status_code == status
    assert (outbox.outbox, stored(anna, films)[2]) == ([], {})


def test_opt_outs(anna: Browser, films: engine.Database, base: str) -> None:
    for odd in ("", "nobody", "a@b\r\nTo: c@d"):
        answer = anna.post(f"{base}/opt-outs", {"email": odd})
        assert (answer.status_code, "Must be one e-mail address." in text_of(answer)) == (400, True)
    assert anna.post(f"{base}/opt-outs", {"email": " joe@example.com "}).status_code == 302
    assert stored(anna, films)[1] == ["joe@example.com"]
    (opt_out,) = store(anna, films).opt_outs()
    assert "Remove joe@example.com" in text_of(anna.get(base))
    assert anna.post(f"{base}/opt-outs/{opt_out['id']}/remove").status_code == 302
    assert anna.post(f"{base}/opt-outs/{opt_out['id']}/remove").status_code == 404
    assert stored(anna, films)[1] == []


@pytest.mark.parametrize(("role", "may"), [("editor", True), ("viewer", False)])
def test_roles(
    anna: Browser,
    new_team_member: Callable[[str], Browser],
    films: engine.Database,
    base: str,
    welcome: str,
    role: str,
    may: bool,
) -> None:
    store(anna, films).add_opt_out("joe@example.com")
    (opt_out,) = store(anna, films).opt_outs()
    before, guest = stored(anna, films), new_team_member(role)
    assert (guest.get(base).status_code, guest.get(welcome).status_code) == (200, 200)
    assert ("Delete template" in text_of(guest.get(welcome))) == may
    posts = {
        f"{base}/templates/new": {**WELCOME, "name": "second"},
        welcome: {**WELCOME, "version": "1"},
        f"{base}/opt-outs/{opt_out['id']}/remove": {},
        f"{welcome}/delete": {},
    }
    for path, data in posts.items():
        assert guest.post(path, data).status_code == (302 if may else 403), path
    if not may:
        assert guest.post(f"{base}/test", WELCOME).status_code == 403
        assert guest.post(f"{base}/opt-outs", {"email": "a@example.com"}).status_code == 403
        assert stored(anna, films) == before


def test_a_template_of_another_database_is_not_found(anna: Browser, ben: Browser, films: Any, welcome: str) -> None:
    other, _ = catalog.services.creation.create_database(
        ben.principal, name="other", collections=[{"name": "a", "fields": [{"name": "a"}]}]
    )
    before, path = stored(anna, films), f"db/{other.id}/mail/templates/{welcome.rsplit('/', 1)[1]}"
    assert ben.post(f"db/{other.id}/mail/templates/new", WELCOME).status_code == 302
    for answer in (ben.get(path), ben.post(path, WELCOME), ben.post(f"{path}/delete")):
        assert answer.status_code == 404
    assert stored(anna, films) == before
