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
from accounts.principal import BrowserKeyScope, Principal
from dialects.restdb.codegen import scripts
from tests.dialects.restdb.support import Rest, failed, told
from tests.dialects.restdb.test_web_keys import web_key
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
# Requests are noted in `asked` and get no answer; `tell` says what a test wants to know.
HARNESS = """
const asked = [];
globalThis.window = globalThis;
window.jQuery = {
    ajax: request => {
        asked.push(`${request.type} ${request.url}`);
        const sent = {done: () => sent, fail: () => sent};
        return sent;
    },
    ajaxSetup: () => ({async: true}),
};
window.XMLHttpRequest = function () {
    this.open = (verb, url) => asked.push(`${verb} ${url}`);
    this.setRequestHeader = this.send = () => {};
};
window.fetch = (url, {method}) => {
    asked.push(`${method} ${url}`);
    return new Promise(() => {});
};
const plain = value => value instanceof Error ? {...value, message: value.message} : value;
const tell = value => console.log(JSON.stringify(value, (_, item) => plain(item)));
const found = await import("./%s");
const restdb = window.restdb || found.default;
const db = new restdb("k", {});
"""


def given(script: str) -> dict[str, Any]:
    """What a script knows of the database."""
    return json.loads(json.loads(re.search(r"var GIVEN = JSON.parse\((\".*\")\);", script)[1]))


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


def spec(name: str, fields: list[dict[str, Any]] | None = None) -> engine.Spec:
    schema, faults = engine.parse_schema(fields or [], limits=engine.Limits(), strict=False)
    assert not faults
    return engine.Spec(name, f"{name}_x", schema)


def named(*names: str) -> dict[str, engine.Spec]:
    return {name: spec(name) for name in names}


def declared_types(names: list[str]) -> list[str]:
    """The type of each name's documents, in the order of the names."""
    types = scripts.render(scripts.source("d", named(*names)), "types").decode()
    found = re.findall(r"^/\*\* (.*) \*/\nexport interface (\w+) ", types, re.MULTILINE)
    return [declared for _, declared in sorted(found)]


def ran(tmp_path: Path, form: str, known: dict[str, engine.Spec], body: str) -> Any:
    """What a program tells that has the library as `restdb` and a database as `db`."""
    library = tmp_path / ("library.mjs" if form == "module" else "library.cjs")
    library.write_bytes(scripts.render(scripts.source("d", known), form))
    program = tmp_path / "program.mjs"
    program.write_text(HARNESS % library.name + body)
    ended = subprocess.run([str(NODE), program], capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout)


def test_names_that_clash_or_are_none_of_javascript() -> None:
    found = given(scripts.render(scripts.source("d", specs(a="string")), "plain").decode())
    assert {item["name"]: item["property"] for item in found["collections"]} == {
        "on": "",
        "pets-2": "pets2",
        "system_jobs": "",
        "systemjobs": "systemjobs",
    }
    types = scripts.render(scripts.source("d", specs(a="string")), "types").decode()
    assert "  systemjobs: CollectionOf<Systemjobs" in types
    assert "\n  on: " not in types
    assert len(set(re.findall(r"export interface (\w+Data) ", types))) == 4


def test_types_say_what_is_read_and_may_be_sent() -> None:
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
def test_types_of_different_names(names: list[str], types: list[str]) -> None:
    """Equal but for their case, a digit's letter, or a hash."""
    assert declared_types(names) == types
    assert declared_types(names[::-1]) == types


@pytest.mark.parametrize("name", OF_EVERY_OBJECT)
def test_only_what_works_is_offered(name: str) -> None:
    """The name of what the database object has anyway leads to that, not to a collection."""
    found = scripts.source("d", named(name, "people"))
    assert {
        item["name"]: item["property"] for item in given(scripts.render(found, "plain").decode())["collections"]
    } == {
        name: "",
        "people": "people",
    }
    types, page = (scripts.render(found, form).decode() for form in ("types", "page"))
    assert re.findall(r"^  (\w+): CollectionOf<\w+>;$", types, re.MULTILINE) == ["people"]
    assert f"new db.{name}(" not in page
    assert f"\ndb.{name}." not in page
    assert page.count(f"(db.collection(&quot;{name}&quot;))") == 4


@pytest.mark.parametrize("form", LIBRARIES)
@pytest.mark.skipif(NODE is None, reason="node is not installed")
def test_reserved_is_what_every_database_object_has(tmp_path: Path, form: str) -> None:
    found = ran(
        tmp_path,
        form,
        named("people"),
        """const names = [];
        for (let at = db; at; at = Object.getPrototypeOf(at)) names.push(...Object.getOwnPropertyNames(at));
        tell([...new Set(names)].filter(name => /^[a-z0-9]+$/i.test(name) && name !== "people"));""",
    )
    assert {*found, "then", "toJSON"} == scripts.RESERVED


