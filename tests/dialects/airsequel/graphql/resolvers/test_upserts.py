"""Rows that conflict with others."""

from __future__ import annotations

from tests.dialects.airsequel.graphql.support import GraphClient


def test_rows_that_conflict_are_updated(people: GraphClient) -> None:
    query = """mutation M($rows: [users_insert_input]) { insert_users(
        objects: $rows
        on_conflict: {constraint: email, update_columns: [name, created_utc], where: {created_utc: {_eq: null}}}
      ) { affected_rows returning { rowid name created_utc } } }"""
    rows = [
        {"email": "u@example.org", "name": "One", "created_utc": None},
        {"email": "u@example.org", "name": "Two", "created_utc": "now"},
        {"email": "u@example.org", "name": "Three", "created_utc": "later"},
    ]
    answer = people.run(query, rows=rows)["insert_users"]
    assert answer["affected_rows"] == 3
    assert [row["name"] for row in answer["returning"]] == ["One", "Two"]
    rowid = answer["returning"][0]["rowid"]
    assert {row["rowid"] for row in answer["returning"]} == {rowid}
    missing = 'objects: {email: "u@example.org"}, on_conflict: {constraint: email, update_columns: [name]}'
    assert people.errors(f"mutation {{ insert_users({missing}) {{ affected_rows }} }}") == [
        "on_conflict: update_columns names name, for which the new row has no value."
    ]
    people.run("mutation M($n: Int!) { delete_users_by_pk(rowid: $n) { affected_rows } }", n=rowid)


def test_many_rows_are_read_and_inserted_together(people: GraphClient) -> None:
    """Rows that are there, new ones, and one that the rule leaves as it is, in their order."""
    before = people.run("{ users { email } }")["users"]
    query = """mutation M($rows: [users_insert_input]) { insert_users(
        objects: $rows, on_conflict: {constraint: email, update_columns: [age], where: {name: {_neq: "Ada"}}}
      ) { affected_rows returning { rowid email age } } }"""
    first = [{"email": f"m{number}@example.org", "age": number} for number in range(0, 120, 2)]
    assert len(people.run(query, rows=first)["insert_users"]["returning"]) == 60
    rows = [{"email": f"m{number}@example.org", "age": -number} for number in range(1, 120)]
    rows.insert(50, {"email": "ada@example.org", "age": 1})
    answer = people.run(query, rows=rows)["insert_users"]
    assert answer["affected_rows"] == 120
    expected = [(row["email"], row["age"]) for row in rows if row["email"] != "ada@example.org"]
    assert [(row["email"], row["age"]) for row in answer["returning"]] == expected
    stored = people.run('{ users(where: {email: {_like: "m%"}}, order_by: {rowid: ASC}) { rowid email } }')["users"]
    new = [row["rowid"] for row in answer["returning"] if row["rowid"] > stored[59]["rowid"]]
    assert (len(stored), new) == (120, [row["rowid"] for row in stored[60:]])
    people.run('mutation { delete_users(where: {email: {_like: "m%"}}) { affected_rows } }')
    assert people.run("{ users { email } }")["users"] == before


def test_a_failing_row_of_many_changes_nothing(people: GraphClient) -> None:
    before = people.run("{ users { rowid email age } }")
    query = """mutation M($rows: [users_insert_input]) { insert_users(
        objects: $rows, on_conflict: {constraint: rowid, update_columns: [age]}) { affected_rows } }"""
    rows = [{"rowid": 1, "age": 99, "email": "x@example.org"}, {"email": "bob@example.org", "age": 1}]
    (message,) = people.errors(query, rows=rows)
    assert message == "email: Another document already has this value; email must be unique."
    assert people.run("{ users { rowid email age } }") == before
