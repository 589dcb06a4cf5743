"""Triggers of functions: their replacement, and caps."""

from __future__ import annotations

from typing import Any

import pytest

import engine
from accounts.principal import PersonPrincipal
from catalog.services.creation import create_database
from features.webhooks import services
from features.webhooks.models import Webhook
from features.webhooks.services import Trigger


def test_triggers_are_replaced(owner: PersonPrincipal, settings: Any) -> None:
    settings.MAX_WEBHOOKS = 2
    collections = [{"name": name, "fields": [{"name": "x"}]} for name in ("a", "b", "c")]
    database_id = create_database(owner, name="triggers", collections=collections)[0].id
    first = [Trigger("a", ("insert",)), Trigger("b", ("delete", "update"))]
    services.set_triggers(owner, database_id, "f1", first)
    assert services.list_triggers("f1") == [first[0], Trigger("b", ("update", "delete"))]
    kept = Webhook.objects.get(function_id="f1", collection="a")
    Webhook.objects.filter(pk=kept.pk).update(active=False, message="off", deaths=9, position="old")
    with pytest.raises(engine.TooLarge, match="MAX_WEBHOOKS"):
        services.set_triggers(owner, database_id, "f2", [Trigger("c", ("insert",))])
    services.set_triggers(owner, database_id, "f1", [Trigger("a", ("update",))])
    assert services.list_triggers("f1") == [Trigger("a", ("update",))]
    switched = Webhook.objects.get(function_id="f1")
    assert (switched.pk, switched.deaths) == (kept.pk, 0)
    assert switched.position != "old"
    assert services.list_all(owner, database_id) == []
    with pytest.raises(engine.NotFound):
        services.describe(owner, database_id, kept.pk)
    services.delete_triggers("f1")
    assert services.list_triggers("f1") == []
