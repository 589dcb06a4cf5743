"""The diagram of references between collections."""

from __future__ import annotations

import catalog.services
import engine
from dashboard.database import diagram
from engine import CollectionSpec, Field, Schema
from tests.dashboard.conftest import Browser


def spec(name: str, **references: str) -> CollectionSpec:
    fields = tuple(Field(field, "reference", collection=target) for field, target in references.items())
    return CollectionSpec(name, name, Schema((Field("title"), *fields)))


def test_no_diagram_without_references() -> None:
    assert diagram.build({"a": spec("a"), "b": spec("b")}) is None
    assert diagram.build({"a": spec("a", of="gone")}) is None


def test_boxes_and_arrows() -> None:
    specs = {"a": spec("a", b="b", again="a"), "b": spec("b", a="a"), "alone": spec("alone")}
    result = diagram.build(specs)
    assert result is not None
    assert [(box.name, [row for row, _ in box.rows]) for box in result.boxes] == [
        ("a", ["b", "again"]),
        ("b", ["a"]),
    ]
    assert len(result.arrows) == 3
    assert result.description == "a.b refers to b, a.again refers to a, b.a refers to a"
    assert all(box.x + box.width <= result.width and box.y + box.height <= result.height for box in result.boxes)


def test_the_database_page_shows_the_diagram(anna: Browser, films: engine.Database) -> None:
    assert "<figure" not in anna.get(f"db/{films.id}").content.decode()
    fields = [{"name": "of", "type": "reference", "collection": "films"}]
    catalog.services.creation.add_collections(
        anna.principal, films.id, collections=[{"name": "reviews", "fields": fields}]
    )
    assert 'aria-label="reviews.of refers to films"' in anna.get(f"db/{films.id}").content.decode()
