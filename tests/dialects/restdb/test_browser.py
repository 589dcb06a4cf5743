"""The generated JavaScript API in a real browser, in pages of another origin."""

from __future__ import annotations

import os
import shutil
import signal
import threading
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from datacube.local import paths, test_service
from tests.dialects.restdb.conftest import PEOPLE
from tests.dialects.restdb.external_users import add_issuer, token
from tests.dialects.restdb.support import Rest
from tests.dialects.restdb.test_browser_keys import browser_key
from tests.support import make_tenant, until

CHROMIUM = Path("/usr/bin/chromium")
JQUERY = paths.ROOT / "node_modules" / "jquery" / "dist" / "jquery.min.js"
pytestmark = pytest.mark.skipif(
    not CHROMIUM.exists(), reason="NOT TRIED IN A BROWSER: there is no /usr/bin/chromium"
)
HEAD = {
    "jquery": '<script src="jquery.min.js"></script><script src="{base}/_jsapi.js{key}"></script>',
    "plain": '<script src="{base}/_jsapi.js{key}{join}plainjs=true"></script>',
    "module": '<script type="module">import restdb from "{base}/_jsapi.mjs{key}"; window.restdb = restdb;</script>',
}


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        """Not among the tests' output."""


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """A page origin other than the service's, and the directory that it serves."""
    directory = tmp_path_factory.mktemp("pages")
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(directory)))
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", directory
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"], timeout=120_000)
        yield chromium
        chromium.close()


CATS = [
    {"name": "name"},
    {"name": "_parent_id", "type": "reference", "collection": "people"},
    {"name": "_parent_field", "default": "fur"},
]


@pytest.fixture(scope="module")
def key(rest: Rest, pages: tuple[str, Path]) -> str:
    rest.tenant.add({"name": "cats", "fields": CATS})
    return browser_key(
        rest.tenant, origins=[pages[0]], realtime=["POST:people", "PUT:people", "DELETE:people", "chat"]
    )


@pytest.fixture(params=["jquery", "plain", "module"])
def form(request: pytest.FixtureRequest) -> str:
    if request.param == "jquery" and not JQUERY.exists():
        pytest.skip("NOT TRIED WITH JQUERY: `python -m datacube assets` could not install it")
    return request.param


def new_page(browser: Browser) -> Page:
    page = browser.new_page()
    page.set_default_timeout(100_000)
    return page


def open_page(
    browser: Browser, pages: tuple[str, Path], rest: Rest, form: str, *, key: str, known: bool = True
) -> Page:
    """Open a page that has the library and, as `db`, a connection."""
    origin, directory = pages
    if form == "jquery":
        shutil.copy(JQUERY, directory)
    base = f"{str(rest.tenant.client.base_url).rstrip('/')}/db/{rest.tenant.database}/rest"
    named = f"?apikey={key}" if known else ""
    head = HEAD[form].format(base=base, key=named, join="&" if known else "?")
    name = f"{form}-{'known' if known else 'unknown'}.html"
    (directory / name).write_text(f"<!doctype html><title>A shop</title>{head}")
    page = new_page(browser)
    page.on("pageerror", lambda error: pytest.fail(str(error)))
    page.goto(f"{origin}/{name}")
    page.wait_for_function("window.restdb")
    page.evaluate("key => { window.db = new restdb(key); }", key)
    # As a promise, so that a test can wait for a callback.
    page.evaluate(
        "() => { window.called = (start) => new Promise((resolve, reject) =>"
        " start((problem, found) => problem ? reject(new Error(JSON.stringify(problem.responseJSON || problem)))"
        " : resolve(found))); }"
    )
    return page


@pytest.fixture
def page(browser: Browser, pages: tuple[str, Path], rest: Rest, form: str, key: str) -> Iterator[Page]:
    rest.empty("people", "pets")
    opened = open_page(browser, pages, rest, form, key=key)
    yield opened
    opened.close()


