"""Keys that are limited to collections: every scope × every route, against a table that refuses by default."""

from __future__ import annotations

import httpx
import pytest

from tests.isolation.tables import MISSING, Ids
from tests.isolation.world import PARTS, filled, furnish
from tests.scopes.tables import HIDDEN, ROUTES, RULES, SCOPES, VISIBLE, request_of
from tests.support import Tenant, Truth, ask, make_tenant


def test_rules_are_of_routes() -> None:
    assert {*RULES} <= {*ROUTES}


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("scope", SCOPES)
def test_a_key_may_use_what_it_names_and_nothing_else(web: httpx.Client, truth: Truth, scope: str) -> None:
    tenant = make_tenant(web)
    ids = {**MISSING, **furnish(web, tenant.bearer, tenant.database, parts=PARTS)}
    ids |= {"team": str(truth.team_of(tenant.email)), "username": tenant.email.split("@")[0]}
    tenant.insert("films", [HIDDEN])
    key = tenant.new_key(collections={tenant.database: SCOPES[scope]})
    wrong = {}
    for route in ROUTES:
        allowed = route in RULES and RULES[route].allows(SCOPES[scope])
        ids |= fresh(tenant, route) if allowed else {}
        answer = ask(web, filled(route, ids), auth=key, **request_of(route, ids))
        is_right = answer.status_code < 300 if allowed else answer.status_code in (403, 404)
        leaked = [text for text in hidden_from(SCOPES[scope]) if text in answer.text]
        if not is_right or leaked:
            wrong[route] = (allowed, answer.status_code, leaked, answer.text[:300])
    assert wrong == {}


def fresh(tenant: Tenant, route: str) -> Ids:
    """Return the ids of a document with two versions, or of a deleted one, and of a file."""
    (document,) = tenant.insert("films", [VISIBLE])
    target = {"database_id": tenant.database, "collection_name": "films", "filters": {"_id": document}}
    assert tenant.ask("PUT /api/crud", json={**target, "update_data": {"Length": 1}}).is_success
    if "undelete" in route:
        assert tenant.ask("DELETE /api/crud", json=target).is_success
    files = {"file": ("a.txt", b"a", "text/plain")}
    stored = (
        tenant.ask(f"POST /db/{tenant.database}/media", files=files)
        if "media" in route or "file" in route
        else None
    )
    return {"document": document, "deleted": document} | ({"file": stored.json()["ids"][0]} if stored else {})


def hidden_from(scope: dict[str, dict[str, object]]) -> list[str]:
    """Return texts that no answer to a key of this scope may have."""
    films = scope.get("films", {})
    texts = ["dayBookNumber"] if "Invoice" not in scope else []
    texts += [HIDDEN["Title"]] if "filter" in films or not films else []
    texts += [VISIBLE["Director"], HIDDEN["Director"], '"Director"'] if "fields" in films or not films else []
    return texts
