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
            by_id = self._fetch(spec, _ids(documents, name)) if spec else {}
            if spec and by_id:
                self.expand([*by_id.values()], spec.schema, inner)
            for document in documents:
                if name in document:
                    document[name] = _replaced(document[name], by_id)

    def _leads_through(self, schema: Schema, names: Sequence[str]) -> bool:
        for name in names:
            field = schema.references.get(name)
            if field is None:
                return False
            spec = self.known.get(field.collection)
            schema = spec.schema if spec else Schema()
        return True

    def _fetch(self, spec: CollectionSpec, ids: set[ObjectId]) -> dict[ObjectId, dict[str, Any]]:
        max_documents = self.store.limits.expanded
        self.fetched += len(ids)
        if self.fetched > max_documents:
            raise TooLarge.of_field("expand", f"More than {max_documents} references to follow (MAX_EXPANDED).")
        if not ids:
            return {}
        filter = {"_id": {"$in": [*ids]}}
        names = (self.database, spec.physical)
        documents = self.store.find(*names, filter, sort=[("_id", 1)], fields=None, skip=0, limit=len(ids))
        return {document["_id"]: document for document in spec.schema.present(documents)}


def _tree(paths: Iterable[str]) -> Tree:
    tree: Tree = {}
    for path in paths:
        branch = tree
        for name in path.split("."):
            branch = branch.setdefault(name, {})
    return tree


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
