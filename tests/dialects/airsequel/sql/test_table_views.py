"""Views follow a table that is renamed."""

from __future__ import annotations

from tests.dialects.airsequel.sql.test_views import result, run
from tests.dialects.airsequel.support import Airsequel, result_of


def test_views_follow_a_table_that_is_renamed_by_its_route(airsequel: Airsequel) -> None:
    db_id = airsequel.new_database("CREATE TABLE users (name TEXT)")
    assert run(airsequel, db_id, 'CREATE VIEW names AS SELECT u.name FROM "users" u')[0] == 200
    assert airsequel.get(f"PATCH /api/dbs/{db_id}/tables/users", json={"name": "people"}) == {}
    assert run(airsequel, db_id, "SELECT count(*) AS n FROM names") == result({"n": 0})
    assert run(airsequel, db_id, "CREATE TABLE lost (a TEXT)")[0] == 200
    assert run(airsequel, db_id, "CREATE VIEW both AS SELECT a, name FROM lost, people")[0] == 200
    assert airsequel.get(f"DELETE /api/dbs/{db_id}/tables/lost", json={}) == {}
    status, body = result_of(airsequel.ask(f"PATCH /api/dbs/{db_id}/tables/people", json={"name": "users"}))
    assert (status, body["errors"][0]["message"].partition(":")[0]) == (
        409,
        "A view keeps the table from being renamed",
    )
    assert run(airsequel, db_id, "SELECT count(*) AS n FROM names") == result({"n": 0})
