"""What the services promise, in this process; what many callers at once see is at the end, over HTTP."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from django.core import mail
from django.utils import timezone

from accounts import services, tasks
from accounts.models import ApiKey, Membership, OneTimeToken, Session, Team, User
from accounts.services import one_time, principals
from engine import Action, Forbidden, Invalid, NotFound, TooLarge, Unauthenticated

pytestmark = pytest.mark.django_db
PASSWORD = "a-strong-and-secure-password"
NEW_PASSWORD = "another-strong-password"
BASE = "60c72b2f9b1d8b1a2d3e4567"
OTHER_BASE = "60c72b2f9b1d8b1a2d3e4568"


def queued(callbacks: list[Any]) -> list[tuple[Any, ...]]:
    """The tasks that would be sent after the commit."""
    return [callback.args for callback in callbacks]


def token_in_mail(path: str) -> str:
    (found,) = re.findall(rf"^http://\S+{path}(\S+)$", mail.outbox[-1].body, re.MULTILINE)
    return found


# --- registration ----------------------------------------------------------------------------------


def test_registering_makes_user_and_team_and_queues_a_mail(django_capture_on_commit_callbacks) -> None:
    with django_capture_on_commit_callbacks() as callbacks:
        services.register(" Anna@Example.COM ", password=PASSWORD, first_name="Anna", last_name="Dev")
    user = User.objects.get(email="anna@example.com")
    membership = Membership.objects.get(user=user)
    assert (membership.role, membership.team.personal) == ("owner", True)
    assert user.password.startswith("argon2$")
    assert queued(callbacks) == [("send_verification", user.pk)]
    assert not OneTimeToken.objects.exists(), "the token is made by the task that sends it"


def test_a_known_address_changes_nothing_and_tells_its_owner(
    anna, rows, django_capture_on_commit_callbacks
) -> None:
    before = rows()
    with django_capture_on_commit_callbacks() as callbacks:
        services.register(anna.email.upper(), password=NEW_PASSWORD, first_name="M", last_name="M")
    assert rows() == before
    assert queued(callbacks) == [("send_already_registered", anna.id)]
    tasks.send_already_registered(anna.id)
    assert mail.outbox[0].to == [anna.email]
    assert mail.outbox[0].subject == "You already have an account"


def test_a_weak_password_registers_nobody() -> None:
    with pytest.raises(Invalid) as caught:
        services.register("a@example.com", password="short", first_name="A", last_name="B")
    assert [fault.field for fault in caught.value.errors] == ["password"]
    assert not User.objects.exists() and not Team.objects.exists()


# --- one-time tokens -------------------------------------------------------------------------------


def test_a_mailed_token_verifies_once(anna, settings) -> None:
    settings.BASE_URL = "https://cube.example"
    tasks.send_verification(anna.id)
    sent = mail.outbox[0]
    assert (sent.to, sent.subject) == ([anna.email], "Verify your e-mail address")
    assert sent.body.isascii() and "Alex" not in sent.body
    (token,) = re.findall(r"^https://cube\.example/core/verify-email/(\S{43})$", sent.body, re.MULTILINE)
    assert token not in str(OneTimeToken.objects.values_list())
    assert not anna.principal.verified
    services.verify_email(token)
    assert anna.principal.verified, "at once, in this process"
    assert services.profile(anna.id).email_verified
    with pytest.raises(Invalid, match=r"^This link is invalid or has expired\.$"):
        services.verify_email(token)


@pytest.mark.parametrize("token", ["", "nonsense", "\0", "x" * 10_000])
def test_an_unknown_token_verifies_nobody(anna, token: str, rows) -> None:
    before = rows()
    with pytest.raises(Invalid):
        services.verify_email(token)
    assert rows() == before


def test_a_token_has_one_purpose(anna) -> None:
    tasks.send_password_reset(anna.id)
    reset = token_in_mail("/core/password-reset/confirm/")
    tasks.send_verification(anna.id)
    verify = token_in_mail("/core/verify-email/")
    with pytest.raises(Invalid):
        services.verify_email(reset)
    with pytest.raises(Invalid):
        services.confirm_password_reset(verify, password=NEW_PASSWORD)
    assert not services.profile(anna.id).email_verified


def test_a_token_expires(anna) -> None:
    tasks.send_verification(anna.id)
    OneTimeToken.objects.update(expires_at=timezone.now())
    with pytest.raises(Invalid):
        services.verify_email(token_in_mail("/core/verify-email/"))


def test_another_mail_is_for_those_who_need_it(anna, django_capture_on_commit_callbacks) -> None:
    with django_capture_on_commit_callbacks() as callbacks:
        services.resend_verification(anna.id)
    assert queued(callbacks) == [("send_verification", anna.id)]
    User.objects.filter(pk=anna.id).update(email_verified_at=timezone.now())
    with pytest.raises(Invalid, match=r"^Your email is already verified\.$"):
        services.resend_verification(anna.id)
    tasks.send_verification(anna.id)
    assert mail.outbox == []


def test_tasks_for_nobody_do_nothing() -> None:
    for task in (tasks.send_verification, tasks.send_already_registered, tasks.send_password_reset):
        task(0)
    tasks.send_password_changed(0)
    assert mail.outbox == []


def test_old_tokens_and_sessions_are_forgotten(anna, ben) -> None:
    tasks.send_verification(anna.id)
    tasks.send_verification(ben.id)
    old = timezone.now() - timedelta(days=2)
    OneTimeToken.objects.filter(user_id=anna.id).update(expires_at=old)
    Session.objects.filter(user_id=anna.id).update(expires_at=old)
    tasks.forget_expired()
    assert [token.user_id for token in OneTimeToken.objects.all()] == [ben.id]
    assert [session.user_id for session in Session.objects.all()] == [ben.id]


# --- sessions --------------------------------------------------------------------------------------


@pytest.mark.parametrize("password", ["wrong", "", PASSWORD + " ", "\0"])
def test_a_wrong_password_begins_nothing(anna, rows, password: str) -> None:
    before = rows()
    with pytest.raises(Unauthenticated, match=r"^Invalid credentials$"):
        services.log_in(anna.email, password=password)
    assert rows() == before


@pytest.mark.parametrize("email", ["nobody@example.com", "", "\0", "x" * 10_000])
def test_an_unknown_user_is_answered_alike_after_one_hash(db, email: str, monkeypatch) -> None:
    hashes = []
    encode = "django.contrib.auth.hashers.Argon2PasswordHasher.encode"
    monkeypatch.setattr(encode, lambda *args, **kwargs: hashes.append(1) or "argon2$x")
    with pytest.raises(Unauthenticated, match=r"^Invalid credentials$"):
        services.log_in(email, password=PASSWORD)
    assert hashes == [1]


def test_refreshing_rotates(anna) -> None:
    pair = services.refresh(anna.refresh)
    assert pair.refresh != anna.refresh
    assert services.principal_of_token(pair.access).user_id == anna.id
    assert services.refresh(pair.refresh)


def test_a_replayed_refresh_token_ends_its_family_and_no_other(anna, ben) -> None:
    elsewhere = services.log_in(anna.email, password=PASSWORD)
    pair = services.refresh(anna.refresh)
    assert services.principal_of_token(pair.access)
    with pytest.raises(Unauthenticated):
        services.refresh(anna.refresh)
    for dead in (anna.access, pair.access):
        with pytest.raises(Unauthenticated):
            services.principal_of_token(dead)
    with pytest.raises(Unauthenticated):
        services.refresh(pair.refresh)
    assert services.principal_of_token(elsewhere.access)
    assert services.principal_of_token(ben.access)


def test_logging_out_ends_this_session_alone(anna) -> None:
    elsewhere = services.log_in(anna.email, password=PASSWORD)
    assert anna.principal
    services.log_out(anna.refresh)
    services.log_out(anna.refresh)
    with pytest.raises(Unauthenticated):
        services.principal_of_token(anna.access)
    with pytest.raises(Unauthenticated):
        services.refresh(anna.refresh)
    services.log_out(principal=services.principal_of_token(elsewhere.access))
    with pytest.raises(Unauthenticated):
        services.principal_of_token(elsewhere.access)


def test_an_expired_session_is_over(anna) -> None:
    Session.objects.update(expires_at=timezone.now())
    with pytest.raises(Unauthenticated):
        services.principal_of_token(anna.access)
    with pytest.raises(Unauthenticated):
        services.refresh(anna.refresh)


def test_deactivation_ends_everything_at_once(anna, ben) -> None:
    key = services.create_key(anna.principal, name="k")
    assert services.principal_of_key(key.text)
    services.deactivate(anna.id)
    for attempt in (
        lambda: services.principal_of_token(anna.access),
        lambda: services.principal_of_key(key.text),
        lambda: services.refresh(anna.refresh),
        lambda: services.log_in(anna.email, password=PASSWORD),
    ):
        with pytest.raises(Unauthenticated):
            attempt()
    assert ben.principal
    with pytest.raises(NotFound):
        services.deactivate(0)


def test_a_remembered_token_costs_no_sql(anna, django_assert_num_queries) -> None:
    assert anna.principal
    with django_assert_num_queries(0):
        assert anna.principal.user_id == anna.id


# --- forgotten passwords ---------------------------------------------------------------------------


def test_a_reset_is_asked_for_alike_by_everybody(anna, django_capture_on_commit_callbacks) -> None:
    with django_capture_on_commit_callbacks() as callbacks:
        services.request_password_reset(anna.email.upper())
        services.request_password_reset("nobody@example.com")
    assert queued(callbacks) == [("send_password_reset", anna.id), ("send_password_reset", 0)]


def test_a_reset_changes_the_password_and_ends_every_session(anna, ben) -> None:
    assert anna.principal
    tasks.send_password_reset(anna.id)
    first = token_in_mail("/core/password-reset/confirm/")
    tasks.send_password_reset(anna.id)
    second = token_in_mail("/core/password-reset/confirm/")
    services.confirm_password_reset(second, password=NEW_PASSWORD)
    for attempt in (
        lambda: services.principal_of_token(anna.access),
        lambda: services.refresh(anna.refresh),
        lambda: services.log_in(anna.email, password=PASSWORD),
    ):
        with pytest.raises(Unauthenticated):
            attempt()
    for used_up in (first, second):
        with pytest.raises(Invalid):
            services.confirm_password_reset(used_up, password=PASSWORD)
    assert services.log_in(anna.email, password=NEW_PASSWORD)
    assert ben.principal
    tasks.send_password_changed(anna.id)
    assert mail.outbox[-1].subject == "Your password was changed"


def test_a_weak_new_password_leaves_the_token_good(anna) -> None:
    tasks.send_password_reset(anna.id)
    token = token_in_mail("/core/password-reset/confirm/")
    with pytest.raises(Invalid) as caught:
        services.confirm_password_reset(token, password="password")
    assert [fault.field for fault in caught.value.errors] == ["password"]
    services.confirm_password_reset(token, password=NEW_PASSWORD)


@pytest.mark.parametrize("verified_before", [True, False])
def test_keys_from_before_the_address_was_proved_die_with_a_reset(anna, verified_before: bool) -> None:
    """Whoever registers somebody else's address must not keep a key when the owner comes."""
    if verified_before:
        User.objects.filter(pk=anna.id).update(email_verified_at=timezone.now())
    key = services.create_key(anna.principal, name="k")
    services.confirm_password_reset(
        one_time.make(User.objects.get(pk=anna.id), purpose="reset"), password=NEW_PASSWORD
    )
    assert services.profile(anna.id).email_verified
    if verified_before:
        assert services.principal_of_key(key.text)
    else:
        with pytest.raises(Unauthenticated):
            services.principal_of_key(key.text)


