"""Rotation of a key: a new secret under the same id, while the previous one stays valid for a time."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from accounts import keys
from accounts.models import ApiKey
from accounts.principal import AccountPrincipal
from accounts.restrictions.limits import ends
from accounts.services import principals
from accounts.services.auditing.entries import audit_key
from accounts.services.keys import Key, key_of_row, own_row
from engine import Conflict, NotFound


def rotate_key(principal: AccountPrincipal, *, key_id: str, overlap: timedelta) -> Key:
    """Give a key a new text and return it; the previous text is valid for `overlap`. All else stays.

    With an `overlap` of 0 every earlier text ends at once. Raises `Conflict` where two texts are still valid.
    """
    own_row(principal, key_id)
    with transaction.atomic():
        row = ApiKey.objects.select_for_update().filter(pk=int(key_id), revoked_at=None).first()
        if row is None:
            raise NotFound("Key not found or permission denied.")
        _check_one_text(row, overlap)
        stale = (row.digest, row.previous_digest)
        new_key = keys.renew(row.public_id, prefix=keys.PREFIX if row.grants is None else keys.TOKEN_PREFIX)
        row.previous_digest, row.digest = row.digest, new_key.digest
        row.previous_expires_at = timezone.now() + overlap
        row.save(update_fields=["digest", "previous_digest", "previous_expires_at"])
        audit_key("key.rotate", principal, row)
    principals.invalidate_key(*stale)
    return key_of_row(row, text=new_key.text)


def _check_one_text(row: ApiKey, overlap: timedelta) -> None:
    until = row.previous_expires_at
    if overlap and until is not None and until > timezone.now():
        raise Conflict(
            f"The key has been rotated, and its previous text is valid until {ends(until)}. Rotate it again after "
            "that, or with an overlap of 0 seconds, which ends both texts at once."
        )
