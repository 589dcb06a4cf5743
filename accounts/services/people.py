"""Registration, verified addresses and profiles."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from accounts.after_commit import after_commit
from accounts.models import ApiKey, Membership, OneTimeToken, Team, User
from accounts.services import one_time_tokens, principals
from accounts.services.passwords import hashed
from engine import Invalid, NotFound


@dataclass(frozen=True)
class Profile:
    """A user, as the user sees it."""

    id: int
    email: str
    first_name: str
    last_name: str
    email_verified: bool
    is_admin: bool
    created_at: datetime


def register(email: str, *, password: str, first_name: str, last_name: str) -> int | None:
    """Makes the user, and a personal team, and mails a link to verify the address; answers the user's id.

    An address that is taken changes nothing and answers None, which must look the same from outside: its owner
    gets a mail. Raises `Invalid` for a password that is too weak.
    """
    stored = hashed(password)
    address = User.objects.normal(email)
    try:
        with transaction.atomic():
            user = make_user(address, stored=stored, first_name=first_name, last_name=last_name)
            after_commit("send_verification", user.pk)
            return user.pk
    except IntegrityError:
        _tell_owner(address)
    return None


def make_user(email: str, *, stored: str, first_name: str, last_name: str, is_admin: bool = False) -> User:
    """A user with a personal team; to be called in a transaction."""
    user = User.objects.create(
        email=email, password=stored, first_name=first_name, last_name=last_name, is_admin=is_admin
    )
    team = Team.objects.create(name=f"{first_name} {last_name}".strip() or email, personal=True)
    Membership.objects.create(team=team, user=user, role=Membership.Role.OWNER)
    return user


def _tell_owner(address: str) -> None:
    """Writes the row as it is, so that a known address costs one commit, as an unknown one does."""
    with transaction.atomic():
        User.objects.filter(email=address).update(email=F("email"))
        after_commit("send_already_registered", User.objects.values_list("pk", flat=True).get(email=address))


def verify_email(token: str) -> None:
    """Uses up a mailed token; raises `Invalid` when it is unknown, used or too old."""
    with transaction.atomic():
        user_id = one_time_tokens.consume(token, purpose=OneTimeToken.Purpose.VERIFY)
        User.objects.filter(pk=user_id, email_verified_at=None).update(email_verified_at=timezone.now())
    principals.forget_all()


def resend_verification(user_id: int) -> None:
    """Mails another link; raises `Invalid` when the address is verified already."""
    if _user(user_id).email_verified_at is not None:
        raise Invalid("Your email is already verified.")
    after_commit("send_verification", user_id)


def profile(user_id: int) -> Profile:
    user = _user(user_id)
    return Profile(
        id=user.pk,
        email=user.email,
        first_name=user.first_name,
        last_name=user.last_name,
        email_verified=user.email_verified_at is not None,
        is_admin=user.is_admin,
        created_at=user.created_at,
    )


def addresses(actors: Iterable[str]) -> dict[str, str]:
    """The e-mail addresses of the users among these short ids, and of those that are addresses themselves."""
    actors = list(actors)
    users = {int(actor[1:]): actor for actor in actors if actor[:1] == "u" and actor[1:].isdigit()}
    rows = User.objects.filter(pk__in=users).values_list("pk", "email") if users else ()
    found = {users[pk]: email for pk, email in rows}
    return {actor: actor for actor in actors if "@" in actor} | found


def actor_names(actors: Iterable[str]) -> dict[str, str]:
    """What people call whom these short ids mean: a user's address, or a key's name; others are left out.

    For whoever may see what these actors did.
    """
    actors = set(actors)
    keys = {int(actor[1:]): actor for actor in actors if actor[:1] == "k" and actor[1:].isdigit()}
    rows = ApiKey.objects.filter(pk__in=keys).values_list("pk", "name") if keys else ()
    return addresses(actors) | {keys[pk]: f"key “{name}”" for pk, name in rows}


def actors(emails: Iterable[str]) -> list[str]:
    """The short ids by which documents may name the people of these addresses, whoever they are."""
    normal = {User.objects.normal(email) for email in emails if "\0" not in email}
    rows = User.objects.filter(email__in=normal).values_list("pk", flat=True) if normal else ()
    return sorted(normal) + [f"u{pk}" for pk in rows]


def update_profile(user_id: int, *, first_name: str | None = None, last_name: str | None = None) -> Profile:
    """Changes the names that are given."""
    given = {"first_name": first_name, "last_name": last_name}
    changes = {name: value for name, value in given.items() if value is not None}
    if changes:
        User.objects.filter(pk=user_id).update(**changes)
    return profile(user_id)


def deactivate(user_id: int) -> None:
    """Ends all access of a user, sessions and keys, at once."""
    if not User.objects.filter(pk=user_id).update(is_active=False, generation=F("generation") + 1):
        raise NotFound("There is no such user.")
    principals.forget_all()


def _user(user_id: int) -> User:
    user = User.objects.filter(pk=user_id).first()
    if user is None:
        raise NotFound("There is no such user.")
    return user