@pytest.mark.parametrize("form", LIBRARIES)
@pytest.mark.skipif(NODE is None, reason="node is not installed")
def test_no_name_breaks_the_library(tmp_path: Path, form: str) -> None:
    names = ["__proto__", "name", "length", "caller", "prototype", "_", *OF_EVERY_OBJECT]
    found = ran(
        tmp_path,
        form,
        named(*names),
        f"""const names = {json.dumps(names)};
        tell([
            await db === db,
            JSON.parse(JSON.stringify(db)).apikey,
            Object.keys(db),
            names.filter(name => new (db.collection(name))({{a: "x"}}).a !== "x"),
            names.filter(name => db.collection(name) !== db.collection(name)),
            new Set(names.map(db.collection)).size,
        ]);""",
    )
    shown = ["apikey", "url", "logging", "on", "publish", "proto", "caller", "length", "name", "prototype"]
    assert found == [True, "k", shown, [], [], len(names)]


@pytest.mark.parametrize("form", LIBRARIES)
@pytest.mark.skipif(NODE is None, reason="node is not installed")
def test_children_of_any_name(tmp_path: Path, form: str) -> None:
    parent = [{"name": "_parent_id", "type": "reference", "collection": "people"}]
    known = named("people", "pets") | {"__proto__": spec("__proto__", parent)}
    found = ran(
        tmp_path,
        form,
        known,
        """const joe = new db.people(JSON.parse('{"a": "x", "__proto__": []}'));
        tell([Object.keys(joe), Object.keys(new db.pets(joe)), typeof joe.children("__proto__").addChild]);""",
    )
    assert found == [["a", "__proto__"], ["a"], "function"]


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
@pytest.mark.skipif(NODE is None, reason="node is not installed")
def test_what_is_the_address_of_something_else_is_not_asked(tmp_path: Path, form: str, call: str) -> None:
    """Without an id it would be the list's, whose documents would be taken for one."""
    start = call if call.endswith("(") else f"{call}, "
    found = ran(
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
        tell([called, left, asked]);""",
    )
    is_error = form == "module"
    if form == "jquery":
        assert found == [[{"status": 0, "responseJSON": REFUSED}, False, True, True], [None, "value"], []]
        return
    # What an Error's message is, JSON leaves out.
    assert found == [[REFUSED, is_error, True, True], [REFUSED, is_error], []]


@pytest.mark.parametrize("form", LIBRARIES)
@pytest.mark.skipif(NODE is None, reason="node is not installed")
def test_what_has_an_address_is_asked(tmp_path: Path, form: str) -> None:
    found = ran(
        tmp_path,
        form,
        named("people", "pets"),
        """const none = () => {};
        db.people.getById("...", none);
        db.people.getById("a/b?", none);
        db.people.find({a: "/../"}, {$max: 1}, none);
        db.people({_id: "x"}).children("pets").getChild(none);
        db.publish("", {}, none);
        tell(asked);""",
    )
    base = scripts.ScriptSource("d").base
    assert found == [
        f"GET {base}/rest/people/...?metafields=true",
        f"GET {base}/rest/people/a%2Fb%3F?metafields=true",
        f"GET {base}/rest/people?q=%7B%22a%22%3A%22%2F..%2F%22%7D&h=%7B%22%24max%22%3A1%7D",
        f"GET {base}/rest/people/x/pets?metafields=true",
        f"POST {base}/realtime",
    ]


@pytest.mark.parametrize("form", scripts.FORMS)
def test_nothing_gets_out_of_its_place(form: str) -> None:
    schema, _ = engine.parse_schema(
        [{"name": NASTY.replace("\u2028", ""), "description": NASTY}], limits=engine.Limits(), strict=True
    )
    found = scripts.render(scripts.source(f"d*/{NASTY}", {"c": engine.Spec("c", "c_x", schema)}), form).decode()
    assert "<script>alert" not in found
    assert found.count("*/") == len(re.findall(r"^ .*\*/$|^/\*.*\*/$", found, re.MULTILINE)) or form == "page"


@pytest.mark.parametrize("form", LIBRARIES)
@pytest.mark.skipif(NODE is None, reason="node is not installed")
def test_the_scripts_are_javascript(tmp_path: Path, form: str) -> None:
    path = tmp_path / ("x.mjs" if form == "module" else "x.cjs")
    path.write_bytes(scripts.render(scripts.source("d", specs(a="string", b="number")), form))
    ended = subprocess.run([str(NODE), "--check", path], capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr


def test_paths_of_a_key_bound_what_it_is_told() -> None:
    web = BrowserKeyScope(paths=("/systemjobs",))
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
