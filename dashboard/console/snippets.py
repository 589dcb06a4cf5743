"""Code snippets with the real address and names of a database."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

PLACEHOLDER = "YOUR_KEY"


def for_database(
    *, url: str, database_id: str, collection: str, key: str, sample: Mapping[str, Any]
) -> list[dict[str, str]]:
    """Return `{id, kind, language, code}` for reading and inserting, in three languages.

    `sample` is a document that fits the collection, for the insert.
    """
    values = {"url": url, "id": database_id, "name": collection, "key": key}
    documents = {"curl": _in_shell(sample), "python": _in_python(sample), "javascript": _in_javascript(sample)}
    return [
        {
            "id": f"{kind}-{language}",
            "kind": kind,
            "language": title,
            "code": _fill(code, values, documents[language]),
        }
        for kind, codes in (("find", _FIND), ("insert", _INSERT))
        for language, (title, code) in codes.items()
    ]


def browser_page(*, url: str, database_id: str, collection: str, key: str) -> str:
    """Return a script for a web page that reads a collection with a browser key."""
    return _fill(_BROWSER_PAGE, {"url": url, "id": database_id, "name": collection, "key": key or PLACEHOLDER})


def connectors(*, url: str, database_id: str, collection: str, key: str) -> list[dict[str, str]]:
    """Return `{id, kind, language, code}` for programs that use a published connector, with their settings."""
    values = {"url": url, "id": database_id, "name": collection, "key": key}
    return [
        {
            "id": "connector-communibase",
            "kind": "connector",
            "language": "Communibase",
            "code": _fill(_COMMUNIBASE, values),
        }
    ]


def _fill(code: str, values: Mapping[str, str], document: str = "") -> str:
    """Return the code with its placeholders replaced. Values are escaped; quotation marks are part of the code."""
    for name, value in values.items():
        code = code.replace(f"<{name}>", json.dumps(value, ensure_ascii=False)[1:-1])
    return code.replace("<document>", document)


def _in_json(sample: Mapping[str, Any]) -> str:
    return json.dumps(sample, ensure_ascii=False)


def _in_javascript(sample: Mapping[str, Any]) -> str:
    """Return an object literal. A plain `__proto__` in it would set the prototype, not a member."""
    return re.sub(r'(?<!\\)"__proto__":', '["__proto__"]:', _in_json(sample))


def _in_shell(sample: Mapping[str, Any]) -> str:
    """Return JSON that is safe inside single quotes."""
    return _in_json(sample).replace("'", "'\\''")


def _in_python(sample: Mapping[str, Any]) -> str:
    return repr(dict(sample))


_FIND = {
    "curl": (
        "curl",
        """curl -sS -G '<url>/api/crud' -H 'Authorization: Api-Key <key>' \\
  -d database_id=<id> -d collection_name=<name> -d page_size=3""",
    ),
    "python": (
        "Python",
        """# pip install httpx
import httpx

answer = httpx.get(
    "<url>/api/crud",
    params={"database_id": "<id>", "collection_name": "<name>", "page_size": 3},
    headers={"Authorization": "Api-Key <key>"},
)
print(answer.json())""",
    ),
    "javascript": (
        "JavaScript",
        """const query = new URLSearchParams({ database_id: "<id>", collection_name: "<name>", page_size: 3 });
const answer = await fetch(`<url>/api/crud?${query}`, { headers: { Authorization: "Api-Key <key>" } });
console.log(await answer.json());""",
    ),
}
_INSERT = {
    "curl": (
        "curl",
        """curl -sS '<url>/api/crud' -H 'Authorization: Api-Key <key>' -H 'Content-Type: application/json' \\
  -d '{"database_id": "<id>", "collection_name": "<name>", "data": [<document>]}'""",
    ),
    "python": (
        "Python",
        """# pip install httpx
import httpx

answer = httpx.post(
    "<url>/api/crud",
    json={"database_id": "<id>", "collection_name": "<name>", "data": [<document>]},
    headers={"Authorization": "Api-Key <key>"},
)
print(answer.json())""",
    ),
    "javascript": (
        "JavaScript",
        """const answer = await fetch("<url>/api/crud", {
  method: "POST",
  headers: { Authorization: "Api-Key <key>", "Content-Type": "application/json" },
  body: JSON.stringify({ database_id: "<id>", collection_name: "<name>", data: [<document>] }),
});
console.log(await answer.json());""",
    ),
}
_COMMUNIBASE = """// npm install communibase-connector-js
process.env.COMMUNIBASE_API_URL = "<url>/communibase/<id>/0.1/";
const { Connector } = require("communibase-connector-js");

const connector = new Connector("<key>");
connector.search("<name>", {}, { limit: 3 }).then(console.log);
// To cache documents until they change: connector.enableCache("<id>", "<url>/?api_key=<key>");"""
_BROWSER_PAGE = """<script type="module">
const answer = await fetch("<url>/db/<id>/rest/<name>?max=3", {
  headers: { "x-apikey": "<key>" },
});
console.log(await answer.json());
</script>"""
