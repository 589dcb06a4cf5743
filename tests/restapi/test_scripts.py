"""The generated JavaScript API: what it says to whom, and when it is another one."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

import catalog.services
import engine
from accounts.principal import Principal, Web
from restapi import scripts
from tests.restapi.support import Rest, failed, told
from tests.restapi.test_web_keys import web_key
from tests.support import MISSING_ID, Tenant, until

FORMS = ["_jsapi.js", "_jsapi.js?plainjs=true", "_jsapi.mjs", "_jsapi.d.ts", "_jsapi.doc"]
NODE = shutil.which("node")


def given(script: str) -> dict[str, Any]:
    """What a script knows of the database."""
    return json.loads(re.search(r"var GIVEN = (\{.*\});", script)[1])


@pytest.mark.parametrize("form", FORMS)
def test_whoever_has_no_key_learns_no_name(rest: Rest, ben: Tenant, form: str) -> None:
    """Whether a database exists is not told either."""
    found, missing = (
        rest.tenant.client.get(f"/db/{database}/rest/{form}") for database in (rest.tenant.database, MISSING_ID)
    )
    assert (found.status_code, missing.status_code) == (200, 200)
    assert "people" not in found.text
    assert rest.tenant.name not in found.text

    def bare(text: str, database: str) -> str:
        return re.sub(r"Schema: \w+", "", text.replace(database, ""))

    assert bare(found.text, rest.tenant.database) == bare(missing.text, MISSING_ID)


def test_a_key_is_told_what_it_may_see(rest: Rest, ben: Tenant) -> None:
    everything = given(rest.ask("GET _jsapi.js").text)
    listed = {item["name"]: item for item in everything["collections"]}
    assert everything["known"] is True
    assert {"people", "pets"} <= set(listed)
    assert listed["people"] == {
        "name": "people",
        "property": "people",
        "fields": None,
        "children": {},
    }
    assert everything["url"] == f"{str(rest.tenant.client.base_url).rstrip('/')}/db/{rest.tenant.database}"
    key = web_key(rest.tenant, paths=["/pets/**"])
    assert [item["name"] for item in given(rest.ask("GET _jsapi.js", key=key).text)["collections"]] == ["pets"]
    refusal = failed(404, "Not found or access denied", name="NotFound")
    assert told(rest.ask("GET _jsapi.js", key=ben.key)) == refusal
    assert rest.ask("GET _jsapi.js", key="dc_nobody").status_code == 401


def test_a_script_holds_no_key(rest: Rest) -> None:
    for form in FORMS:
        answer = rest.tenant.client.get(
            f"/db/{rest.tenant.database}/rest/{form}", params={"apikey": rest.tenant.key}
        )
        assert answer.status_code == 200
        assert rest.tenant.key not in answer.text


def test_it_is_another_one_when_the_schema_is(rest: Rest) -> None:
    first = rest.ask("GET _jsapi.js")
    tag = {"If-None-Match": first.headers["ETag"]}
    again = rest.ask("GET _jsapi.js", headers=tag)
    assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", first.headers["ETag"])
    assert first.headers["Cache-Control"] == "private, no-cache"
    assert (
        rest.tenant.client.get(f"/db/{rest.tenant.database}/rest/_jsapi.js").headers["Cache-Control"] == "no-cache"
    )
    tags = {rest.ask(f"GET {form}").headers["ETag"] for form in FORMS}
    assert len(tags) == len(FORMS)
    rest.tenant.new_collection()
    until(lambda: rest.ask("GET _jsapi.js").headers["ETag"] != first.headers["ETag"])


@pytest.mark.parametrize(
    ("form", "kind"),
    [
        ("_jsapi.js", "text/javascript; charset=utf-8"),
        ("_jsapi.mjs", "text/javascript; charset=utf-8"),
        ("_jsapi.doc", "text/html; charset=utf-8"),
    ],
)
def test_headers(rest: Rest, form: str, kind: str) -> None:
    answer = rest.tenant.client.get(
        f"/db/{rest.tenant.database}/rest/{form}", headers={"Origin": "https://app.example.com"}
    )
    assert answer.headers["Content-Type"] == kind
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    # A module is fetched with the page's origin, and this one is for everybody.
    assert answer.headers["Access-Control-Allow-Origin"] == "https://app.example.com"
    assert rest.ask(f"POST {form}").status_code == 405


# --- in this process ----------------------------------------------------------------------------------

NASTY = "*/</script><script>alert(1)//\u2028"


def specs(**fields: str) -> dict[str, engine.Spec]:
    schema, faults = engine.parse_schema(
        [{"name": name, "type": kind} for name, kind in fields.items()], limits=engine.Limits(), strict=True
    )
    assert not faults
    return {name: engine.Spec(name, f"{name}_x", schema) for name in ("system_jobs", "systemjobs", "on", "pets-2")}


def test_names_that_clash_or_are_none_of_javascript() -> None:
    found = given(scripts.render(scripts.source("d", specs(a="string")), "plain").decode())
    assert {item["name"]: item["property"] for item in found["collections"]} == {
        "on": "",
        "pets-2": "pets2",
        "system_jobs": "systemjobs",
        "systemjobs": "",
    }
    types = scripts.render(scripts.source("d", specs(a="string")), "types").decode()
    assert "  systemjobs: CollectionOf<Systemjobs" in types
    assert "\n  on: " not in types
    assert len(set(re.findall(r"export interface (\w+Data) ", types))) == 4


@pytest.mark.parametrize("form", scripts.FORMS)
def test_nothing_gets_out_of_its_place(form: str) -> None:
    schema, _ = engine.parse_schema(
        [{"name": NASTY.replace("\u2028", ""), "description": NASTY}], limits=engine.Limits(), strict=True
    )
    found = scripts.render(scripts.source(f"d*/{NASTY}", {"c": engine.Spec("c", "c_x", schema)}), form).decode()
    assert "<script>alert" not in found
    assert found.count("*/") == len(re.findall(r"^ .*\*/$|^/\*.*\*/$", found, re.MULTILINE)) or form == "page"


@pytest.mark.parametrize("form", ["jquery", "plain", "module"])
@pytest.mark.skipif(NODE is None, reason="node is not installed")
def test_the_scripts_are_javascript(tmp_path: Path, form: str) -> None:
    path = tmp_path / ("x.mjs" if form == "module" else "x.cjs")
    path.write_bytes(scripts.render(scripts.source("d", specs(a="string", b="number")), form))
    ended = subprocess.run([str(NODE), "--check", path], capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr


def test_paths_of_a_key_bound_what_it_is_told() -> None:
    web = Web(paths=("/systemjobs",))
    found = json.loads(scripts.source("d", specs(a="string"), web=web).schema)
    assert [(item["name"], item["children"]) for item in found] == [("systemjobs", {})]


def test_names_are_public_where_the_installation_says_so(owner: Principal, settings: Any) -> None:
    database, _ = catalog.services.create_database(
        owner, name="open", collections=[{"name": "people", "fields": [{"name": "name"}]}]
    )
    assert catalog.services.public_specs(database.id) is None
    settings.PUBLIC_SCHEMAS = True
    public = catalog.services.public_specs(database.id)
    found = given(scripts.render(scripts.source(database.id, public), "plain").decode())
    assert [item["name"] for item in found["collections"]] == ["people"]
    assert catalog.services.public_specs(MISSING_ID) is None
    assert catalog.services.public_specs("open") is None
