"""Expanded references: the ids in a page of documents become the documents they refer to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bson import ObjectId

from engine.context.spec import CollectionSpec
from engine.errors import FieldError, TooLarge, invalid
from engine.schema.schema import Schema
from engine.store import Store

Tree = dict[str, "Tree"]


@dataclass
class Expansion:
    """Expansion within one database, whose collections are `known` by name. `fetched` counts fetched documents."""

    store: Store
    database: str
    known: Mapping[str, CollectionSpec]
    fetched: int = 0

    def check(self, schema: Schema, paths: Sequence[str]) -> Tree:
        """Return the paths as a tree. Raises `Invalid` for those that lead through anything but references."""
        max_depth = self.store.limits.expand_depth
        errors = []
        for path in paths:
            if path.count(".") >= max_depth:
                text = f"{path!r} leads further than {max_depth} references (MAX_EXPAND_DEPTH)."
                errors.append(FieldError("expand", text))
            elif not self._leads_through(schema, path.split(".")):
                errors.append(FieldError("expand", f"{path!r} is not a reference of the collection."))
        if errors:
            raise invalid(errors)
        return _tree(paths)

    def expand(self, documents: Sequence[dict[str, Any]], schema: Schema, tree: Tree) -> None:
        """Replace ids by their documents, or by null where a document does not exist."""
        for name, inner in tree.items():
            field = schema.references[name]
            spec = self.known.get(field.collection)
            by_id = self._fetch(spec, _ids(documents, name), field.path) if spec else {}
            if spec and by_id and inner:
                self.expand([*by_id.values()], spec.schema, inner)
            for document in documents:
                if name in document:
                    document[name] = _replaced(document[name], by_id)

    def _leads_through(self, schema: Schema, names: Sequence[str]) -> bool:
        for name in names:
            field = schema.references.get(name)
            if field is None:
                return False
            spec = None if field.path else self.known.get(field.collection)
            schema = spec.schema if spec else Schema()
        return True

    def _fetch(self, spec: CollectionSpec, ids: set[ObjectId], path: str) -> dict[ObjectId, dict[str, Any]]:
        """Return the documents of some ids or, with a path, the documents that are embedded there."""
        max_documents = self.store.limits.expanded
        self.fetched += len(ids)
        if self.fetched > max_documents:
            raise TooLarge.of_field("expand", f"More than {max_documents} references to follow (MAX_EXPANDED).")
        if not ids:
            return {}
        filter: dict[str, Any] = {"_id": {"$in": [*ids]}}
        fields = None
        if path:
            # Clients that store embedded documents as undeclared fields give them ids that are text.
            filter, fields = {f"{path}._id": {"$in": [*ids, *map(str, ids)]}}, {path: 1}
        names = (self.database, spec.physical)
        documents = self.store.find(*names, filter, sort=[("_id", 1)], fields=fields, skip=0, limit=len(ids))
        presented = spec.schema.present(documents)
        return _embedded(presented, path, ids) if path else {document["_id"]: document for document in presented}


def _tree(paths: Iterable[str]) -> Tree:
    tree: Tree = {}
    for path in paths:
        branch = tree
        for name in path.split("."):
            branch = branch.setdefault(name, {})
    return tree


def _embedded(documents: Iterable[dict[str, Any]], path: str, ids: set[ObjectId]) -> dict[ObjectId, dict[str, Any]]:
    """Return the documents of some ids that are embedded at a path, inside arrays or not."""
    by_text = {str(id): id for id in ids}
    parts: list[Any] = [*documents]
    for name in path.split("."):
        values = (part.get(name) for part in parts if isinstance(part, dict))
        parts = [item for value in values for item in (value if isinstance(value, list) else [value])]
    texts = [(str(part.get("_id")), part) for part in parts if isinstance(part, dict)]
    return {by_text[text]: part for text, part in reversed(texts) if text in by_text}


def _ids(documents: Iterable[Mapping[str, Any]], name: str) -> set[ObjectId]:
    values = (document.get(name) for document in documents)
    return {
        item
        for value in values
        for item in (value if isinstance(value, list) else [value])
        if isinstance(item, ObjectId)
    }


def _replaced(value: Any, by_id: Mapping[ObjectId, dict[str, Any]]) -> Any:
    if isinstance(value, list):
        return [_replaced(item, by_id) for item in value]
    return by_id.get(value) if isinstance(value, ObjectId) else value
