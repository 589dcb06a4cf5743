"""What exists is documented, and what is documented exists: routes, settings, commands, errors, links."""

from __future__ import annotations

import ast
import itertools
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import engine
from datacube.local.paths import ROOT
from engine.errors import KINDS
from tests.surfaces import openapi, paths, routes
from web.errors import HTTP_STATUS

DOCS = ROOT / "docs"
PAGES = [*sorted(ROOT.glob("*.md")), *sorted(ROOT.glob("clients/*/*.md")), *sorted(DOCS.rglob("*.md"))]
# Routes that are not part of an API, and the page that documents each.
BESIDE = {
    "GET /": "api/README.md",
    "GET /api/docs": "api/README.md",
    "GET /api/schema": "api/README.md",
    "GET /health_check": "operations.md",
    "GET /healthz": "operations.md",
    "GET /metrics": "operations.md",
    "GET /readyz": "operations.md",
}
# Served without a view of Django.
SOCKETS = ["GET /socket.io", "POST /socket.io"]
API = [route for route in routes() if route not in BESIDE]


def unnamed(route: str) -> str:
    """Return a route without the names of its parameters and its final slash."""
    return re.sub(r"\{\w+\}", "{}", route).rstrip("/")


@cache
def documented_routes() -> dict[str, str]:
    """Return {`VERB /path`: page} of every route that the pages of the API and of the dialects name."""
    first = "|".join({route.split("/")[1] for route in API})
    named = re.compile(rf"\b(GET|POST|PUT|PATCH|DELETE) `?(/(?:{first})/[\w/{{}}.-]*[\w}}/]|/dbs\b)")
    pages = {
        unnamed(f"{verb} {path}"): page.name
        for page in (*sorted((DOCS / "api").glob("*.md")), *sorted(ROOT.glob("dialects/*/README.md")))
        for verb, path in named.findall(page.read_text())
    }
    of_crud = re.findall(r"^## (GET|POST|PUT|DELETE)\b", (DOCS / "api" / "data.md").read_text(), re.MULTILINE)
    return pages | {f"{verb} /api/crud": "data.md" for verb in of_crud}


# --- routes -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("route", API)
def test_every_route_has_its_place_in_the_pages(route: str) -> None:
    assert unnamed(route) in documented_routes()


def test_the_pages_name_no_unknown_route() -> None:
    assert set(documented_routes()) - {unnamed(route) for route in routes()} == set()


@pytest.mark.parametrize("route", BESIDE)
def test_routes_beside_the_api_are_documented(route: str) -> None:
    path = route.removeprefix("GET ")
    assert route in routes()
    assert f"`{path}`" in (DOCS / BESIDE[route]).read_text()


def test_the_openapi_document_has_every_route_and_no_other() -> None:
    described = [f"{verb.upper()} {path}" for path, verbs in openapi()["paths"].items() for verb in verbs]
    assert sorted(map(unnamed, described)) == sorted(map(unnamed, [*API, *SOCKETS]))


def test_the_openapi_document_is_one_for_each_path() -> None:
    assert sorted(map(unnamed, openapi()["paths"])) == sorted(
        {unnamed(path) for path in paths() if f"GET {path}" not in BESIDE} | {"/socket.io"}
    )


@pytest.mark.parametrize("route", SOCKETS)
def test_sockets_are_documented(route: str) -> None:
    verb, path = route.split(" ")
    assert f"{verb} `{path}/" in (DOCS / "api" / "communibase.md").read_text()


# --- settings -----------------------------------------------------------------------------------------

