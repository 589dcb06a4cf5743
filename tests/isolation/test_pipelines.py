"""Pipelines name no collection of another database."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.isolation.world import World
from tests.support import Tenant, Truth, make_tenant, refused, status_and_body

# Each stage that names a collection, at NAME; and the path of its error in the pipeline.
NAMING: dict[str, tuple[Any, str]] = {
    "$lookup": ({"$lookup": {"from": "NAME", "localField": "a", "foreignField": "b", "as": "c"}}, "from"),
    "$lookup with a pipeline": ({"$lookup": {"from": "NAME", "pipeline": [], "as": "c"}}, "from"),
    "$graphLookup": (
        {
            "$graphLookup": {
                "from": "NAME",
                "startWith": "$a",
                "connectFromField": "a",
                "connectToField": "b",
                "as": "c",
            }
        },
        "from",
    ),
    "$unionWith": ({"$unionWith": {"coll": "NAME", "pipeline": []}}, "coll"),
    "$unionWith by name": ({"$unionWith": "NAME"}, ""),
}
# In what such a stage can be nested, at STAGE.
NESTINGS: dict[str, tuple[Any, str]] = {
    "at the top": ("STAGE", ""),
    "$facet": ({"$facet": {"f": ["STAGE"]}}, "$facet.f.0."),
    "$lookup": ({"$lookup": {"from": "own", "pipeline": ["STAGE"], "as": "x"}}, "$lookup.pipeline.0."),
    "$unionWith": ({"$unionWith": {"coll": "own", "pipeline": ["STAGE"]}}, "$unionWith.pipeline.0."),
    "two deep": (
        {"$facet": {"f": [{"$unionWith": {"coll": "own", "pipeline": ["STAGE"]}}]}},
        "$facet.f.0.$unionWith.pipeline.0.",
    ),
}


def fitted(shape: Any, mark: str, value: Any) -> Any:
    if isinstance(shape, dict):
        return {key: fitted(inner, mark, value) for key, inner in shape.items()}
    if isinstance(shape, list):
        return [fitted(inner, mark, value) for inner in shape]
    return value if shape == mark else shape


@pytest.fixture(scope="module")
def stranger(web: httpx.Client) -> Tenant:
    tenant = make_tenant(web)
    tenant.add({"name": "own", "fields": [{"name": "a"}]})
    tenant.insert("own", [{"a": "x"}])
    return tenant


@pytest.mark.parametrize("nesting", NESTINGS)
@pytest.mark.parametrize("stage", NAMING)
def test_pipelines_cannot_name_foreign_collections(
    world: World, truth: Truth, stranger: Tenant, stage: str, nesting: str
) -> None:
    """Check the name that its owner uses, the physical name, and the name with its database's."""
    ((physical,),) = truth.rows("SELECT physical FROM catalog_database WHERE public_id = ?", world.ids["database"])
    names = [name for name in truth.documents(physical) if name != "own"]
    shape, member = NAMING[stage]
    around, prefix = NESTINGS[nesting]
    path = f"pipeline.0.{prefix}{stage.split()[0]}{member and '.'}{member}"
    text = "Must name a collection of this database."
    with world.unchanged(truth):
        for name in [
            "large",
            *names,
            *(f"{physical}.{name}" for name in names),
            {"db": physical, "coll": names[0]},
        ]:
            if type(name) is dict and not member:
                continue
            request = {
                "database_id": stranger.database,
                "collection_name": "own",
                "pipeline": [fitted(around, "STAGE", fitted(shape, "NAME", name))],
            }
            answer = stranger.ask("POST /api/aggregate", json=request)
            assert status_and_body(answer) == (400, refused(f"{path}: {text}", (path, text))), name
