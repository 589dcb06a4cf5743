"""Apps are limited, and belong to one database."""

from __future__ import annotations

from typing import Any

import pytest

import engine
from accounts.principal import PersonPrincipal
from catalog.services.creation import create_empty_database
from features.apps import services


def test_apps(owner: PersonPrincipal, settings: Any) -> None:
    settings.MAX_APPS = 1
    first, second = (create_empty_database(owner, name=name).id for name in ("x", "y"))
    app = services.add_app(owner, first, name="a", html="b")
    with pytest.raises(engine.TooLarge):
        services.add_app(owner, first, name="c", html="")
    for unknown in (app.id, "a\0"):
        with pytest.raises(engine.NotFound):
            services.page_of(owner, second, unknown)
    assert services.page_of(owner, first, app.id) == "b"
    assert services.list_apps(owner, first) == [app]
