"""Clients that have signed in to an account: others cannot exhaust their attempts, and a new one is mailed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts import mail
from accounts.after_commit import after_commit
from accounts.models import KnownClient, Session, User
from accounts.principal import PersonPrincipal

ACCOUNT_PAGE = "/dashboard/account"


@dataclass(frozen=True)
class SignInClient:
    """Where a user signs in: the name of the browser, empty for a program, and the network address."""

    agent: str = ""
    address: str = ""


UNKNOWN = SignInClient()


@dataclass(frozen=True)
class RememberedClient:
    """A client as its user sees it in an export."""

    agent: str
    address: str
    seen_at: datetime


def is_known_address(email: str, address: str) -> bool:
    """Return whether the user of an e-mail address has signed in at a network address. Accepts any text."""
    if "\0" in email:
        return False
    return KnownClient.objects.filter(user__email=User.objects.normal(email), address=address).exists()


def remember(user_id: int, client: SignInClient) -> None:
    """Store a client of the user's for KNOWN_CLIENT_DAYS; queue a mail if it is new and not the account's first."""
    if client.address:
        with transaction.atomic():
            row, is_new = KnownClient.objects.update_or_create(
                user_id=user_id,
                agent=client.agent[:60],
                address=client.address[:64],
                defaults={"seen_at": timezone.now()},
            )
            if is_new and _has_others(row):
                after_commit("send_new_sign_in", row.pk)
                _delete_excess(user_id)


def list_known(principal: PersonPrincipal) -> list[RememberedClient]:
    """List the user's remembered clients, the last used first."""
    rows = KnownClient.objects.filter(user=principal.user_id).order_by("-seen_at")
    return [RememberedClient(row.agent, row.address, row.seen_at) for row in rows]


def send_new_sign_in(client_id: int) -> None:
    """Notify a user that a new client has signed in."""
    row = KnownClient.objects.filter(pk=client_id, user__is_active=True).select_related("user").first()
    if row is not None:
        mail.send(
            row.user.email,
            template="new_sign_in",
            page=mail.link(ACCOUNT_PAGE),
            agent=row.agent or "A program",
            address=row.address,
            at=f"{row.created_at:%Y-%m-%d %H:%M} UTC",
        )


def forget_unused() -> None:
    """Delete the clients that were not used for KNOWN_CLIENT_DAYS."""
    KnownClient.objects.filter(seen_at__lt=timezone.now() - timedelta(days=settings.KNOWN_CLIENT_DAYS)).delete()


def _has_others(row: KnownClient) -> bool:
    others = KnownClient.objects.filter(user=row.user_id).exclude(pk=row.pk)
    return others.exists() or Session.objects.filter(user=row.user_id).count() > 1


def _delete_excess(user_id: int) -> None:
    """Delete the clients that were used least recently, beyond MAX_KNOWN_CLIENTS."""
    newest = KnownClient.objects.filter(user=user_id).order_by("-seen_at", "-pk")
    excess = list(newest.values_list("pk", flat=True)[settings.MAX_KNOWN_CLIENTS :])
    KnownClient.objects.filter(pk__in=excess).delete()