OPERATIONS = (DOCS / "operations.md").read_text()
ROWS: dict[str, tuple[str, str]] = {
    name: (default, meaning)
    for name, default, meaning in re.findall(r"^\| `([A-Z_]+)` \| (.*?) \| (.*) \|$", OPERATIONS, re.MULTILINE)
}
# Defaults that are computed, in the words of the page.
COMPUTED = {
    "MONGODB_URI": "the embedded mongod",
    "REDIS_URL": "the embedded Valkey",
    "BASE_URL": "`http://127.0.0.1:<PORT>`",
    "SECRET_KEY": "embedded: made and kept in the home",
    "ALLOWED_HOSTS": "embedded: `*`, else nothing",
    "BACKUP_DIRECTORY": "`backups` in the home",
    "DATABASE_BACKUP_DIRECTORY": "`backups/databases` in the home",
    "SPOOL": "`spool` in the home",
    "REQUIRE_VERIFIED_EMAIL": "embedded: `false`, else `true`",
    "DATABASE_URL": "SQLite in the home",
    "EMAIL_URL": "files in `mail` in the home",
}
# What other parts read: the supervisor, the temporary files of Python.
ELSEWHERE = {
    "HOST": "`127.0.0.1`",
    "DATACUBE_HOME": "`.datacube` in the checkout",
    "XDG_RUNTIME_DIR": "`/tmp`",
    "TMPDIR": "the system's",
    "WEB_WORKERS": "`2`",
    "DATACUBE_KEY": "``",
    "DATACUBE_URL": "the service of the home, else `http://127.0.0.1:8000`",
    "KEEP_ALIVE_SECONDS": "`75`",
    "STOP_SECONDS": "`20`; `2` with `./dev up`",
}


SETTINGS = ("settings.py", "limits.py", "backup_settings.py")


@cache
def settings_read() -> dict[str, ast.expr | None]:
    """Return {name: default} of every `env.…("NAME", default=…)` in the settings."""
    defaults: dict[str, ast.expr | None] = {}
    modules = [ast.parse((ROOT / "datacube" / name).read_text()) for name in SETTINGS]
    for node in itertools.chain.from_iterable(map(ast.walk, modules)):
        is_read = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
        if is_read and isinstance(node.func.value, ast.Name) and node.func.value.id == "env":
            default = next((word.value for word in node.keywords if word.arg == "default"), None)
            defaults.setdefault(ast.literal_eval(node.args[0]), default)
    return defaults


def as_documented(value: Any) -> str:
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


@pytest.mark.parametrize("name", settings_read())
def test_every_setting_is_documented_with_its_default(name: str) -> None:
    default, meaning = ROWS[name]
    expression = settings_read()[name]
    expected = COMPUTED.get(name) or as_documented(
        eval(compile(ast.Expression(expression), "settings", "eval"), {})
    )
    assert default.startswith(expected)
    assert meaning


@pytest.mark.parametrize("name", ELSEWHERE)
def test_settings_that_are_read_elsewhere(name: str) -> None:
    assert ROWS[name][0] == ELSEWHERE[name]


def test_no_unknown_setting_is_documented() -> None:
    assert set(ROWS) == set(settings_read()) | set(ELSEWHERE)


# --- commands and errors ------------------------------------------------------------------------------


def dev_commands() -> tuple[str, ...]:
    tree = ast.parse((ROOT / "dev").read_text())
    (command_line,) = (
        ast.literal_eval(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "COMMANDS"
    )
    return (*command_line, "help")


def test_exactly_the_existing_commands_are_documented() -> None:
    documented = re.findall(r"^\| `\./dev ([\w-]+)", OPERATIONS, re.MULTILINE)
    assert sorted(documented) == sorted(dev_commands())


ERRORS = (DOCS / "errors.md").read_text()


@pytest.mark.parametrize(("kind", "status"), HTTP_STATUS.items())
def test_every_kind_of_error_is_documented_with_its_status(kind: type[engine.Error], status: int) -> None:
    name = f"`{kind.__name__}`" if kind in KINDS else "–"
    assert f"\n| {name} | {status} |" in ERRORS


def test_no_unknown_kind_is_documented() -> None:
    documented = [int(status) for status in re.findall(r"^\| \S+ \| (\d+) \|", ERRORS, re.MULTILINE)]
    assert sorted(documented) == sorted(HTTP_STATUS.values())


# --- links --------------------------------------------------------------------------------------------


def anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as GitHub and GitLab generate them."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(), re.MULTILINE)
    plain = [re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", heading).lower() for heading in headings]
    return {re.sub(r"[^\w\- ]", "", heading).replace(" ", "-") for heading in plain}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    text = re.sub(r"```.*?```", "", page.read_text(), flags=re.DOTALL)
    links = re.findall(r"\]\((?!https?://|mailto:)([^)#\s]*)(?:#([^)\s]*))?\)", text)
    for target, anchor in links:
        linked = (page.parent / target).resolve() if target else page
        assert linked.exists(), target
        assert not anchor or anchor in anchors(linked), f"{target}#{anchor}"
