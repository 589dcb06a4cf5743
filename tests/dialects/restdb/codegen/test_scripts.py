"""The generated JavaScript API: which names it contains, and when it changes."""

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
from accounts.principal import BrowserKeyScope, Principal
from dialects.restdb.codegen import scripts
from engine.schema import parse_schema
from tests.dialects.restdb.support import Rest, failed, result_of
from tests.dialects.restdb.test_browser_keys import browser_key
from tests.support import MISSING_ID, Tenant, until

FORMS = ["_jsapi.js", "_jsapi.js?plainjs=true", "_jsapi.mjs", "_jsapi.d.ts", "_jsapi.d.mts", "_jsapi.doc"]
LIBRARIES = ["jquery", "plain", "module"]
NODE = shutil.which("node")
OF_EVERY_OBJECT = [
    "constructor",
    "hasOwnProperty",
    "isPrototypeOf",
    "propertyIsEnumerable",
    "toLocaleString",
    "toString",
    "valueOf",
    "collection",
    "close",
    "then",
    "toJSON",
]
# Requests are recorded in `requests` and not answered; `report` prints a test's result.
HARNESS = """
const requests = [];
globalThis.window = globalThis;
window.jQuery = {
    ajax: request => {
        requests.push(`${request.type} ${request.url}`);
        const sent = {done: () => sent, fail: () => sent};
        return sent;
    },
    ajaxSetup: () => ({async: true}),
};
window.XMLHttpRequest = function () {
    this.open = (verb, url) => requests.push(`${verb} ${url}`);
    this.setRequestHeader = this.send = () => {};
};
window.fetch = (url, {method}) => {
    requests.push(`${method} ${url}`);
    return new Promise(() => {});
};
const plain = value => value instanceof Error ? {...value, message: value.message} : value;
const report = value => console.log(JSON.stringify(value, (_, item) => plain(item)));
const found = await import("./%s");
const restdb = window.restdb || found.default;
const db = new restdb("k", {});
"""


def embedded_data(script: str) -> dict[str, Any]:
    """Return the description of the database inside a script."""
    return json.loads(json.loads(re.search(r"var GIVEN = JSON.parse\((\".*\")\);", script)[1]))


@pytest.mark.parametrize("form", FORMS)
def test_without_a_key_there_are_no_names(rest: Rest, ben: Tenant, form: str) -> None:
    """Not even whether a database exists."""
    existing, missing = (
        rest.tenant.client.get(f"/db/{database}/rest/{form}") for database in (rest.tenant.database, MISSING_ID)
    )
    assert (existing.status_code, missing.status_code) == (200, 200)
    assert "people" not in existing.text
    assert rest.tenant.name not in existing.text

    def bare(text: str, database: str) -> str:
        return re.sub(r"Schema: \w+", "", text.replace(database, ""))

    assert bare(existing.text, rest.tenant.database) == bare(missing.text, MISSING_ID)


def test_a_key_gets_the_collections_it_may_see(rest: Rest, ben: Tenant) -> None:
    everything = embedded_data(rest.ask("GET _jsapi.js").text)
    collections = {item["name"]: item for item in everything["collections"]}
    assert everything["known"] is True
    assert {"people", "pets"} <= set(collections)
    assert collections["people"] == {
        "name": "people",
        "property": "people",
        "fields": None,
        "children": {},
    }
    assert everything["url"] == f"{str(rest.tenant.client.base_url).rstrip('/')}/db/{rest.tenant.database}"
    key = browser_key(rest.tenant, paths=["/pets/**"])
    assert [item["name"] for item in embedded_data(rest.ask("GET _jsapi.js", key=key).text)["collections"]] == [
        "pets"
    ]
    refusal = failed(404, "Not found or access denied", name="NotFound")
    assert result_of(rest.ask("GET _jsapi.js", key=ben.key)) == refusal
    assert rest.ask("GET _jsapi.js", key="dc_nobody").status_code == 401


def test_a_script_contains_no_key(rest: Rest) -> None:
    for form in FORMS:
        answer = rest.tenant.client.get(
            f"/db/{rest.tenant.database}/rest/{form}", params={"apikey": rest.tenant.key}
        )
        assert answer.status_code == 200
        assert rest.tenant.key not in answer.text


