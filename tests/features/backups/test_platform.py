"""Rows of the platform as JSON lines."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from accounts.models import Team, User
from features.backups import platform

pytestmark = pytest.mark.django_db


def test_models_of_django_are_left_out() -> None:
    labels = {model._meta.label for model in platform.models()}
    assert {"accounts.User", "accounts.ApiKey", "catalog.Collection", "jobs.Job", "usage.Usage"} <= labels
    assert not {label for label in labels if label.split(".")[0] in ("auth", "sessions", "contenttypes")}


def test_rows_come_back_as_they_were() -> None:
    moment = datetime(2030, 1, 2, 3, 4, 5, 678901, UTC)
    user = User.objects.create(email="a@example.com", username="a", first_name="é\n\u2028")
    User.objects.filter(pk=user.pk).update(created_at=moment)
    before = User.objects.filter(pk=user.pk).values().get()
    ((count, lines),) = [item for item in platform.dump(User) if b'"a@example.com"' in item[1]]
    assert count == len(lines.splitlines()) == User.objects.count()
    own = next(line for line in lines.splitlines() if json.loads(line)["pk"] == user.pk)
    User.objects.filter(pk=user.pk).delete()
    assert platform.load(own) == 1
    assert User.objects.filter(pk=user.pk).values().get() == before


def test_clearing_deletes_the_rows_of_all_models() -> None:
    Team.objects.create(name="a")
    platform.clear()
    assert [model for model in platform.models() if model._base_manager.exists()] == []
    platform.reset_sequences()


def test_migrations_are_those_that_were_applied() -> None:
    assert {"accounts.0001_initial", "catalog.0001_initial"} <= set(platform.migrations())
