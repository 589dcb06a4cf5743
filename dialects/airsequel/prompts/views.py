"""The routes of prompts: what a language model suggests for a schema, and descriptions that need none."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse

import engine
from accounts.principal import VisitorPrincipal
from catalog.services.access import team_of
from dialects.airsequel.platform.schema_text import Table, create_table, tables_of
from dialects.airsequel.platform.sql_script import read_script
from dialects.airsequel.prompts.describing import describe_function, describe_table, describe_tables
from dialects.airsequel.prompts.operations import PromptBody, PromptContext
from dialects.airsequel.views import AirsequelView, account_of, addressed, opened, owned
from engine import Action
from features.functions.services.managing import read_function
from features.prompts import services as prompts
from web import throttling
from web.errors import NotConfigured
from web.views import json_response

_HOUR = 3600
_DEFAULT_PROMPT = "Describe this."
_NOT_CONFIGURED = (
    "This installation has no language model. Its operator can set LLM_BASE_URL and LLM_MODEL to use one."
)
_VISITOR = "Prompts are for members of the team of this database, and its keys."
_NO_SCRIPT = "The language model's answer has other statements than CREATE TABLE. Try again, in other words."

# What the language model is asked to write.
_SQL = (
    "You write SQL for SQLite. Answer with one statement that does what the user asks, and with nothing else. Use "
    "the tables and columns of the schema alone."
)
_FUNCTION = (
    "You write functions in TypeScript for Deno. Answer with the code of one module that does what the user asks, "
    "whose default export is the function, and with nothing else."
)
_DATABASE = (
    "You design databases. Answer with CREATE TABLE statements for SQLite and with nothing else. Columns have a "
    "type, NOT NULL, UNIQUE, PRIMARY KEY and a literal DEFAULT; use no CHECK, REFERENCES, COLLATE, indexes and "
    "keys of several columns."
)
_DESCRIPTION = (
    "You describe databases to people who have not seen them. Answer with at most five plain sentences about what "
    "is stored, without Markdown."
)


class _PromptView(AirsequelView):
    http_method_names = ("post", "options")

    def tables(self, request: HttpRequest, db_id: str, name: str | None = None) -> list[Table]:
        """Return the tables that a request is about: the named one, or all. Needs `read`, and a role or a key."""
        database = opened(request, db_id)
        database.require(Action.READ)
        if isinstance(owned(request, db_id)[0], VisitorPrincipal):
            raise engine.Forbidden(_VISITOR)
        tables = [*tables_of(database)]
        if name is None:
            return tables
        if name not in database.specs:
            raise engine.Invalid.of_field("tableName", f"The database has no table {name!r}.")
        return [table for table in tables if table[0] == name]


class PromptView(_PromptView):
    def post(self, request: HttpRequest, db_id: str) -> HttpResponse:
        self.tables(request, db_id)
        body = PromptBody.of_body(request)
        schema = _schema(self.tables(request, db_id, body.table))
        code_instructions = _SQL if body.function is None else _FUNCTION
        answer = _suggest(code_instructions, body.prompt, schema=schema, tenant=_team(request, db_id))
        language = "sql" if body.function is None else "typescript"
        return json_response({"code": prompts.code_in(answer), "language": language})


class DescribeDatabaseView(_PromptView):
    def post(self, request: HttpRequest, db_id: str) -> HttpResponse:
        tables = self.tables(request, db_id)
        body = PromptContext.of_body(request)
        return _described(tables, body, text=describe_tables(tables), tenant=_team(request, db_id))


class DescribeTableView(_PromptView):
    def post(self, request: HttpRequest, db_id: str) -> HttpResponse:
        self.tables(request, db_id)
        body = PromptContext.of_body(request)
        tables = self.tables(request, db_id, body.table)
        text = " ".join(map(describe_table, tables))
        return _described(tables, body, text=text, tenant=_team(request, db_id))


class DescribeFunctionView(_PromptView):
    def post(self, request: HttpRequest, db_id: str) -> HttpResponse:
        tables = self.tables(request, db_id)
        body = PromptContext.of_body(request)
        if body.function is None:
            raise engine.Invalid.of_field("funcId", "Must be the id of a function.")
        record = read_function(*addressed(request, db_id), body.function)
        prompt = f"{body.prompt or _DEFAULT_PROMPT}\n\nThe code of the function:\n{record.content}"
        context = body.model_copy(update={"prompt": prompt})
        return _described(tables, context, text=describe_function(record), tenant=_team(request, db_id))


class PromptDatabaseView(_PromptView):
    def post(self, request: HttpRequest) -> HttpResponse:
        principal = account_of(request)
        body = PromptBody.of_body(request)
        answer = _suggest(_DATABASE, body.prompt, schema="", tenant=str(principal.home_team))
        query = prompts.code_in(answer)
        try:
            drafts = read_script(query)
        except engine.Invalid as error:
            raise engine.Unavailable(_NO_SCRIPT, retry_after=None) from error
        tables = [
            {
                "columns": [{"name": column.name, "sqliteDataType": column.type} for column in draft.columns],
                "name": draft.name,
            }
            for draft in drafts
        ]
        return json_response({"query": query, "tables": tables})


def _team(request: HttpRequest, db_id: str) -> str:
    return str(team_of(*addressed(request, db_id)))


def _schema(tables: list[Table]) -> str:
    return "".join(create_table(*table) for table in tables)


def _described(tables: list[Table], body: PromptContext, *, text: str, tenant: str) -> HttpResponse:
    """Return what the model says about tables; `text` is from their schema, and the answer without a model."""
    if not prompts.is_configured():
        return json_response({"description": text, "source": "schema"})
    answer = _suggest(_DESCRIPTION, body.prompt or _DEFAULT_PROMPT, schema=_schema(tables), tenant=tenant)
    return json_response({"description": answer.strip(), "source": "model"})


def _suggest(system: str, prompt: str, *, schema: str, tenant: str) -> str:
    """Return the model's answer, and count it. Raises `NotConfigured`, and `LimitExceeded` past the team's hour."""
    if not prompts.is_configured():
        raise NotConfigured(_NOT_CONFIGURED)
    throttling.consume("prompts", tenant, limit=settings.LLM_REQUESTS_PER_HOUR, window=_HOUR)
    return prompts.suggest(system, prompt, schema=schema, tenant=tenant)