def test_the_etag_changes_with_the_schema(rest: Rest) -> None:
    first = rest.ask("GET _jsapi.js")
    tag = {"If-None-Match": first.headers["ETag"]}
    again = rest.ask("GET _jsapi.js", headers=tag)
    # A compressed answer has a weak ETag; both forms name the same text.
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["ETag"].removeprefix("W/") == first.headers["ETag"].removeprefix("W/")
    assert first.headers["Cache-Control"] == "private, no-cache"
    assert (
        rest.tenant.client.get(f"/db/{rest.tenant.database}/rest/_jsapi.js").headers["Cache-Control"] == "no-cache"
    )
    tags = {rest.ask(f"GET {form}").headers["ETag"] for form in FORMS}
    assert len(tags) == len(FORMS) - 1  # one has two names
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
    # A module is fetched with the page's origin; this one is public.
    assert answer.headers["Access-Control-Allow-Origin"] == "https://app.example.com"
    assert rest.ask(f"POST {form}").status_code == 405


# --- in this process ----------------------------------------------------------------------------------

NASTY = "*/</script><script>alert(1)//\u2028"


def specs(**fields: str) -> dict[str, engine.CollectionSpec]:
    schema, errors = parse_schema(
        [{"name": name, "type": kind} for name, kind in fields.items()], limits=engine.Limits(), strict=True
    )
    assert not errors
    return {
        name: engine.CollectionSpec(name, f"{name}_x", schema)
        for name in ("system_jobs", "systemjobs", "on", "pets-2")
    }


def spec(name: str, fields: list[dict[str, Any]] | None = None) -> engine.CollectionSpec:
    schema, errors = parse_schema(fields or [], limits=engine.Limits(), strict=False)
    assert not errors
    return engine.CollectionSpec(name, f"{name}_x", schema)


def named(*names: str) -> dict[str, engine.CollectionSpec]:
    return {name: spec(name) for name in names}


def declared_types(names: list[str]) -> list[str]:
    """Return the type of each name's documents, in the order of the names."""
    types = scripts.render(scripts.source("d", named(*names)), "types").decode()
    types_by_name = re.findall(r"^/\*\* (.*) \*/\nexport interface (\w+) ", types, re.MULTILINE)
    return [declared for _, declared in sorted(types_by_name)]


def run_program(tmp_path: Path, form: str, known: dict[str, engine.CollectionSpec], body: str) -> Any:
    """Run a program with the library as `restdb` and a database as `db`, and return its output."""
    library = tmp_path / ("library.mjs" if form == "module" else "library.cjs")
    library.write_bytes(scripts.render(scripts.source("d", known), form))
    program = tmp_path / "program.mjs"
    program.write_text(HARNESS % library.name + body)
    ended = subprocess.run([str(NODE), program], capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout)


def test_clashing_and_invalid_property_names() -> None:
    data = embedded_data(scripts.render(scripts.source("d", specs(a="string")), "plain").decode())
    assert {item["name"]: item["property"] for item in data["collections"]} == {
        "on": "",
        "pets-2": "pets2",
        "system_jobs": "",
        "systemjobs": "systemjobs",
    }
    types = scripts.render(scripts.source("d", specs(a="string")), "types").decode()
    assert "  systemjobs: CollectionOf<Systemjobs" in types
    assert "\n  on: " not in types
    assert len(set(re.findall(r"export interface (\w+Data) ", types))) == 4


def test_types_of_fields() -> None:
    fields: list[dict[str, Any]] = [
        {"name": "name", "required": True},
        {"name": "boss", "type": "reference", "collection": "people"},
        {"name": "gone", "type": "reference", "collection": "nowhere", "many": True},
        {"name": "nothing", "type": "null"},
        {"name": "shape", "type": "regex"},
        {"name": "at", "type": "timestamp"},
        {"name": "size", "type": "enum", "enum": ["s", "<m>"]},
        {"name": "constructor"},
        {"name": "delete"},
    ]
    parent = {"name": "_parent_id", "type": "reference", "collection": "people"}
    known = {item.name: item for item in (spec("people", fields), spec("pets", [parent]), spec("save", [parent]))}
    known |= named("1st", "größe")
    types = scripts.render(scripts.source("d", known), "types").decode()
    assert (
        """export interface PeopleData {
  "name": string;
  "boss"?: Link<PeopleData> | null;
  "gone"?: Link<any> | null;
  "nothing"?: null | null;
  "shape"?: { pattern: string; options?: string } | null;
  "at"?: string | { t: number; i: number } | null;
  "size"?: "s" | "\\u003cm\\u003e" | null;
  "delete"?: string | null;
}"""
        in types
    )
    assert '  people: CollectionOf<PeopleData, { "pets": Children<PetsData>; }, "delete">;' in types
    assert '  "1st": CollectionOf<' in types
    assert '  "gr\\u00f6\\u00dfe": CollectionOf<' in types
    assert '  "_parent_id"?: string | null;' in types