def test_the_life_of_an_object(page: Page, rest: Rest) -> None:
    saved = page.evaluate(
        """async () => {
            window.joe = new db.people({name: "Joe", age: 30, born: "1990-01-31"});
            const same = await called(done => joe.save(done));
            return {same: same === joe, ...joe};
        }"""
    )
    assert (saved["same"], saved["name"], saved["age"], saved["_version"]) == (True, "Joe", 30, 0)
    assert rest.get(f"people/{saved['_id']}")["born"] == "1990-01-31"
    changed = page.evaluate("async () => { joe.age = 31; await called(done => joe.save(done)); return {...joe}; }")
    assert (changed["_id"], changed["age"], changed["_version"]) == (saved["_id"], 31, 1)
    rest.ask(f"PATCH people/{saved['_id']}", json={"name": "Joseph"})
    assert page.evaluate("async () => (await called(done => joe.reload(done))).name") == "Joseph"
    gone = page.evaluate("async () => await called(done => joe.delete(done))")
    assert gone == {"result": [saved["_id"]]}
    assert rest.get("people") == []


def test_find_and_get(page: Page, rest: Rest) -> None:
    ids = rest.create("people", {"name": "Ann", "age": 41}, {"name": "Bob", "age": 5}, {"name": "Joe", "age": 30})
    rows = page.evaluate(
        """async () => (await called(done => db.people.find({age: {$gt: 10}},
            {$orderby: {age: -1}, $max: 2, metafields: true}, done)))
            .map(item => [item.name, item._version, item instanceof db.people])"""
    )
    assert rows == [["Ann", 0, True], ["Joe", 0, True]]
    assert page.evaluate("async () => (await called(done => db.people.find({}, done))).length") == 3
    figures = "async () => await called(done => db.people.find({}, {$aggregate: ['SUM:age']}, done))"
    assert page.evaluate(figures) == {"SUM age": 76}
    by_id = "async id => (await called(done => db.people.getById(id, done))).name"
    assert page.evaluate(by_id, ids[1]) == "Bob"


def test_children(page: Page, rest: Rest) -> None:
    result = page.evaluate(
        """async () => {
            const ann = await called(done => new db.people({name: "Ann"}).save(done));
            const cat = new db.cats({name: "Tom"});
            const added = await called(done => ann.fur.addChild(cat, done));
            await called(done => ann.children("fur").addChild({name: "Rex"}, done));
            const all = await called(done => ann.fur.getChild(done));
            return {id: ann._id, same: added === cat, parent: cat._parent_id,
                names: all.map(item => item.name), pets: all.every(item => item instanceof db.cats)};
        }"""
    )
    assert result == {
        "id": result["id"],
        "same": True,
        "parent": result["id"],
        "names": ["Tom", "Rex"],
        "pets": True,
    }
    assert len(rest.get(f"people/{result['id']}/fur")) == 2


def test_errors_are_passed_to_the_callback(page: Page) -> None:
    error = page.evaluate(
        """() => new Promise(resolve => new db.people({age: "old"}).save((problem, found) => {
            const told = problem.responseJSON || problem;
            resolve([told.name, told.status, found === undefined]);
        }))"""
    )
    assert error == ["ValidationError", 400, True]


def test_without_a_callback(page: Page, form: str) -> None:
    """jQuery's form blocks; the other forms return a promise."""
    waits = "" if form == "jquery" else "await "
    document_id = page.evaluate(
        f"async () => {{ const item = {waits}new db.people({{name: 'Eve'}}).save(); return item._id; }}"
    )
    assert len(document_id) == 24
    if form != "jquery":
        status = page.evaluate("async () => db.people.getById('x').catch(problem => problem.status)")
        assert status == 400


def test_a_script_without_collection_names(
    browser: Browser, pages: tuple[str, Path], rest: Rest, form: str, key: str
) -> None:
    rest.empty("people")
    page = open_page(browser, pages, rest, form, key=key, known=False)
    result = page.evaluate(
        """async () => {
            const saved = await called(done => new db.people({name: "Zoe", age: 3}).save(done));
            const items = await called(done => db.people.find({name: "Zoe"}, done));
            return [saved._id === items[0]._id, items[0].age];
        }"""
    )
    assert result == [True, 3]
    page.close()


def test_a_page_of_another_origin_is_refused(
    browser: Browser, pages: tuple[str, Path], rest: Rest, form: str
) -> None:
    """The key names a third origin."""
    if form != "plain":
        pytest.skip("all forms are refused in the same way")
    rest.empty("people")
    page = open_page(
        browser, pages, rest, form, key=browser_key(rest.tenant, origins=["https://a.example"]), known=False
    )
    error_name = page.evaluate("async () => new db.people({name: 'Joe'}).save().catch(problem => problem.name)")
    assert error_name == "NoAnswer"
    assert rest.get("people") == []
    page.close()


