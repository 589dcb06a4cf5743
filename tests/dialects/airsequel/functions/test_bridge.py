"""The database as a function uses it: documents, GraphQL, variables, and the permissions of its caller."""

from __future__ import annotations

from tests.dialects.airsequel.functions.support import publish
from tests.dialects.airsequel.support import Airsequel
from tests.features.functions.support import require_deno

DATABASE = """
export default async function ({ db, graphql, env }: any) {
  const ids = await db.insert("films", { title: "A", year: 1 });
  const mutation = "mutation ($t: String!) { insert_films(objects: [{title: $t}]) { affected_rows } }";
  await graphql.request(mutation, { t: "B" });
  const updated = await db.update("films", { title: "A" }, { year: 2 });
  const found = await db.find("films", { query: { year: 2 }, fields: { title: 1, year: 1 }, sort: { title: 1 } });
  const rows = found.map((film: any) => [film.title, film.year]);
  const graph = await graphql.request("{ films { title year } }");
  const errors: string[] = [];
  for (const attempt of [
    () => db.insert("films", { title: null }),
    () => db.find("films", { query: { $where: "1" } }),
    () => db.find("unknown"),
    () => db.find(5),
    () => graphql.request("{ unknown }"),
    () => fetch("http://169.254.169.254/latest/meta-data"),
  ]) { try { await attempt(); errors.push("none"); } catch (error) { errors.push((error as Error).message); } }
  const deleted = await db.delete("films", {});
  return { ids: ids.length, updated, found: rows, graph, errors, deleted, token: env.TOKEN };
}"""


def test_a_function_uses_the_database(airsequel: Airsequel) -> None:
    require_deno()
    db_id = airsequel.new_database("CREATE TABLE films (title TEXT NOT NULL, year INTEGER)")
    airsequel.get(f"POST /api/dbs/{db_id}/env", json={"name": "TOKEN", "value": "secret"})
    function = publish(airsequel, db_id, DATABASE)["id"]
    answer = airsequel.get(f"POST /fns/{function}")
    errors = answer.pop("errors")
    assert answer == {
        "ids": 1,
        "updated": 1,
        "found": [["A", 2]],
        "graph": {"films": [{"title": "A", "year": 2}, {"title": "B", "year": None}]},
        "deleted": 2,
        "token": "secret",
    }
    assert "none" not in errors
    assert "allowedHosts" in errors[-1]
    reader = airsequel.tenant.new_key(actions=["read"])
    refused = airsequel.ask(f"POST /fns/{function}", auth=reader)
    assert (refused.status_code, "needs the permission 'insert'" in refused.text) == (500, True)
