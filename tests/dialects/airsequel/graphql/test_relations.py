"""Relations from references."""

from __future__ import annotations

import engine
from dialects.airsequel.graphql.relations import relations_of
from dialects.airsequel.graphql.tables import tables_of

PEOPLE = (engine.Field("boss", "reference", collection="people"), engine.Field("boss_row"))
BOOKS = (
    engine.Field("author", "reference", collection="people"),
    engine.Field("of", "reference", collection="gone"),
)


def test_each_reference_leads_in_both_directions() -> None:
    fields = {"people": PEOPLE, "books": BOOKS}
    specs = {name: engine.CollectionSpec(name, name, engine.Schema(item)) for name, item in fields.items()}
    relations = relations_of(tables_of(specs, {}))
    paths = {
        table: {name: (item.target.name, item.path, item.target_path) for name, item in of_table.items()}
        for table, of_table in relations.items()
    }
    assert paths == {
        "people": {
            "boss_row_": ("people", "boss", "_id"),
            "people_by_boss": ("people", "_id", "boss"),
            "books_by_author": ("books", "_id", "author"),
        },
        "books": {"author_row": ("people", "author", "_id")},
    }
