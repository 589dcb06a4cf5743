"""Paths that lead through links, such as `user.mail`.

Conditions on them become conditions on the stored ids; for sorting and grouping their values are joined.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.conf import settings

import engine
from dialects.restdb.system_fields import stored
from engine.query import Ids

_GONE = "The collection {!r}, which the link {!r} leads into, does not exist."
_PART = "The link {!r} leads to a part of a document, {!r}. Answers contain it; a query can only name its id."
_DENIED = "This needs the right to read {!r}, which the link {!r} leads into."


@dataclass
class Links:
    """The links that one request may follow, and how much of its limits it has used."""

    database: engine.Database
    readable: Callable[[str], bool]
    lookups: int = field(default=0, init=False)
    matches: int = field(default=0, init=False)

    def split(self, path: str, schema: engine.Schema) -> tuple[engine.Field, str] | None:
        """Return the link that a path begins with and the rest of the path; None if it leads through no link."""
        head, _, rest = path.partition(".")
        first, _, behind = rest.partition(".")
        if first.isdecimal():
            rest = behind  # links are presented as arrays: `user.0.mail` is `user.mail`
        link = schema.references.get(head)
        return (link, rest) if link is not None and rest not in ("", "_id") else None

    def open(self, link: engine.Field, location: str) -> engine.Collection:
        """Return the collection that a link leads into.

        Raises `Forbidden` if the caller may not read it, `TooLarge` beyond MAX_LINK_LOOKUPS, and `Invalid` for a
        link to a part of a document.
        """
        if link.path:
            raise engine.Invalid.of_field(location, _PART.format(link.name, link.path))
        self.lookups += 1
        if self.lookups > settings.MAX_LINK_LOOKUPS:
            text = f"A request looks through at most {settings.MAX_LINK_LOOKUPS} links (MAX_LINK_LOOKUPS)."
            raise engine.TooLarge.of_field(location, text)
        if not self.readable(link.collection):
            raise engine.Forbidden(_DENIED.format(link.collection, link.name))
        if link.collection not in self.database.specs:
            raise engine.Invalid.of_field(location, _GONE.format(link.collection, link.name))
        collection = self.database.collection(link.collection)
        collection.require(engine.Action.READ)
        return collection

    def ids(self, collection: engine.Collection, filter: Mapping[str, Any], location: str) -> Ids:
        """Return the ids of the documents that match; raises `TooLarge` beyond MAX_LINK_MATCHES."""
        ids = Ids()
        for documents in collection.each(engine.Query(filter, fields={"_id": 1}, root=location)):
            ids += [document["_id"] for document in documents]
            self.count(len(documents), location)
        return ids

    def count(self, documents: int, location: str) -> None:
        """Count documents towards MAX_LINK_MATCHES; raises `TooLarge` beyond it."""
        self.matches += documents
        if self.matches > settings.MAX_LINK_MATCHES:
            text = f"More than {settings.MAX_LINK_MATCHES} documents to follow links of (MAX_LINK_MATCHES)."
            raise engine.TooLarge.of_field(location, text)

    def leads(self, paths: Sequence[str], schema: engine.Schema) -> bool:
        """Check whether any of the paths leads through a link."""
        return any(self.split(path, schema) for path in paths)


class Joins:
    """Stages of a pipeline that join linked documents to each document, which becomes the member `d`."""

    def __init__(self, links: Links, schema: engine.Schema) -> None:
        self.stages: list[dict[str, Any]] = [{"$replaceWith": {"d": "$$ROOT"}}]
        self._links = links
        self._schema = schema
        self._names: dict[tuple[str, ...], tuple[str, engine.Schema]] = {}

    def path(self, path: str, location: str, *, one: bool = False) -> tuple[str, engine.Schema, str]:
        """Return the path of a field after the stages, the schema that declares it, and its path in that schema.

        With `one` a link to several documents is refused.
        """
        prefix, schema = "d", self._schema
        chain: tuple[str, ...] = ()
        while step := self._links.split(path, schema):
            link, path = step
            if one and link.many:
                text = f"The link {link.name!r} leads to several documents; it cannot be aggregated over."
                raise engine.Invalid.of_field(location, text)
            chain = (*chain, link.name)
            if chain not in self._names:
                self._names[chain] = self._join(link, prefix, location)
            prefix, schema = self._names[chain]
        path = stored(own_path(path, schema))
        return f"{prefix}.{path}", schema, path

    def _join(self, link: engine.Field, prefix: str, location: str) -> tuple[str, engine.Schema]:
        target = self._links.open(link, location)
        name = f"l{len(self._names)}"
        lookup = {"from": link.collection, "localField": f"{prefix}.{link.name}", "foreignField": "_id", "as": name}
        self.stages.append({"$lookup": lookup})
        if not link.many:
            self.stages.append({"$set": {name: {"$first": f"${name}"}}})
        return name, target.spec.schema


def own_path(path: str, schema: engine.Schema) -> str:
    """Return the stored path of a field: a link stands for its id in any of its spellings."""
    link = path.removesuffix("._id").removesuffix(".0")
    return link if link in schema.references else path


def sorted_page(collection: engine.Collection, query: engine.Query, links: Links) -> engine.Page:
    """Return a page sorted by fields that lie behind links.

    Joins all documents that match, so at most MAX_LINK_MATCHES may.
    """
    counted = replace(query, sort=(), skip=0, limit=1, fields={"_id": 1}, expand=(), count=engine.Count.EXACT)
    total = collection.find(counted).total or 0
    links.count(total, "sort")
    joins = Joins(links, collection.spec.schema)
    keys = {f"k{index}": joins.path(path, "sort")[0] for index, (path, _) in enumerate(query.sort)}
    order = {f"k{index}": direction for index, (_, direction) in enumerate(query.sort)}
    stages: list[dict[str, Any]] = [{"$match": dict(query.filter)}] if query.filter else []
    stages += [
        *joins.stages,
        {"$replaceWith": {"_id": "$d._id", **{key: f"${path}" for key, path in keys.items()}}},
        {"$sort": {**order, "_id": 1}},
        {"$skip": query.skip},
        {"$limit": query.limit},
        {"$project": {"_id": 1}},
    ]
    ids = Ids(item["_id"] for item in collection.aggregate(stages))
    return engine.Page(_in_order(collection, query, ids), total)


def _in_order(collection: engine.Collection, query: engine.Query, ids: Ids) -> list[dict[str, Any]]:
    if not ids:
        return []
    shows_id = query.fields.get("_id", 1)
    fields = {path: included for path, included in query.fields.items() if path != "_id" or included}
    query_by_id = engine.Query({"_id": {"$in": ids}}, fields=fields, limit=len(ids), count=engine.Count.NONE)
    page = collection.find(replace(query_by_id, expand=query.expand))
    by_id = {document["_id"]: document for document in page.documents}
    documents = [by_id[document_id] for document_id in ids if document_id in by_id]
    for document in documents if not shows_id else ():
        del document["_id"]
    return documents


def key_values(
    collection: engine.Collection, ids: Sequence[Any], paths: Sequence[str], links: Links
) -> dict[str, list[Any]]:
    """Return {id: values of the paths} for documents that were read before."""
    joins = Joins(links, collection.spec.schema)
    joined = [joins.path(path, "groupby") for path in paths]
    members = {f"k{index}": f"${expression}" for index, (expression, _, _) in enumerate(joined)}
    stages = [{"$match": {"_id": {"$in": Ids(ids)}}}, *joins.stages]
    rows = collection.aggregate([*stages, {"$replaceWith": {"_id": "$d._id", **members}}]) if ids else []
    return {
        str(row["_id"]): [
            schema.present_value(path, row.get(f"k{index}")) for index, (_, schema, path) in enumerate(joined)
        ]
        for row in rows
    }


def prune(documents: Sequence[dict[str, Any]], fields: Mapping[str, int], schema: engine.Schema) -> None:
    """Keep or remove the members of linked documents that a projection names."""
    for link in schema.references:
        members = {
            path.partition(".")[2]: included for path, included in fields.items() if path.startswith(f"{link}.")
        }
        if not members or link in fields:
            continue
        names = {path.partition(".")[0] for path in members}
        keep = any(members.values())
        for document in documents:
            if type(document.get(link)) is list:
                document[link] = [_pruned(item, names, keep=keep) for item in document[link]]


def _pruned(item: Any, names: set[str], *, keep: bool) -> Any:
    return {name: value for name, value in item.items() if (name in names) == keep} if type(item) is dict else item


def read_fields(fields: Mapping[str, int], schema: engine.Schema) -> dict[str, int]:
    """Return the projection for the database: it reads linked documents as a whole, and `prune` cuts them."""
    projection: dict[str, int] = {}
    for path, included in fields.items():
        head, dot, _ = path.partition(".")
        if dot and head in schema.references:
            if included:
                projection[head] = 1
        else:
            projection[path] = included
    return projection
