"""Calls while others run, and of a function that is deleted while it runs."""

from __future__ import annotations

from typing import Any

import pytest

import engine
from accounts.principal import PersonPrincipal
from features.functions import slots
from features.functions.models import Function, Invocation
from features.functions.services import calling
from features.functions.services.calling import FunctionRequest
from tests.features.functions.support import publish, require_deno

REQUEST = FunctionRequest("POST", {}, {})


def test_a_busy_team_waits_and_is_refused(
    owner: PersonPrincipal, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.MAX_QUEUE_SECONDS, settings.FUNCTION_TEAM_PROCESSES = 0.01, 1
    own_slots = slots.shared_slots.__wrapped__()
    monkeypatch.setattr(calling, "shared_slots", lambda: own_slots)
    function = publish(owner, "export default () => 1")
    with own_slots.of(str(owner.home_team)), pytest.raises(engine.LimitExceeded):
        calling.call(owner, function.database.public_id, function.pk, request=REQUEST)
    assert not Invocation.objects.filter(function=function).exists()


def test_a_function_is_deleted_while_it_runs(owner: PersonPrincipal, monkeypatch: pytest.MonkeyPatch) -> None:
    require_deno()
    function = publish(owner, "export default () => 1")
    database_id, run = function.database.public_id, calling.run

    def run_and_delete(*arguments: Any) -> Any:
        result = run(*arguments)
        Function.objects.filter(pk=function.pk).delete()
        return result

    monkeypatch.setattr(calling, "run", run_and_delete)
    assert calling.call(owner, database_id, function.pk, request=REQUEST).value == 1
    assert not Invocation.objects.filter(function=function.pk).exists()
    for attempt in (
        lambda: calling.call(owner, database_id, function.pk, request=REQUEST),
        lambda: calling.database_of("a\0"),
    ):
        with pytest.raises(engine.NotFound):
            attempt()
