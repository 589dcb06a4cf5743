"""Users: registration, verification and profiles."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.hashers import make_password
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from accounts.after_commit import after_commit
from accounts.models import ApiKey, Membership, OneTimeToken, Team, User
from accounts.principal import AccountPrincipal, PersonPrincipal
from accounts.services import one_time_tokens, principals
from accounts.services.names import usernames
from accounts.services.passwords import hash_password, revoke_unproved
from audit import services as audit
from engine import Conflict, Forbidden, Invalid, NotFound
from engine.suspension import blocking


@dataclass(frozen=True)
class Profile:
    """A user's own profile."""

    id: int
    email: str
    first_name: str
    last_name: str
    email_verified: bool
    is_admin: bool
    created_at: datetime
    username: str = ""
    is_active: bool = True


def register(
    email: str, *, password: str, first_name: str = "", last_name: str = "", username: str | None = None
) -> int | None:
    """Create a user with a personal team, queue the verification mail and return the user's id.

    For a registered address it changes nothing, queues a mail to its owner and returns None; callers must not let
    the difference show. Raises `Invalid` for a weak password and a malformed username, `Conflict` for a username
    that is taken.
    """
    name = None if username is None else usernames.normal(username)
    stored = hash_password(password)
    address = User.objects.normal(email)
    if name is not None:
        usernames.check_free(name)
    try:
        with transaction.atomic():
            user = make_user(address, stored=stored, first_name=first_name, last_name=last_name, username=name)
            after_commit("send_verification", user.pk)
            return user.pk
    except IntegrityError:
        _notify_owner(address)
        if name is not None:
            usernames.reserve(name)
    return None


def make_user(
    email: str,
    *,
    stored: str,
    first_name: str,
    last_name: str,
    is_admin: bool = False,
    username: str | None = None,
) -> User:
    """Create a user with a personal team; without a username with one of the address. Call it in a transaction.

    Raises `IntegrityError` for a registered address, and `Conflict` for a username that is taken.
    """
    names = usernames.candidates(email) if username is None else iter([username])
    columns = {"password": stored, "first_name": first_name, "last_name": last_name, "is_admin": is_admin}
    user = _create_user(email, names, columns)
    title = f"{first_name} {last_name}".strip() or (email if username is None else username)
    team = Team.objects.create(name=title, personal=True)
    Membership.objects.create(team=team, user=user, role=Membership.Role.OWNER)
    return user


def _create_user(email: str, names: Iterator[str], columns: Mapping[str, Any]) -> User:
    """Create a user with the first of some usernames that nobody has."""
    for name in names:
        try:
            with transaction.atomic():
                return User.objects.create(email=email, username=name, **columns)
        except IntegrityError:
            if User.objects.filter(email=email).exists():
                raise
    raise Conflict(usernames.TAKEN)


def _notify_owner(address: str) -> None:
    """Queue the mail to a registered address. A write without a change makes it cost one commit, as a new one."""
    with transaction.atomic():
        User.objects.filter(email=address).update(email=F("email"))
        after_commit("send_already_registered", User.objects.values_list("pk", flat=True).get(email=address))


def create_verified(
    email: str, *, password: str, first_name: str = "", last_name: str = "", is_admin: bool = False
) -> Profile:
    """Create a user whose address counts as verified, without a mail, for the operator of the installation.

    Raises `Invalid` for a malformed address and a weak password, `Conflict` for a registered address.
    """
    address = User.objects.checked(email)
    stored = hash_password(password)
    try:
        with transaction.atomic():
            user = make_user(address, stored=stored, first_name=first_name, last_name=last_name, is_admin=is_admin)
            User.objects.filter(pk=user.pk).update(email_verified_at=timezone.now())
    except IntegrityError as error:
        raise Conflict(f"There is a user {address} already.") from error
    return profile(user.pk)


def list_people() -> list[Profile]:
    """List all users of the installation, for its operator."""
    return [_profile(user) for user in User.objects.order_by("pk")]


def id_of(email: str) -> int:
    """Return the id of the user with an address. Raises `NotFound`."""
    user = User.objects.by_email(email)
    if user is None:
        raise NotFound(f"There is no user {User.objects.normal(email)}.")
    return user.pk


def verify_email(token: str) -> None:
    """Verify an address with a mailed token. Raises `Invalid` if it is unknown, used or expired."""
    with transaction.atomic():
        user_id = one_time_tokens.consume(token, purpose=OneTimeToken.Purpose.VERIFY)
        if user_id is not None:
            User.objects.filter(pk=user_id, email_verified_at=None).update(email_verified_at=timezone.now())
    principals.invalidate_all()


def user_of_verified_email(email: str, *, first_name: str, last_name: str, create: bool) -> int | None:
    """Return the id of the user of an address that somebody has just proved to have, or None.

    With `create` a user without a password is created instead of None. An account whose address was not verified
    loses what a stranger may have set or hold: password, sessions, keys, second factor. Call it in a transaction.
    """
    address = User.objects.normal(email)
    user = User.objects.filter(email=address).first()
    if user is None:
        if not create:
            return None
        user = make_user(address, stored=make_password(None), first_name=first_name, last_name=last_name)
    elif user.email_verified_at is None:
        User.objects.filter(pk=user.pk).update(password=make_password(None), generation=F("generation") + 1)
        revoke_unproved(user.pk)
    User.objects.filter(pk=user.pk, email_verified_at=None).update(email_verified_at=timezone.now())
    transaction.on_commit(principals.invalidate_all)
    return user.pk