# --- keys ------------------------------------------------------------------------------------------


def test_a_new_key_acts_on_documents_everywhere(anna) -> None:
    key = services.create_key(anna.principal, name="k")
    assert key.actions == ("read", "insert", "write", "delete")
    assert key.databases is None and key.expires_at is None
    found = services.principal_of_key(key.text)
    assert found.actions(team_id=anna.principal.home_team, database_id=BASE) == {
        Action.READ,
        Action.INSERT,
        Action.WRITE,
        Action.DELETE,
    }
    assert not found.may_create_databases()
    stored = str(ApiKey.objects.values_list())
    assert key.text not in stored and key.text.split("_")[2] not in stored
    assert [listed.text for listed in services.list_keys(anna.principal)] == [None]


def test_a_key_is_bound_to_what_it_names(anna) -> None:
    key = services.create_key(anna.principal, name="k", databases=[BASE.upper(), BASE], actions=["own", "read"])
    assert (key.databases, key.actions) == ((BASE,), ("read", "own"))
    found = services.principal_of_key(key.text)
    team = anna.principal.home_team
    assert found.actions(team_id=team, database_id=BASE) == {Action.READ, Action.OWN}
    assert found.actions(team_id=team, database_id=OTHER_BASE) == frozenset()
    assert found.actions(team_id=team + 1, database_id=BASE) == frozenset()


