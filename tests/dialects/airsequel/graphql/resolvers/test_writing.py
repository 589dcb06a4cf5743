"""Mutations of rows."""

from __future__ import annotations

from tests.dialects.airsequel.graphql.support import GraphClient


def test_rows_are_inserted_updated_and_deleted(graph: GraphClient) -> None:
    insert = """mutation { insert_songs(objects: [{title: "a", rowid: 10}, {title: "b", kind: "a"}]) {
        returning { rowid title kind } } }"""
    assert graph.run(insert)["insert_songs"]["returning"] == [
        {"rowid": 10, "title": "a", "kind": None},
        {"rowid": 11, "title": "b", "kind": "a"},
    ]
    update = """mutation { update_songs(where: {rowid: {_gt: 9}}, set: {kind: "a"}) {
        affected_rows returning { title kind } } }"""
    assert graph.run(update)["update_songs"] == {
        "affected_rows": 2,
        "returning": [{"title": "a", "kind": "a"}, {"title": "b", "kind": "a"}],
    }
    one = 'mutation { update_songs_by_pk(rowid: 10, _set: {title: "c"}) { affected_rows returning { title } } }'
    assert graph.run(one)["update_songs_by_pk"] == {"affected_rows": 1, "returning": {"title": "c"}}
    none = 'mutation { update_songs_by_pk(rowid: 77, _set: {title: "c"}) { affected_rows returning { title } } }'
    assert graph.run(none)["update_songs_by_pk"] == {"affected_rows": 0, "returning": None}
    delete = "mutation { delete_songs_by_pk(rowid: 10) { affected_rows returning { title } } }"
    assert graph.run(delete)["delete_songs_by_pk"] == {"affected_rows": 1, "returning": {"title": "c"}}
    every = "mutation { delete_songs(where: {}) { affected_rows returning { title } } }"
    assert graph.run(every)["delete_songs"] == {"affected_rows": 1, "returning": [{"title": "b"}]}
    assert graph.run("{ songs { rowid } }") == {"songs": []}


def test_an_insert_is_all_or_nothing(people: GraphClient) -> None:
    before = people.run("{ users { rowid } }")
    rows = [{"email": "w@example.org"}, {"email": "ada@example.org"}]
    assert (
        people.ask(
            "mutation M($r: [users_insert_input!]!) { insert_users(objects: $r) { affected_rows } }",
            variables={"r": rows},
        ).json()["data"]
        is None
    )
    assert people.run("{ users { rowid } }") == before
