"""The query console."""

from __future__ import annotations

import json
from typing import Any

import pytest

import engine
from tests.dashboard.conftest import HTMX, Browser, text_of


@pytest.mark.parametrize(
    ("form_data", "status", "text"),
    [
        ({"mode": "find"}, 200, "2 documents"),
        ({"mode": "find", "filter": '{"title": "Slam"}', "shape": "json"}, 200, "1 document"),
        ({"mode": "find", "sort": '{"title": -1}', "fields": '{"title": 1}', "limit": "20"}, 200, "2 documents"),
        ({"mode": "find", "filter": '{"nothing": 1}'}, 200, "No results"),
        ({"mode": "find", "filter": "{"}, 400, "filter : The JSON is not valid"),
        ({"mode": "find", "sort": "[]"}, 400, "sort : The sort must be a JSON object"),
        ({"mode": "find", "filter": '{"$where": "1"}'}, 400, "$where"),
        ({"mode": "aggregate", "pipeline": '[{"$count": "n"}]'}, 200, "1 document"),
        ({"mode": "aggregate", "pipeline": '[{"$out": "x"}]'}, 400, "$out"),
        ({"mode": "aggregate", "pipeline": "["}, 400, "pipeline"),
        ({"mode": "find", "limit": "999999999999999"}, 200, "2 documents"),
    ],
)
def test_queries_and_their_errors(
    anna: Browser, films: engine.Database, form_data: Any, status: int, text: str
) -> None:
    answer = anna.get(f"db/{films.id}/query", data={"collection": "films", **form_data})
    assert (answer.status_code, text in text_of(answer)) == (status, True), text_of(answer)[-800:]


def test_an_unknown_collection(anna: Browser, films: engine.Database) -> None:
    assert anna.get(f"db/{films.id}/query?collection=other").status_code == 404


def test_completions_come_from_schema_and_documents(anna: Browser, films: engine.Database) -> None:
    films.collection("films").insert([{"title": "x", "deep": {"er": 1}}])
    words = anna.get(f"db/{films.id}/query?collection=films").context["completions"]
    assert {"title", "rating", "deep", "deep.er", "_sys.updated"} <= set(words["fields"])
    assert {"$gte", "$in", "$and"} <= set(words["filter"])
    assert {"$match", "$sum", "$dateToString"} <= set(words["pipeline"])


def test_exported_code_has_real_names_and_no_key(anna: Browser, films: engine.Database) -> None:
    form_data = {"collection": "films", "mode": "find", "filter": '{"title": "it\'s"}'}
    programs = anna.get(f"db/{films.id}/query", data=form_data).context["programs"]
    assert [item["title"] for item in programs] == ["curl", "Python", "JavaScript"]
    for item in programs:
        assert films.id in item["code"] and "/api/crud" in item["code"] and "YOUR_KEY" in item["code"]
    compile(programs[1]["code"], "copied", "exec")


def test_an_index_is_suggested_and_created(anna: Browser, films: engine.Database) -> None:
    handle = films.collection("films")
    handle.insert([{"title": str(number), "n": number} for number in range(1500)])
    query = {"collection": "films", "mode": "find", "filter": json.dumps({"n": 7})}
    explained = anna.get(f"db/{films.id}/query/explain", data=query, headers=HTMX)
    assert "Full collection scan" in text_of(explained)
    assert 'name="field" value="n"' in explained.content.decode()
    form_data = {"collection": "films", "field": ["n"], "order": ["1"]}
    assert "Index n_1 created" in text_of(anna.post(f"db/{films.id}/query/index", form_data, headers=HTMX))
    again = anna.get(f"db/{films.id}/query/explain", data=query, headers=HTMX)
    assert "Uses the index n_1" in text_of(again)
    faulty = anna.get(f"db/{films.id}/query/explain?collection=films&filter=%7B", headers=HTMX)
    assert faulty.status_code == 400