def test_two_tabs_receive_each_others_changes(
    browser: Browser, pages: tuple[str, Path], rest: Rest, form: str, key: str
) -> None:
    rest.empty("people")
    first, second = (open_page(browser, pages, rest, form, key=key) for _ in range(2))
    for page in (first, second):
        page.evaluate(
            """key => new Promise(resolve => {
                window.heard = [];
                window.live = new restdb(key, {realtime: true});
                live.on("CONNECT", () => resolve());
                live.people.on("POST", (problem, event) => heard.push(["post", event.data.name]));
                live.on("PUT", (problem, event) => heard.push(["put", event.collection, event.data]));
                live.on("DELETE", (problem, event) => heard.push(["delete", ...event.data]));
                live.on("chat", (problem, event) => heard.push(["chat", event.data.text]));
            })""",
            key,
        )
    document_id = first.evaluate(
        "async () => (window.joe = await called(done => new live.people({name: 'Joe', age: 1}).save(done)))._id"
    )
    _wait_for_events(second, ["post", "Joe"])
    second.evaluate(
        """async id => {
            const joe = await called(done => live.people.getById(id, done));
            joe.on("DELETE", () => heard.push(["gone"]));
            joe.age = 2;
            await called(done => joe.save(done));
            await called(done => live.publish("chat", {text: "hello"}, done));
        }""",
        document_id,
    )
    _wait_for_events(first, ["put", "people", document_id])
    first.evaluate("async () => await called(done => joe.delete(done))")
    expected = [["post", "Joe"], ["put", "people", document_id], ["chat", "hello"], ["delete", document_id]]
    _wait_for_events(first, *expected)
    _wait_for_events(second, *expected, ["gone"])
    for page, also in ((first, []), (second, [["gone"]])):
        assert sorted(page.evaluate("heard")) == sorted([*expected, *also])
    for page in (first, second):
        page.evaluate("live.close()")
        page.close()


def _wait_for_events(page: Page, *expected: list[str]) -> None:
    def missing() -> list[list[str]]:
        events = page.evaluate("heard")
        return [message for message in expected if message not in events]

    with suppress(AssertionError):
        until(lambda: not missing(), every=0.05)
    assert missing() == [], f"heard was {page.evaluate('heard')}"


def test_the_token_of_an_external_user(browser: Browser, pages: tuple[str, Path], rest: Rest, form: str) -> None:
    """With `jwt` the first argument is a token, for requests and the stream. A browser key limits the events."""
    tenant, path = rest.tenant, pages[0]
    if "users" not in tenant.collections():
        tenant.add({"name": "users", "fields": [{"name": "email"}]})
        realtime = {"sub": ["POST:people", "chat"], "pub": ["chat"]}
        tenant.insert("users", [{"email": "joe@example.com", "roles": ["all"], "realtime": realtime}])
        add_issuer(tenant, roles={"all": {"people": ["GET", "POST", "PUT"]}})
    rest.empty("people")
    key = browser_key(tenant, origins=[path], realtime=["POST:people"])
    page = open_page(browser, pages, rest, form, key=key)
    name = page.evaluate(
        """([token, key]) => new Promise((resolve, reject) => {
            const live = new restdb(token, {jwt: true, realtime: true, "realtime-api-key": key});
            live.people.on("POST", (problem, event) => resolve(event.data.name));
            live.on("CONNECT", () => called(done => new live.people({name: "Joe"}).save(done)).catch(reject));
        })""",
        [token("joe@example.com"), key],
    )
    assert name == "Joe"
    status = page.evaluate(
        """token => called(done => new restdb(token, {jwt: true}).collection("pets").find({}, done))
            .catch(problem => JSON.parse(problem.message).status)""",
        token("joe@example.com"),
    )
    assert status == 404
    assert rest.get("people", metafields="true")[0]["_createdby"] == "joe@example.com"
    page.close()


@pytest.mark.skipif(not JQUERY.exists(), reason="NOT TRIED WITH JQUERY: `python -m datacube assets` did not run")
def test_calls_are_synchronous_where_the_page_configures_jquery_so(
    browser: Browser, pages: tuple[str, Path], rest: Rest, key: str
) -> None:
    """Published pages set `async: false` for jQuery and use a callback's result in the next line."""
    rest.empty("people")
    rest.create("people", {"name": "Joe"})
    page = open_page(browser, pages, rest, "jquery", key=key)
    script = """() => {
        let found;
        $.ajaxSetup({async: %s});
        db.people.find({}, {}, (problem, people) => { found = people; });
        return found && found.length;
    }"""
    assert page.evaluate(script % "false") == 1
    assert page.evaluate(script % "true") is None
    page.close()