@pytest.mark.parametrize(
    ("scope", "field"),
    [
        ({"databases": []}, "databases"),
        ({"databases": ["x"]}, "databases"),
        ({"databases": [BASE, BASE + "0"]}, "databases"),
        ({"actions": []}, "actions"),
        ({"actions": ["read", "rule"]}, "actions"),
        ({"expires_at": timezone.now()}, "expires_at"),
    ],
)
def test_a_scope_says_something(anna, scope: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as caught:
        services.create_key(anna.principal, name="k", **scope)
    assert [fault.field for fault in caught.value.errors] == [field]
    assert not ApiKey.objects.exists()


def test_a_key_expires_even_while_remembered(anna, monkeypatch) -> None:
    soon = timezone.now() + timedelta(hours=1)
    key = services.create_key(anna.principal, name="k", expires_at=soon)
    assert services.principal_of_key(key.text)
    monkeypatch.setattr(principals.timezone, "now", lambda: soon)
    with pytest.raises(Unauthenticated, match=r"^Invalid API Key\.$"):
        services.principal_of_key(key.text)


def test_a_revoked_key_is_dead_at_once_here(anna) -> None:
    key = services.create_key(anna.principal, name="k")
    assert services.principal_of_key(key.text)
    services.revoke_key(anna.principal, key_id=str(key.id))
    with pytest.raises(Unauthenticated, match=r"^Invalid API Key\.$"):
        services.principal_of_key(key.text)
    assert services.list_keys(anna.principal) == []
    with pytest.raises(NotFound):
        services.revoke_key(anna.principal, key_id=str(key.id))


def test_a_key_with_the_right_public_id_and_another_secret_is_refused(anna) -> None:
    key = services.create_key(anna.principal, name="k")
    ApiKey.objects.update(digest="0" * 64)
    with pytest.raises(Unauthenticated, match=r"^Invalid API Key\.$"):
        services.principal_of_key(key.text)


def test_a_key_dies_when_its_maker_leaves_the_team(anna) -> None:
    key = services.create_key(anna.principal, name="k")
    Membership.objects.filter(user_id=anna.id).update(role="viewer")
    principals.forget_all()
    found = services.principal_of_key(key.text)
    assert found.actions(team_id=found.home_team, database_id=BASE) == {Action.READ}
    Membership.objects.filter(user_id=anna.id).delete()
    principals.forget_all()
    with pytest.raises(Unauthenticated):
        services.principal_of_key(key.text)


def test_use_is_noted_at_most_once_a_minute(anna, django_assert_num_queries) -> None:
    key = services.create_key(anna.principal, name="k")
    assert services.principal_of_key(key.text)
    first = ApiKey.objects.get().last_used_at
    assert first is not None
    with django_assert_num_queries(0):
        services.principal_of_key(key.text)
    principals.forget_all()
    services.principal_of_key(key.text)
    assert ApiKey.objects.get().last_used_at == first
    ApiKey.objects.update(last_used_at=first - timedelta(minutes=2))
    principals.forget_all()
    services.principal_of_key(key.text)
    assert ApiKey.objects.get().last_used_at >= first


def test_a_garbled_key_costs_no_sql(db, django_assert_num_queries) -> None:
    with django_assert_num_queries(0), pytest.raises(Unauthenticated):
        services.principal_of_key("dc_00000000_00000000000000000000000000000000_000000")


def test_a_team_has_room_for_so_many_keys(anna, ben, settings) -> None:
    settings.MAX_KEYS = 1
    key = services.create_key(anna.principal, name="k")
    with pytest.raises(TooLarge, match=r"has 1 keys, and 1 is the most \(MAX_KEYS\)"):
        services.create_key(anna.principal, name="k")
    services.create_key(ben.principal, name="k")
    services.revoke_key(anna.principal, key_id=str(key.id))
    services.create_key(anna.principal, name="k")


@pytest.mark.parametrize("actions", [None, ["read"], ["design"]])
def test_a_key_without_own_manages_no_keys(anna, rows, actions: list[str] | None) -> None:
    other = services.create_key(anna.principal, name="other")
    key = services.create_key(anna.principal, name="k", actions=actions)
    acting = services.principal_of_key(key.text)
    before = rows()
    for attempt in (
        lambda: services.list_keys(acting),
        lambda: services.create_key(acting, name="x", actions=["read"]),
        lambda: services.revoke_key(acting, key_id=str(other.id)),
    ):
        with pytest.raises(Forbidden):
            attempt()
    assert rows() == before


@pytest.mark.parametrize(
    "wanted",
    [
        {"actions": ["read", "write"], "databases": [BASE]},
        {"actions": ["read"]},
        {"actions": ["read"], "databases": [BASE, OTHER_BASE]},
        {"databases": [BASE]},
    ],
)
def test_a_key_gives_no_more_than_it_has(anna, rows, wanted: dict[str, Any]) -> None:
    key = services.create_key(anna.principal, name="k", actions=["read", "own"], databases=[BASE])
    acting = services.principal_of_key(key.text)
    before = rows()
    with pytest.raises(Forbidden, match=r"^A key cannot give more than it has itself\.$"):
        services.create_key(acting, name="x", **wanted)
    assert rows() == before


def test_a_key_gives_what_it_has(anna) -> None:
    until = timezone.now() + timedelta(hours=1)
    key = services.create_key(
        anna.principal, name="k", actions=["read", "own"], databases=[BASE, OTHER_BASE], expires_at=until
    )
    acting = services.principal_of_key(key.text)
    given = services.create_key(acting, name="x", actions=["read"], databases=[BASE])
    assert given.expires_at == until, "no longer than its giver"
    with pytest.raises(Forbidden):
        services.create_key(
            acting, name="x", actions=["read"], databases=[BASE], expires_at=until + timedelta(hours=1)
        )


def test_a_key_sees_and_revokes_none_that_has_more(anna) -> None:
    broad = services.create_key(anna.principal, name="broad")
    key = services.create_key(anna.principal, name="k", actions=["read", "own"], databases=[BASE])
    narrow = services.create_key(anna.principal, name="narrow", actions=["read"], databases=[BASE])
    acting = services.principal_of_key(key.text)
    assert [listed.name for listed in services.list_keys(acting)] == ["narrow", "k"]
    with pytest.raises(NotFound):
        services.revoke_key(acting, key_id=str(broad.id))
    services.revoke_key(acting, key_id=str(narrow.id))
    assert services.principal_of_key(broad.text)


@pytest.mark.parametrize("key_id", ["0", "-1", "x", "", "9" * 30, "1.0", "\0", "١"])
def test_an_odd_key_id_is_not_found(anna, key_id: str) -> None:
    with pytest.raises(NotFound):
        services.revoke_key(anna.principal, key_id=key_id)


def test_another_teams_key_is_not_found(anna, ben, rows) -> None:
    key = services.create_key(anna.principal, name="k")
    assert services.list_keys(ben.principal) == []
    before = rows()
    with pytest.raises(NotFound):
        services.revoke_key(ben.principal, key_id=str(key.id))
    assert rows() == before


# --- profiles --------------------------------------------------------------------------------------


def test_a_profile_changes_where_it_is_told_to(anna) -> None:
    assert services.update_profile(anna.id, first_name="Anna").first_name == "Anna"
    changed = services.update_profile(anna.id, last_name="Test")
    assert (changed.first_name, changed.last_name) == ("Anna", "Test")
    assert services.update_profile(anna.id) == changed
    with pytest.raises(NotFound):
        services.profile(0)


# --- many at once, over HTTP -----------------------------------------------------------------------


def at_once(count: int, call: Any) -> list[Any]:
    """What `count` threads get that call at the same moment."""
    start = Barrier(count)

    def run(_: int) -> Any:
        start.wait()
        return call()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))


