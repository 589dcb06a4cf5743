"""What is recorded about keys, people and teams."""

from __future__ import annotations

from datetime import timedelta

import pytest

from accounts import services
from accounts.models import Membership, Team, User
from accounts.services import one_time_tokens, principals
from accounts.services.account_deletion import delete_account
from accounts.services.bearer import session_tokens
from accounts.services.known_clients import UNKNOWN
from accounts.services.managing.changes import change_key
from accounts.services.managing.rotation import rotate_key
from accounts.services.names import teams as named_teams
from accounts.services.quotas.team_limits import set_limits
from accounts.services.second_factor import enrolment
from audit.models import AuditEntry
from engine import Conflict, Invalid
from tests.accounts.conftest import PASSWORD
from tests.accounts.second_factors import app_code, enable, forget_steps

pytestmark = pytest.mark.django_db


def entries(beginning: str) -> list[AuditEntry]:
    return [*AuditEntry.objects.filter(action__startswith=f"{beginning}.").order_by("pk")]


def actions(beginning: str) -> list[str]:
    return [entry.action for entry in entries(beginning)]


def in_crew(person, role: str = "owner") -> tuple[principals.AccountPrincipal, int]:
    """Return a person as a member of a new team, and the team's id."""
    team = Team.objects.create(name="crew")
    Membership.objects.create(team=team, user_id=person.id, role=role)
    return principals.with_current_teams(person.principal), team.pk


def test_each_change_of_a_key_is_recorded(anna) -> None:
    key = services.keys.create_key(anna.principal, name="loader")
    change_key(anna.principal, key_id=str(key.id), changes={"name": "reader"})
    rotate_key(anna.principal, key_id=str(key.id), overlap=timedelta())
    services.keys.revoke_key(anna.principal, key_id=str(key.id))
    recorded = [(entry.action, entry.detail["name"]) for entry in entries("key")]
    assert recorded == [
        *(("key.create", "loader"), ("key.change", "reader")),
        *(("key.rotate", "reader"), ("key.revoke", "reader")),
    ]
    origins = {(entry.actor, entry.team_id, entry.target) for entry in entries("key")}
    assert origins == {(f"u{anna.id}", anna.principal.home_team, f"k{key.id}")}


def test_a_refused_rotation_is_not_recorded(anna) -> None:
    key = services.keys.create_key(anna.principal, name="loader")
    rotate_key(anna.principal, key_id=str(key.id), overlap=timedelta(days=1))
    with pytest.raises(Conflict):
        rotate_key(anna.principal, key_id=str(key.id), overlap=timedelta(days=1))
    assert actions("key") == ["key.create", "key.rotate"]


def test_a_sign_in_is_recorded_after_the_second_step(anna) -> None:
    enable(anna.principal, PASSWORD)
    AuditEntry.objects.all().delete()
    challenge = services.sessions.log_in(anna.email, password=PASSWORD)
    assert actions("session") == []
    code = app_code(anna.id)
    services.sessions.log_in_with_code(challenge.token, code=code)
    forget_steps(anna.id)
    services.sessions.open_browser_with_code(challenge.token, code=code, client=UNKNOWN)
    forget_steps(anna.id)
    session_tokens.log_in_with_code(challenge.token, code=code)
    assert [entry.detail["kind"] for entry in entries("session")] == ["token", "browser", "session token"]
    assert {entry.team_id for entry in entries("session")} == {anna.principal.home_team}


def test_a_second_factor_is_recorded(anna) -> None:
    codes = enable(anna.principal, PASSWORD)
    new = enrolment.renew_recovery_codes(anna.principal, password=PASSWORD, code=codes[0])
    enrolment.disable(anna.principal, password=PASSWORD, code=new[0])
    enable(anna.principal, PASSWORD)
    assert enrolment.remove_by_email(anna.email)
    assert not enrolment.remove_by_email(anna.email)
    assert actions("second_factor") == [
        *("second_factor.enable", "second_factor.renew", "second_factor.disable"),
        *("second_factor.enable", "second_factor.disable"),
    ]
    assert [entry.actor for entry in entries("second_factor")] == [f"u{anna.id}"] * 4 + ["operator"]


def test_a_reclaimed_account_is_recorded(anna) -> None:
    User.objects.filter(pk=anna.id).update(email_verified_at=None)
    names = {"first_name": "", "last_name": "", "create": False}
    services.people.user_of_verified_email(anna.email, **names)
    services.people.user_of_verified_email(anna.email, **names)
    assert actions("user") == ["user.reclaim"]


def test_changes_of_a_team_are_recorded(anna, ben) -> None:
    caller, team = in_crew(anna)
    named_teams.change(caller, team, name="staff")
    set_limits(team, {"keys": 7})
    set_limits(team, {})
    Membership.objects.create(team_id=team, user_id=ben.id, role="viewer")
    services.teams.change_role(caller, team, user_id=ben.id, role="editor")
    services.teams.remove_member(caller, team, user_id=ben.id)
    named_teams.delete(caller, team)
    recorded = [(entry.action, entry.target) for entry in AuditEntry.objects.filter(team_id=team).order_by("pk")]
    assert recorded == [
        *(("team.change", "staff"), ("team.limits", "")),
        *(("member.change", f"u{ben.id}"), ("member.remove", f"u{ben.id}"), ("team.delete", "staff")),
    ]
    assert AuditEntry.objects.get(action="team.limits").detail == {"keys": 7}


def test_who_deletes_an_account_leaves_the_teams(anna, ben) -> None:
    caller, team = in_crew(anna)
    Membership.objects.create(team_id=team, user_id=ben.id, role="owner")
    delete_account(caller)
    assert AuditEntry.objects.get(team_id=team, action="member.remove").target == f"u{anna.id}"


def test_each_change_of_a_password_is_recorded(anna) -> None:
    team = anna.principal.home_team
    services.passwords.change_password(anna.principal, current=PASSWORD, password="another-strong-password")
    services.passwords.set_password(anna.id, PASSWORD)
    token = one_time_tokens.make(User.objects.get(pk=anna.id), purpose="reset")
    services.passwords.confirm_password_reset(token, password="another-strong-password")
    recorded = [(entry.action, entry.actor, entry.detail["kind"]) for entry in entries("password")]
    assert recorded == [
        ("password.change", f"u{anna.id}", "change"),
        ("password.change", "operator", "set"),
        ("password.change", f"u{anna.id}", "reset"),
    ]
    assert {entry.team_id for entry in entries("password")} == {team}


def test_a_refused_change_of_a_password_is_not_recorded(anna) -> None:
    with pytest.raises(Invalid):
        services.passwords.change_password(anna.principal, current="wrong", password="another-strong-password")
    assert actions("password") == []