def test_the_script_for_browsers_without_an_eventsource(
    browser: Browser, pages: tuple[str, Path], rest: Rest, key: str
) -> None:
    origin, directory = pages
    base = f"{str(rest.tenant.client.base_url).rstrip('/')}/db/{rest.tenant.database}"
    script = f'<script src="{base}/assets/js/eventsource.min.js"></script>'
    (directory / "old.html").write_text(f"<!doctype html><title>An old browser</title>{script}")
    page = new_page(browser)
    page.add_init_script("delete window.EventSource")
    page.goto(f"{origin}/old.html")
    page.evaluate(
        """url => new Promise(resolve => {
            window.heard = [];
            const source = new EventSource(url);
            source.addEventListener("post", event => heard.push(JSON.parse(event.data).data.name));
            source.onmessage = event => heard.push(event.data);
            source.onopen = resolve;
        })""",
        f"{base}/realtime?apikey={key}",
    )
    rest.empty("people")
    rest.create("people", {"name": "Joe"})
    page.wait_for_function("JSON.stringify(heard).includes('Joe')")
    page.close()


LISTEN = """key => new Promise(resolve => {
    window.heard = [];
    window.told = [];
    window.position = "";
    const Source = window.EventSource;
    window.EventSource = function (address) {
        const source = new Source(address);
        source.addEventListener("ping", message => { position = position || message.lastEventId; });
        return source;
    };
    window.live = new restdb(key, {realtime: true, reconnectdelay: 200});
    for (const event of ["CONNECT", "DISCONNECT", "RECONNECT"]) {
        live.on(event, () => { told.push(event); resolve(); });
    }
    live.people.on("POST", (problem, event) => heard.push(event.data.name));
})"""


@pytest.fixture
def own(tmp_path: Path) -> Iterator[tuple[Rest, Path]]:
    """A tenant of a service that a test may break, and the service's home."""
    environment = test_service.without_test_settings(os.environ) | {"DATACUBE_HOME": str(tmp_path), "PORT": "0"}
    with (
        test_service.service(environment) as url,
        httpx.Client(base_url=url, timeout=60, trust_env=False) as client,
    ):
        rest = Rest(make_tenant(client))
        rest.tenant.add({"name": "people", "fields": PEOPLE})
        yield rest, tmp_path


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_events_during_a_restart_are_delivered_later(
    browser: Browser, pages: tuple[str, Path], own: tuple[Rest, Path]
) -> None:
    rest, home = own
    key = browser_key(rest.tenant, origins=[pages[0]], realtime=["POST:people"])
    connected, fresh = (open_page(browser, pages, rest, "plain", key=key, known=False) for _ in range(2))
    names = ["early", "offline 1", "offline 2", "late"]
    connected.evaluate(LISTEN, key)
    rest.create("people", {"name": names[0]})
    connected.wait_for_function("heard.length == 1")
    fresh.evaluate(LISTEN, key)  # receives nothing before the end but the position from which it resumes
    fresh.wait_for_function("position !== ''")
    for process in test_service.web_processes(home=home):
        os.kill(process, signal.SIGKILL)
    for page in (connected, fresh):
        page.context.set_offline(True)  # at once, so that it reconnects only after the writes
    for page in (connected, fresh):
        page.wait_for_function("told.at(-1) == 'DISCONNECT'")
    until(lambda: _answers(rest.tenant.client), seconds=180)
    for name in names[1:3]:
        rest.create("people", {"name": name})
    for page in (connected, fresh):
        page.context.set_offline(False)
        page.wait_for_function("told.at(-1) == 'RECONNECT'")
    rest.create("people", {"name": names[3]})
    for page, expected in ((connected, names), (fresh, names[1:])):
        page.wait_for_function("name => heard.includes(name)", arg=names[3])
        assert page.evaluate("heard") == expected
        page.close()


def _answers(client: httpx.Client) -> bool:
    try:
        return client.get("/readyz").status_code == 200
    except httpx.TransportError:
        return False
