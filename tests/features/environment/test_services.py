"""Variables of databases and of the installation."""

from __future__ import annotations

from typing import Any

import pytest

import engine
from accounts.models import User
from accounts.principal import PersonPrincipal
from catalog.services.creation import create_empty_database
from features.environment import services


def test_variables_are_limited(owner: PersonPrincipal, settings: Any) -> None:
    settings.MAX_VARIABLES = 2
    database_id = create_empty_database(owner, name="x").id
    services.set_variables(owner, database_id, [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}])
    services.set_variables(owner, database_id, [{"name": "A", "value": "3"}])
    with pytest.raises(engine.TooLarge):
        services.set_variables(owner, database_id, [{"name": "A", "value": "4"}, {"name": "C", "value": "5"}])
    with pytest.raises(engine.TooLarge):
        services.add_variable(owner, database_id, name="C", value="")
    stored = services.list_variables(owner, database_id)
    assert [(item.name, item.value) for item in stored] == [("A", "3"), ("B", "2")]


def test_the_installation_is_for_administrators(owner: PersonPrincipal) -> None:
    for work in (services.allowed_hosts, lambda principal: services.list_variables(principal, None)):
        with pytest.raises(engine.Forbidden):
            work(owner)
    User.objects.filter(pk=owner.user_id).update(is_admin=True)
    services.set_allowed_hosts(owner, ["example.org"])
    assert services.allowed_hosts(owner) == ["example.org"]
    with pytest.raises(engine.Invalid, match="At most 100 hosts"):
        services.set_allowed_hosts(owner, ["a"] * 101)
    assert services.allowed_hosts(owner) == ["example.org"]
