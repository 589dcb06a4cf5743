"""Teams, their members and invitations."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.crypto import salted_hmac

from accounts import mail
from accounts.after_commit import after_commit
from accounts.models import Invitation, Membership, Team, User
from accounts.principal import AccountPrincipal, PersonPrincipal
from accounts.services import principals
from accounts.services.auditing.entries import audit_team
from engine import Conflict, Forbidden, Invalid, NotFound, TooLarge

OWNER, ADMIN = Membership.Role.OWNER.value, Membership.Role.ADMIN.value
ROLES_IN_TEAMS = tuple(Membership.Role.values)
_MAX_NAME = 100
REFUSED = "This invitation is invalid, has been used, or has expired."


@dataclass(frozen=True)
class OwnTeam:
    """A team as a member sees it."""

    id: int
    name: str
    personal: bool
    role: str


@dataclass(frozen=True)
class Member:
    user_id: int
    email: str
    name: str
    role: str
    username: str

    @property
    def id_text(self) -> str:
        return str(self.user_id)


@dataclass(frozen=True)
class Invited:
    """A pending invitation. `url` is the link of its mail, empty if the secret cannot be derived any more."""

    id: int
    email: str
    role: str
    invited_by: str
    expires_at: datetime
    url: str


@dataclass(frozen=True)
class Offer:
    """The content of an invitation, as its recipient sees it."""

    team: str
    role: str
    email: str
    invited_by: str


def list_teams(principal: AccountPrincipal) -> list[OwnTeam]:
    """List the user's teams, the personal one first."""
    rows = Membership.objects.filter(user=principal.user_id, team__in=principal.teams).select_related("team")
    return [
        OwnTeam(id=row.team_id, name=row.team.name, personal=row.team.personal, role=row.role)
        for row in rows.order_by("-team__personal", "team__name", "pk")
    ]


def create_team(principal: AccountPrincipal, *, name: str) -> int:
    """Create a team that the user owns, and return its id. Raises `Invalid`, and `TooLarge` at MAX_TEAMS."""
    title = checked_name(name)
    if len(principal.teams) >= settings.MAX_TEAMS:
        raise TooLarge(f"A person is in at most {settings.MAX_TEAMS} teams (MAX_TEAMS).")
    with transaction.atomic():
        team = Team.objects.create(name=title)
        Membership.objects.create(team=team, user_id=principal.user_id, role=OWNER)
        audit_team("team.create", principal, team.pk, "")
    principals.invalidate_all()
    return team.pk


def anonymous_team() -> int:
    """Return the id of the team that owns the databases which belong to nobody. The first call creates it."""
    return Team.objects.get_or_create(anonymous=True, defaults={"name": "anonymous"})[0].pk


def checked_name(name: str) -> str:
    """Return the name of a team without outer spaces. Raises `Invalid`."""
    title = name.strip()
    if not 1 <= len(title) <= _MAX_NAME or "\0" in title:
        raise Invalid.of_field("name", f"Must have 1 to {_MAX_NAME} characters.")
    return title


def list_members(principal: AccountPrincipal, team_id: int) -> list[Member]:
    """List the members of one of the user's teams, owners first."""
    _role(principal, team_id)
    rows = Membership.objects.filter(team=team_id).select_related("user")
    members = [
        Member(
            user_id=row.user_id,
            email=row.user.email,
            name=f"{row.user.first_name} {row.user.last_name}".strip(),
            role=row.role,
            username=row.user.username or "",
        )
        for row in rows
    ]
    return sorted(members, key=lambda member: (ROLES_IN_TEAMS.index(member.role), member.email))


def list_invitations(principal: AccountPrincipal, team_id: int) -> list[Invited]:
    """List the invitations that can be accepted. Needs the role owner or admin."""
    _check_may_manage(principal, team_id)
    rows = _open().filter(team=team_id).select_related("invited_by").order_by("email")
    return [Invited(row.pk, row.email, row.role, row.invited_by.email, row.expires_at, _url(row)) for row in rows]


def invite(principal: AccountPrincipal, team_id: int, *, email: str, role: str) -> None:
    """Mail a single-use link to join the team. Replaces an older invitation to the same address."""
    address = User.objects.checked(email)
    _check_may_give(principal, team_id, role)
    if Membership.objects.filter(team=team_id, user__email=address).exists():
        raise Invalid.of_field("email", "This person is already in the team.")
    with transaction.atomic():
        Team.objects.select_for_update().get(pk=team_id)
        Invitation.objects.filter(team=team_id, email=address, accepted_at=None).delete()
        _check_room(team_id)
        row = Invitation.objects.create(
            team_id=team_id,
            email=address,
            role=role,
            invited_by_id=principal.user_id,
            expires_at=timezone.now() + timedelta(days=settings.INVITATION_DAYS),
        )
        Invitation.objects.filter(pk=row.pk).update(digest=_digest(_token(row)))
        after_commit("send_invitation", row.pk)
        audit_team("member.invite", principal, team_id, address, role=role)


def withdraw_invitation(principal: AccountPrincipal, team_id: int, *, invitation_id: int) -> None:
    """Delete a pending invitation. Raises `NotFound`."""
    _check_may_manage(principal, team_id)
    with transaction.atomic():
        if not _open().filter(pk=invitation_id, team=team_id).delete()[0]:
            raise NotFound("Invitation not found.")
        audit_team("member.withdraw", principal, team_id, invitation_id)


