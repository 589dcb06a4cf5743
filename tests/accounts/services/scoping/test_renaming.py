"""Keys of collections when a collection or a field of theirs is renamed."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from accounts.models import ApiKey
from accounts.services import keys, principals
from accounts.services.scoping.renaming import check_fields, rename_collection
from engine import Conflict

pytestmark = pytest.mark.django_db
BASE, OTHER = "60c72b2f9b1d8b1a2d3e4567", "60c72b2f9b1d8b1a2d3e4568"


def key(person: Any, collections: dict[str, Any] | None, *, name: str = "shop") -> ApiKey:
    """Create a key, limited to collections as they are stored."""
    created = keys.create_key(person.principal, name=name)
    ApiKey.objects.filter(pk=created.id).update(collections=collections)
    return ApiKey.objects.get(pk=created.id)


def named(**access: Any) -> dict[str, Any]:
    return {"actions": ["read"], **access}


def test_a_renamed_collection_is_renamed_in_every_key_of_it(anna: Any, ben: Any) -> None:
    orders, notes = named(filter={"owner": "ann"}), named()
    rows = [
        key(anna, {BASE: {"orders": orders, "notes": notes}, OTHER: {"orders": notes}}),
        key(ben, {BASE: {"orders": notes}}),
        key(anna, {BASE: {"notes": notes}}),
        key(anna, {OTHER: {"orders": notes}}),
        key(anna, None),
    ]
    rename_collection(BASE, "orders", to="sales")
    assert [ApiKey.objects.get(pk=row.pk).collections for row in rows] == [
        {BASE: {"notes": notes, "sales": orders}, OTHER: {"orders": notes}},
        {BASE: {"sales": notes}},
        {BASE: {"notes": notes}},
        {OTHER: {"orders": notes}},
        None,
    ]


def test_a_key_that_is_in_use_has_the_new_name_at_once(anna: Any) -> None:
    created = keys.create_key(anna.principal, name="shop")
    ApiKey.objects.filter(pk=created.id).update(
        collections={BASE: {"orders": named()}}, databases=[BASE], grants={BASE: ["read"]}
    )

    def names() -> list[str]:
        collections = principals.principal_of_key(str(created.text)).scope.collections
        assert collections is not None
        return [*collections[BASE]]

    assert names() == ["orders"]
    rename_collection(BASE, "orders", to="sales")
    assert names() == ["sales"]


def test_a_revoked_key_is_left_alone(anna: Any) -> None:
    row = key(anna, {BASE: {"orders": named(filter={"a": 1})}})
    ApiKey.objects.filter(pk=row.pk).update(revoked_at=timezone.now())
    rename_collection(BASE, "orders", to="sales")
    check_fields(BASE, "orders", {"a"})
    assert ApiKey.objects.get(pk=row.pk).collections == row.collections


RESTRICTED: list[tuple[dict[str, Any], str, str]] = [
    ({"filter": {"owner": "ann"}}, "owner", "owner"),
    ({"filter": {"address.city": "Oslo"}}, "address", "address.city"),
    ({"filter": {"$or": [{"a": 1}, {"$and": [{"b": {"$gt": 1}}]}]}}, "b", "b"),
    ({"filter": {"$expr": {"$eq": ["$price", 1]}}}, "price", "price"),
    ({"filter": {"$expr": {"$eq": [1, "$$ROOT.price.net"]}}}, "price", "price.net"),
    ({"filter": {"tags": {"$elemMatch": {"name": "x"}}}}, "tags", "tags"),
    ({"fields": {"include": ["a", "margin.net"]}}, "margin", "margin.net"),
    ({"fields": {"exclude": ["margin"]}}, "margin", "margin"),
]


@pytest.mark.parametrize(("access", "field", "path"), RESTRICTED, ids=str)
def test_a_field_that_restricts_a_key_is_not_renamed(
    anna: Any, access: dict[str, Any], field: str, path: str
) -> None:
    key(anna, {BASE: {"orders": named(**access)}}, name="my key")
    with pytest.raises(Conflict) as caught:
        check_fields(BASE, "orders", {"other", field})
    assert caught.value.message == (
        f"The key 'my key' names {path!r} in its row filter or field mask. Change the key first."
    )
    check_fields(BASE, "orders", {"other", f"{field}s"})
    check_fields(BASE, "notes", {field})
    check_fields(OTHER, "orders", {field})


def test_a_value_is_no_name_of_a_field(anna: Any) -> None:
    key(anna, {BASE: {"orders": named(filter={"owner": "ann", "tags": {"$in": ["red"]}})}})
    check_fields(BASE, "orders", {"ann", "red", "$in", ""})


def test_a_key_without_restrictions_keeps_no_field(anna: Any) -> None:
    key(anna, {BASE: {"orders": named()}})
    check_fields(BASE, "orders", {"owner", "actions", "read"})