def test_sixteen_refreshes_of_one_token_succeed_once(http, stranger) -> None:
    def refresh() -> Any:
        return http.post("/core/token/refresh", json={"refresh": stranger.refresh})

    answers = at_once(16, refresh)
    assert sorted(answer.status_code for answer in answers) == [200] + [401] * 15
    (winner,) = [answer.json() for answer in answers if answer.status_code == 200]
    again = http.post("/core/token/refresh", json={"refresh": winner["refresh"]})
    assert again.status_code == 401, "the replays ended the family"


def test_sixteen_uses_of_one_link_succeed_once(http, stranger, mailed) -> None:
    path = f"/core/verify-email/{mailed(stranger.email, '/core/verify-email/')}"
    answers = at_once(16, lambda: http.get(path))
    assert sorted(answer.status_code for answer in answers) == [200] + [400] * 15
    profile = http.get("/core/profile", headers={"Authorization": stranger.bearer})
    assert profile.json()["email_verified"] is True


def test_sixteen_registrations_of_one_address_make_one_user(http, fresh_email) -> None:
    email = fresh_email()

    def register() -> Any:
        body = {"email": email, "firstName": "A", "lastName": "B", "password": PASSWORD}
        return http.post("/core/register", json=body)

    answers = at_once(8, register)
    assert {(answer.status_code, answer.text) for answer in answers} == {(201, answers[0].text)}
    assert http.post("/core/login", json={"email": email, "password": PASSWORD}).status_code == 200