@pytest.mark.parametrize(
    ("names", "types"),
    [
        (["people"], ["PeopleData"]),
        (["Ab"], ["AbData"]),
        (["Ab", "ab"], ["Ab025b55Data", "Abfb8e20Data"]),
        (["Ab", "ab", "abc"], ["Ab025b55Data", "Abfb8e20Data", "AbcData"]),
        (["2a", "T2a"], ["T2ab2239aData", "T2af7e93fData"]),
        (["a_b", "ab"], ["Ab648fa9Data", "AbData"]),
        (["a_b", "ab648fa9"], ["Ab648fa9Data", "Ab648fa98e5e9dData"]),
    ],
)
def test_type_names_are_unique(names: list[str], types: list[str]) -> None:
    """Names that differ in case, in a leading digit or by a hash."""
    assert declared_types(names) == types
    assert declared_types(names[::-1]) == types


@pytest.mark.parametrize("name", OF_EVERY_OBJECT)
def test_reserved_names_are_not_properties(name: str) -> None:
    """A reserved name is a member of the database object, not a collection."""
    source = scripts.source("d", named(name, "people"))
    assert {
        item["name"]: item["property"]
        for item in embedded_data(scripts.render(source, "plain").decode())["collections"]
    } == {
        name: "",
        "people": "people",
    }
    types, page = (scripts.render(source, form).decode() for form in ("types", "page"))
    assert re.findall(r"^  (\w+): CollectionOf<\w+>;$", types, re.MULTILINE) == ["people"]
    assert f"new db.{name}(" not in page
    assert f"\ndb.{name}." not in page
    assert page.count(f"(db.collection(&quot;{name}&quot;))") == 4


@pytest.mark.parametrize("form", LIBRARIES)
@pytest.mark.slow
@pytest.mark.skipif(NODE is None, reason="node is not installed")
def test_reserved_names_match_the_database_object(tmp_path: Path, form: str) -> None:
    output = run_program(
        tmp_path,
        form,
        named("people"),
        """const names = [];
        for (let at = db; at; at = Object.getPrototypeOf(at)) names.push(...Object.getOwnPropertyNames(at));
        report([...new Set(names)].filter(name => /^[a-z0-9]+$/i.test(name) && name !== "people"));""",
    )
    assert {*output, "then", "toJSON"} == scripts.RESERVED


@pytest.mark.parametrize("form", LIBRARIES)
@pytest.mark.slow
@pytest.mark.skipif(NODE is None, reason="node is not installed")
def test_no_name_breaks_the_library(tmp_path: Path, form: str) -> None:
    names = ["__proto__", "name", "length", "caller", "prototype", "_", *OF_EVERY_OBJECT]
    output = run_program(
        tmp_path,
        form,
        named(*names),
        f"""const names = {json.dumps(names)};
        report([
            await db === db,
            JSON.parse(JSON.stringify(db)).apikey,
            Object.keys(db),
            names.filter(name => new (db.collection(name))({{a: "x"}}).a !== "x"),
            names.filter(name => db.collection(name) !== db.collection(name)),
            new Set(names.map(db.collection)).size,
        ]);""",
    )
    keys = ["apikey", "url", "logging", "on", "publish", "proto", "caller", "length", "name", "prototype"]
    assert output == [True, "k", keys, [], [], len(names)]


@pytest.mark.parametrize("form", LIBRARIES)
@pytest.mark.slow
@pytest.mark.skipif(NODE is None, reason="node is not installed")
def test_children_of_any_name(tmp_path: Path, form: str) -> None:
    parent = [{"name": "_parent_id", "type": "reference", "collection": "people"}]
    known = named("people", "pets") | {"__proto__": spec("__proto__", parent)}
    output = run_program(
        tmp_path,
        form,
        known,
        """const joe = new db.people(JSON.parse('{"a": "x", "__proto__": []}'));
        report([Object.keys(joe), Object.keys(new db.pets(joe)), typeof joe.children("__proto__").addChild]);""",
    )
    assert output == [["a", "__proto__"], ["a"], "function"]


REFUSED = {
    "name": "NoAddress",
    "message": 'An id or a name must not be empty, "." or "..".',
    "list": [],
    "status": 0,
}