def send_invitation(invitation_id: int) -> None:
    """Mail the link of an invitation. Repeated calls send the same link."""
    row = _open().filter(pk=invitation_id).select_related("team", "invited_by").first()
    if row is None:
        return
    Invitation.objects.filter(pk=row.pk).update(digest=_digest(_token(row)))
    mail.send(
        row.email,
        template="invitation",
        page=_page(row),
        team=row.team.name,
        role=row.role,
        inviter=row.invited_by.email,
        days=settings.INVITATION_DAYS,
    )


def offer(token: str) -> Offer:
    """Return the content of an invitation. Raises `Invalid` if it can no longer be accepted."""
    row = _open().filter(digest=_digest(token)).select_related("team", "invited_by").first()
    if row is None:
        raise Invalid(REFUSED)
    return Offer(team=row.team.name, role=row.role, email=row.email, invited_by=row.invited_by.email)


def join(principal: AccountPrincipal, token: str) -> int:
    """Accept an invitation and return the team's id. Raises `Invalid`, and `TooLarge` at MAX_TEAMS."""
    if len(principal.teams) >= settings.MAX_TEAMS:
        raise TooLarge(f"A person is in at most {settings.MAX_TEAMS} teams (MAX_TEAMS).")
    digest = _digest(token)
    with transaction.atomic():
        # One statement, so that only one of several concurrent callers succeeds.
        if not _open().filter(digest=digest).update(accepted_at=timezone.now()):
            raise Invalid(REFUSED)
        row = Invitation.objects.get(digest=digest)
        key = {"team_id": row.team_id, "user_id": principal.user_id}
        Membership.objects.get_or_create(**key, defaults={"role": row.role})
        audit_team("member.join", principal, row.team_id, f"u{principal.user_id}", role=row.role)
    principals.invalidate_all()
    return row.team_id


def change_role(principal: AccountPrincipal, team_id: int, *, user_id: int, role: str) -> None:
    """Change a member's role. Raises `Conflict` if the team would have no owner."""
    row = _member(principal, team_id, user_id)
    _check_may_give(principal, team_id, role)
    _check_may_give(principal, team_id, row.role)
    with transaction.atomic():
        Team.objects.select_for_update().get(pk=team_id)
        _check_keeps_owner(team_id, row, role)
        Membership.objects.filter(pk=row.pk).update(role=role)
        audit_team("member.change", principal, team_id, f"u{user_id}", role=role)
    principals.invalidate_all()


def remove_member(principal: AccountPrincipal, team_id: int, *, user_id: int) -> None:
    """Remove a member, or oneself, from a team. Their keys of the team stop working."""
    row = _member(principal, team_id, user_id)
    if user_id != principal.user_id:
        _check_may_give(principal, team_id, row.role)
    with transaction.atomic():
        team = Team.objects.select_for_update().get(pk=team_id)
        if team.personal and user_id == principal.user_id and row.role == OWNER:
            raise Conflict("You cannot leave your personal team.")
        _check_keeps_owner(team_id, row, "")
        Membership.objects.filter(pk=row.pk).delete()
        audit_team("member.remove", principal, team_id, f"u{user_id}")
    principals.invalidate_all()


def _role(principal: AccountPrincipal, team_id: int) -> str:
    if team_id not in principal.teams or not isinstance(principal, PersonPrincipal):
        raise NotFound("Team not found.")
    return principal.teams[team_id]


def _check_may_manage(principal: AccountPrincipal, team_id: int) -> str:
    role = _role(principal, team_id)
    if role not in (OWNER, ADMIN):
        raise Forbidden("Only owners and admins of a team may do this.")
    return role


def _check_may_give(principal: AccountPrincipal, team_id: int, role: str) -> None:
    """Raise unless the principal may grant or revoke a role: only owners may do so for owners and admins."""
    own = _check_may_manage(principal, team_id)
    if role not in ROLES_IN_TEAMS:
        raise Invalid.of_field("role", f"Must be one of {', '.join(ROLES_IN_TEAMS)}.")
    if own != OWNER and role in (OWNER, ADMIN):
        raise Forbidden("Only owners may make, change or remove owners and admins.")


def _check_keeps_owner(team_id: int, row: Membership, role: str) -> None:
    others = Membership.objects.filter(team=team_id, role=OWNER).exclude(pk=row.pk)
    if row.role == OWNER and role != OWNER and not others.exists():
        raise Conflict("A team needs an owner: make another member an owner first.")


def _check_room(team_id: int) -> None:
    used = Membership.objects.filter(team=team_id).count() + _open().filter(team=team_id).count()
    if used >= settings.MAX_MEMBERS:
        raise TooLarge(f"A team has at most {settings.MAX_MEMBERS} members and open invitations (MAX_MEMBERS).")


def _member(principal: AccountPrincipal, team_id: int, user_id: int) -> Membership:
    _role(principal, team_id)
    row = Membership.objects.filter(team=team_id, user=user_id).first()
    if row is None:
        raise NotFound("Member not found.")
    return row


def _token(row: Invitation) -> str:
    """Return the secret of an invitation's link, derived from SECRET_KEY, so that only its hash is stored."""
    return salted_hmac(
        "accounts.invitation", f"{row.pk}:{row.email}:{row.created_at.timestamp()}", algorithm="sha256"
    ).hexdigest()


def _page(row: Invitation) -> str:
    return mail.link(f"/dashboard/join/{_token(row)}")


def _url(row: Invitation) -> str:
    return _page(row) if row.digest == _digest(_token(row)) else ""


def _open() -> QuerySet[Invitation]:
    return Invitation.objects.filter(Q(accepted_at=None), expires_at__gt=timezone.now())


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