def is_active(user_id: int) -> bool:
    """Return whether a user exists and is not deactivated."""
    return User.objects.filter(pk=user_id, is_active=True).exists()


def resend_verification(user_id: int) -> None:
    """Queue another verification mail. Raises `Invalid` if the address is verified."""
    if _user(user_id).email_verified_at is not None:
        raise Invalid("Your email is already verified.")
    after_commit("send_verification", user_id)


def profile(user_id: int) -> Profile:
    """Return a user's profile. Raises `NotFound`."""
    return _profile(_user(user_id))


def _profile(user: User) -> Profile:
    return Profile(
        id=user.pk,
        email=user.email,
        username=user.username or "",
        first_name=user.first_name,
        last_name=user.last_name,
        email_verified=user.email_verified_at is not None,
        is_admin=user.is_admin,
        created_at=user.created_at,
        is_active=user.is_active,
    )


def administers(principal: AccountPrincipal) -> bool:
    """Return whether the principal is a person who administers the installation. Keys never do."""
    is_person = isinstance(principal, PersonPrincipal)
    return is_person and User.objects.filter(pk=principal.user_id, is_admin=True, is_active=True).exists()


def administrators() -> list[str]:
    """Return the addresses of the administrators."""
    return [*User.objects.filter(is_admin=True, is_active=True).order_by("pk").values_list("email", flat=True)]


def personal_team(email: str) -> int:
    """Return the id of the personal team of an active user. Raises `NotFound`."""
    owned = Membership.objects.filter(team__personal=True, role=Membership.Role.OWNER, user__is_active=True)
    team = owned.filter(user__email=User.objects.normal(email)).values_list("team_id", flat=True).first()
    if team is None:
        raise NotFound(f"No active user has the address {email!r}.")
    return int(team)


def invite(principal: AccountPrincipal, email: str) -> None:
    """Queue a mail that invites an address to register. Needs an administrator of the installation.

    A registered address gets no mail.
    """
    if not administers(principal):
        raise Forbidden("Only an administrator of this installation may invite people to it.")
    address = User.objects.normal(email)
    if not User.objects.filter(email=address).exists():
        after_commit("send_sign_up_invitation", address)


def addresses(actors: Iterable[str]) -> dict[str, str]:
    """Return the e-mail addresses of the actors that are users, or addresses already, by actor id."""
    actors = list(actors)
    users = {int(actor[1:]): actor for actor in actors if actor[:1] == "u" and actor[1:].isdigit()}
    rows = _email_rows([*users]) if users else []
    emails = {users[pk]: email for pk, email in rows}
    return {actor: actor for actor in actors if "@" in actor} | emails


@blocking
def _email_rows(users: Sequence[int]) -> list[tuple[int, str]]:
    return [*User.objects.filter(pk__in=users).values_list("pk", "email")]


def actor_names(actors: Iterable[str]) -> dict[str, str]:
    """Return display names by actor id: a user's address or a key's name. Omits others.

    Call it only for a principal that may see what these actors did.
    """
    actors = set(actors)
    keys = {int(actor[1:]): actor for actor in actors if actor[:1] == "k" and actor[1:].isdigit()}
    rows = ApiKey.objects.filter(pk__in=keys).values_list("pk", "name") if keys else ()
    return addresses(actors) | {keys[pk]: f"key “{name}”" for pk, name in rows}


@blocking
def actors(emails: Iterable[str]) -> list[str]:
    """Return the actor ids that may stand for these addresses in documents: `u<id>` and the addresses."""
    normal = {User.objects.normal(email) for email in emails if "\0" not in email}
    rows = User.objects.filter(email__in=normal).values_list("pk", flat=True) if normal else ()
    return sorted(normal) + [f"u{pk}" for pk in rows]


def update_profile(user_id: int, *, first_name: str | None = None, last_name: str | None = None) -> Profile:
    """Change the names that are not None, and return the profile."""
    names = {"first_name": first_name, "last_name": last_name}
    changes = {name: value for name, value in names.items() if value is not None}
    if changes:
        User.objects.filter(pk=user_id).update(**changes)
    return profile(user_id)


def deactivate(user_id: int) -> None:
    """Deactivate a user, which ends all sessions and keys immediately. Raises `NotFound`."""
    with transaction.atomic():
        if not User.objects.filter(pk=user_id).update(is_active=False, generation=F("generation") + 1):
            raise NotFound("User not found.")
        audit.record("user.deactivate", actor=f"u{user_id}", team=None, target=f"u{user_id}")
    principals.invalidate_all()


def _user(user_id: int) -> User:
    user = User.objects.filter(pk=user_id).first()
    if user is None:
        raise NotFound("User not found.")
    return user
