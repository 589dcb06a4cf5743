"""The SQL tab of the query page."""

from __future__ import annotations

from html import unescape
from typing import Any

import engine
from tests.dashboard.conftest import Browser, text_of


def test_statements_and_their_results(anna: Browser, films: engine.Database, settings: Any) -> None:
    path = f"db/{films.id}/query/sql"
    page = anna.get(path, data={"statement": "SELECT <1>"})
    assert (page.status_code, page.context["statement"]) == (200, "SELECT <1>")
    assert "&lt;1&gt;" in page.content.decode()
    assert [name for name, _ in page.context["tables"]] == [*films.specs]
    for statement, status, texts in (
        ("SELECT count(*) AS n FROM films", 200, ["1 row", "n 2"]),
        ("SELECT title FROM films WHERE 0", 200, ["No rows"]),
        ("SELECT title\nFRM films", 400, ['near "films": syntax error', "Line 2, column 5"]),
        ("SELECT lost FROM films", 400, ["no such column: lost", "Line 1, column 8"]),
        ("DROP TABLE films", 400, ["Only SELECT, INSERT, UPDATE and DELETE"]),
        ("INSERT INTO films (title) VALUES ('New')", 200, ["1 change in films"]),
        ("SELECT count(*) AS n FROM films", 200, ["n 3"]),
        ("", 400, ["incomplete input"]),
    ):
        answer = anna.post(path, {"statement": statement})
        shown = unescape(" ".join(text_of(answer).split()))
        assert answer.status_code == status, shown[-500:]
        assert all(text in shown for text in texts), (texts, shown[-800:])
    settings.SQL_MAX_ROWS = 1
    assert "SQL_MAX_ROWS" in text_of(anna.post(path, {"statement": "SELECT title FROM films"}))
