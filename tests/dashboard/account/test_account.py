"""The user's own account: profile, password, sessions, export and deletion."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import accounts.services
import catalog.services
import engine
from accounts.models import Membership, Team, User
from tests.dashboard.conftest import PASSWORD, Browser, text_of


def test_names_are_saved_and_shown_as_text(anna: Browser) -> None:
    assert anna.post("account", {"first_name": "<b>A</b>", "last_name": ""}).status_code == 302
    page = anna.get("account").content.decode()
    assert "Profile saved." in page
    assert 'value="&lt;b&gt;A&lt;/b&gt;"' in page
    assert anna.post("account", {"first_name": "x" * 101}).status_code == 400


def test_a_password_change_needs_the_current_one_and_ends_other_sessions(anna: Browser) -> None:
    other = Browser()
    other.sign_in(anna.email)
    wrong = anna.post("account/password", {"current": "no", "password": "another-good-one-7"})
    assert (wrong.status_code, "This is not your password." in text_of(wrong)) == (400, True)
    weak = anna.post("account/password", {"current": PASSWORD, "password": "password"})
    assert (weak.status_code, "too common" in text_of(weak)) == (400, True)
    assert anna.post("account/password", {"current": PASSWORD, "password": "another-good-one-7"}).status_code == 302
    assert anna.get("account").status_code == 200
    assert other.get("account").status_code == 302


def test_password_attempts_are_limited(anna: Browser, settings: Any) -> None:
    settings.SIGN_IN_LIMIT_ACCOUNT = 2
    wrong = {"current": "no", "password": "another-good-one-7"}
    statuses = [anna.post("account/password", wrong).status_code for _ in range(3)]
    deleted = anna.post("account/delete", {"confirmation": anna.email, "password": PASSWORD})
    assert (statuses, deleted.status_code) == ([400, 400, 429], 429)
    assert anna.get("account").status_code == 200


def test_sessions_are_listed_and_ended(anna: Browser) -> None:
    other = Browser()
    other.post("login", {"email": anna.email, "password": PASSWORD}, headers={"User-Agent": "X Firefox/9 Linux"})
    assert "Firefox on Linux" in text_of(anna.get("account"))
    assert anna.post(f"account/sessions/{other.principal.session}/end").status_code == 302
    assert other.get("account").status_code == 302
    other.sign_in(anna.email)
    assert anna.post("account/sessions/end-others").status_code == 302
    assert (other.get("account").status_code, anna.get("account").status_code) == (302, 200)


@pytest.mark.parametrize("session", ["0" * 32, "x", None])
def test_the_session_of_another_user_is_not_found(anna: Browser, ben: Browser, session: str | None) -> None:
    answer = ben.post(f"account/sessions/{session or anna.principal.session}/end")
    assert answer.status_code == 404
    assert anna.get("account").status_code == 200


def test_the_export_contains_all_data_and_no_secret(anna: Browser, films: engine.Database) -> None:
    key = accounts.services.keys.create_key(anna.principal, name="mine")
    answer = anna.get("account/export")
    assert "attachment" in answer.headers["Content-Disposition"]
    export = answer.json()
    assert export["profile"]["email"] == anna.email
    assert [item["name"] for item in export["databases"]] == [films.name]
    assert [item["name"] for item in export["keys"]] == ["mine"]
    assert key.text not in answer.content.decode()


@pytest.mark.usefixtures("quick_drops")
def test_deleting_the_account_deletes_all_it_owns(anna: Browser, ben: Browser, films: engine.Database) -> None:
    confirmed = {"confirmation": anna.email, "password": PASSWORD}
    assert anna.post("account/delete", {**confirmed, "confirmation": "yes"}).status_code == 400
    assert anna.post("account/delete", {**confirmed, "password": "no"}).status_code == 400
    assert films.collection("films").count() == 2
    assert anna.post("account/delete", confirmed).headers["Location"] == "/dashboard/login"
    assert not User.objects.filter(email=anna.email).exists()
    assert films.collection("films").count() == 0
    assert anna.sign_in(anna.email).status_code == 401
    assert ben.get("account").status_code == 200


@pytest.mark.usefixtures("quick_drops")
def test_teams_with_other_members_stay(
    anna: Browser, ben: Browser, films: engine.Database, settings: Any, new_browser: Callable[..., Browser]
) -> None:
    shared = Team.objects.create(name="shared")
    for browser, role in ((anna, "owner"), (ben, "viewer")):
        Membership.objects.create(team=shared, user_id=browser.principal.user_id, role=role)
    confirmed = {"confirmation": anna.email, "password": PASSWORD}
    assert "only owner" in text_of(anna.get("account"))
    assert anna.post("account/delete", confirmed).status_code == 409
    assert films.collection("films").count() == 2  # nothing went
    Membership.objects.filter(team=shared, user_id=ben.principal.user_id).update(role="owner")
    database, _ = catalog.services.creation.create_database(
        accounts.services.principals.principal_of_session(anna.principal.session),
        name="stays",
        collections=[{"name": "a", "fields": [{"name": "b"}]}],
    )
    catalog.services.deletion.Database.objects.filter(public_id=database.id).update(team=shared)
    assert anna.post("account/delete", confirmed).status_code == 302
    row = catalog.services.deletion.Database.objects.get(public_id=database.id)
    assert (row.team_id, row.created_by_id) == (shared.pk, ben.principal.user_id)
