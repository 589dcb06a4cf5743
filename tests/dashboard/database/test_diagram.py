"""References between collections are drawn; what refers to nothing is left out."""

from __future__ import annotations

import catalog.services
import engine
from dashboard.database import diagram
from engine import Field, Schema, Spec
from tests.dashboard.conftest import Browser


def spec(name: str, **references: str) -> Spec:
    fields = tuple(Field(field, "reference", collection=target) for field, target in references.items())
    return Spec(name, name, Schema((Field("title"), *fields)))


def test_nothing_is_drawn_without_references() -> None:
    assert diagram.of({"a": spec("a"), "b": spec("b")}) is None
    assert diagram.of({"a": spec("a", of="gone")}) is None


def test_boxes_and_arrows() -> None:
    specs = {"a": spec("a", b="b", again="a"), "b": spec("b", a="a"), "alone": spec("alone")}
    found = diagram.of(specs)
    assert found is not None
    assert [(box.name, [row for row, _ in box.rows]) for box in found.boxes] == [
        ("a", ["b", "again"]),
        ("b", ["a"]),
    ]
    assert len(found.arrows) == 3
    assert found.words == "a.b refers to b, a.again refers to a, b.a refers to a"
    assert all(box.x + box.width <= found.width and box.y + box.height <= found.height for box in found.boxes)


def test_the_page_of_a_database_draws_them(anna: Browser, films: engine.Database) -> None:
    assert "<figure" not in anna.get(f"db/{films.id}").content.decode()
    fields = [{"name": "of", "type": "reference", "collection": "films"}]
    catalog.services.add_collections(anna.principal, films.id, collections=[{"name": "reviews", "fields": fields}])
    assert 'aria-label="reviews.of refers to films"' in anna.get(f"db/{films.id}").content.decode()
