"""Management of functions: what is kept, and caps."""

from __future__ import annotations

from typing import Any

import pytest

import engine
from accounts.principal import PersonPrincipal
from features.functions.models import Invocation
from features.functions.services import managing, unattended
from tests.features.functions.support import publish, require_deno


def test_only_the_newest_invocations_and_versions_are_kept(owner: PersonPrincipal, settings: Any) -> None:
    require_deno()
    settings.FUNCTION_INVOCATIONS, settings.FUNCTION_VERSIONS, settings.MAX_FUNCTIONS = 1, 2, 1
    function = publish(owner, "export default () => 0")
    database_id = function.database.public_id
    for number in (1, 2):
        changes = {"content": f"export default () => {number}"}
        managing.change_function(owner, database_id, function.pk, changes=changes, check=False)
        unattended.run_scheduled(function.pk)
    assert [row.data for row in Invocation.objects.filter(function=function)] == ["2"]
    record = managing.read_function(owner, database_id, function.pk)
    assert (record.content, len(record.versions)) == ("export default () => 2", 2)
    with pytest.raises(engine.TooLarge, match="MAX_FUNCTIONS"):
        managing.create_function(owner, database_id, members={"name": "b", "content": ""}, check=False)