@pytest.mark.parametrize("form", LIBRARIES)
@pytest.mark.parametrize(
    "call",
    [
        'db.people.getById(""',
        'db.people.getById("."',
        'db.people.getById(".."',
        "db.people.getById([]",
        'new db.people({_id: ""}).reload(',
        'new db.people({_id: ""}).delete(',
        'new db.people({_id: ".."}).save(',
        'new db.people({_id: ""}).children("pets").getChild(',
        'db.collection("").find({}',
    ],
)
@pytest.mark.slow
@pytest.mark.skipif(NODE is None, reason="node is not installed")
def test_invalid_ids_are_not_requested(tmp_path: Path, form: str, call: str) -> None:
    """An empty id would address the list instead of a document."""
    start = call if call.endswith("(") else f"{call}, "
    output = run_program(
        tmp_path,
        form,
        named("people", "pets"),
        f"""let returned = false;
        const called = await new Promise(resolve => {{
            {start}(problem, found) => resolve([problem, problem instanceof Error, found === undefined, returned]));
            returned = true;
        }});
        let left = null;
        try {{ left = [await {call}), "value"]; }} catch (problem) {{ left = [problem, problem instanceof Error]; }}
        report([called, left, requests]);""",
    )
    is_error = form == "module"
    if form == "jquery":
        assert output == [[{"status": 0, "responseJSON": REFUSED}, False, True, True], [None, "value"], []]
        return
    # JSON omits an Error's message.
    assert output == [[REFUSED, is_error, True, True], [REFUSED, is_error], []]


@pytest.mark.parametrize("form", LIBRARIES)
@pytest.mark.slow
@pytest.mark.skipif(NODE is None, reason="node is not installed")
def test_unusual_ids_are_requested(tmp_path: Path, form: str) -> None:
    output = run_program(
        tmp_path,
        form,
        named("people", "pets"),
        """const none = () => {};
        db.people.getById("...", none);
        db.people.getById("a/b?", none);
        db.people.find({a: "/../"}, {$max: 1}, none);
        db.people({_id: "x"}).children("pets").getChild(none);
        db.publish("", {}, none);
        report(requests);""",
    )
    base = scripts.ScriptSource("d").base
    assert output == [
        f"GET {base}/rest/people/...?metafields=true",
        f"GET {base}/rest/people/a%2Fb%3F?metafields=true",
        f"GET {base}/rest/people?q=%7B%22a%22%3A%22%2F..%2F%22%7D&h=%7B%22%24max%22%3A1%7D",
        f"GET {base}/rest/people/x/pets?metafields=true",
        f"POST {base}/realtime",
    ]


@pytest.mark.parametrize("form", scripts.FORMS)
def test_content_is_escaped(form: str) -> None:
    schema, _ = parse_schema(
        [{"name": NASTY.replace("\u2028", ""), "description": NASTY}], limits=engine.Limits(), strict=True
    )
    script = scripts.render(
        scripts.source(f"d*/{NASTY}", {"c": engine.CollectionSpec("c", "c_x", schema)}), form
    ).decode()
    assert "<script>alert" not in script
    assert script.count("*/") == len(re.findall(r"^ .*\*/$|^/\*.*\*/$", script, re.MULTILINE)) or form == "page"


@pytest.mark.parametrize("form", LIBRARIES)
@pytest.mark.slow
@pytest.mark.skipif(NODE is None, reason="node is not installed")
def test_the_scripts_are_valid_javascript(tmp_path: Path, form: str) -> None:
    path = tmp_path / ("x.mjs" if form == "module" else "x.cjs")
    path.write_bytes(scripts.render(scripts.source("d", specs(a="string", b="number")), form))
    ended = subprocess.run([str(NODE), "--check", path], capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr


def test_paths_of_a_key_limit_the_names() -> None:
    web = BrowserKeyScope(paths=("/systemjobs",))
    collections = json.loads(scripts.source("d", specs(a="string"), web=web).schema)
    assert [(item["name"], item["children"]) for item in collections] == [("systemjobs", {})]


def test_names_are_public_if_the_installation_allows_it(owner: Principal, settings: Any) -> None:
    database, _ = catalog.services.creation.create_database(
        owner, name="open", collections=[{"name": "people", "fields": [{"name": "name"}]}]
    )
    assert catalog.services.rest.public_specs(database.id) is None
    settings.PUBLIC_SCHEMAS = True
    public = catalog.services.rest.public_specs(database.id)
    data = embedded_data(scripts.render(scripts.source(database.id, public), "plain").decode())
    assert [item["name"] for item in data["collections"]] == ["people"]
    assert catalog.services.rest.public_specs(MISSING_ID) is None
    assert catalog.services.rest.public_specs("open") is None
