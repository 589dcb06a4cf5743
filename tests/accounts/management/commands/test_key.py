"""The command that administers API keys."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts import services
from accounts.models import ApiKey
from engine import Action, Unauthenticated

pytestmark = pytest.mark.django_db


def created(capsys: Any, *arguments: str) -> str:
    """Return the text of a key that the command prints, alone on the standard output."""
    call_command("key", *arguments)
    return capsys.readouterr().out.removesuffix("\n")


def test_a_key_is_created_and_works(anna: Any, capsys: Any) -> None:
    text = created(capsys, "create", "my backend", "--user", anna.email, "--allow", "read", "--days", "3")
    principal = services.principals.principal_of_key(text)
    assert principal.scope.actions == {Action.READ}
    row = ApiKey.objects.get(name="my backend")
    assert timedelta(days=2) < row.expires_at - timezone.now() < timedelta(days=4)


def test_keys_are_listed_without_their_text(anna: Any, capsys: Any) -> None:
    text = created(capsys, "create", "my backend", "--user", anna.email)
    call_command("key", "list", "--user", anna.email)
    printed = capsys.readouterr().out
    assert "my backend: read,insert,write,delete; all databases; never used" in printed
    call_command("key", "list", "--user", anna.email, "--json")
    as_json = capsys.readouterr().out
    assert json.loads(as_json)["name"] == "my backend"
    assert text not in printed + as_json


def test_a_rotated_key_works_beside_the_old_one_until_the_overlap_ends(anna: Any, capsys: Any) -> None:
    old = created(capsys, "create", "my backend", "--user", anna.email)
    key_id = str(ApiKey.objects.get(name="my backend").pk)
    new = created(capsys, "rotate", key_id, "--user", anna.email, "--overlap-hours", "1")
    assert new != old
    assert services.principals.principal_of_key(old) and services.principals.principal_of_key(new)
    expiry = ApiKey.objects.get(pk=key_id).previous_expires_at
    assert expiry is not None and expiry <= timezone.now() + timedelta(hours=1)


def test_a_revoked_key_is_refused(anna: Any, capsys: Any) -> None:
    text = created(capsys, "create", "my backend", "--user", anna.email)
    call_command("key", "revoke", str(ApiKey.objects.get(name="my backend").pk), "--user", anna.email)
    with pytest.raises(Unauthenticated):
        services.principals.principal_of_key(text)


def test_a_key_of_another_team_is_not_found(anna: Any, ben: Any, capsys: Any) -> None:
    created(capsys, "create", "my backend", "--user", anna.email)
    key_id = str(ApiKey.objects.get(name="my backend").pk)
    with pytest.raises(CommandError, match="Key not found"):
        call_command("key", "revoke", key_id, "--user", ben.email)
    with pytest.raises(CommandError, match="not a member of the team"):
        call_command("key", "list", "--user", ben.email, "--team", str(anna.principal.home_team))


def test_an_unknown_database_is_refused(anna: Any) -> None:
    with pytest.raises(CommandError, match=r"databases\.0: Database not found\."):
        call_command("key", "create", "x", "--user", anna.email, "--database", "0" * 24)
    assert not ApiKey.objects.exists()
