"""Presentation of documents: the steps that lead from documents as read to those of an answer.

Each step is called `apply(documents, context)` and returns the documents, which it may change in place.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import engine
from dialects.restdb import render
from dialects.restdb.documents import computed, media_links, relations
from dialects.restdb.operations.lists import DisplayOptions, names_system_fields
from dialects.restdb.query.links import prune
from identity.services import names_of

PLAIN = DisplayOptions()
Documents = list[dict[str, Any]]


@dataclass
class PresentationContext:
    """What the documents belong to and how they are presented.

    `base`: database name or id as written in the URL. `readable` checks whether the key's paths lead to a path.
    `fields` is the projection that the documents were read with. `single`: the answer is one document.
    """

    database: engine.Database
    collection: engine.Collection
    base: str
    readable: Callable[[str], bool]
    display: DisplayOptions = PLAIN
    fields: Mapping[str, int] = field(default_factory=dict)
    single: bool = False

    @property
    def schema(self) -> engine.Schema:
        return self.collection.spec.schema


def present(documents: Documents, context: PresentationContext) -> Documents:
    """Present documents, which are changed in place."""
    for apply in STEPS:
        documents = apply(documents, context)
    return documents


def add_children(documents: Documents, context: PresentationContext) -> Documents:
    """Add the declared children, presented without options, if the caller asks for them."""
    if context.display.fetchchildren:
        relations.fetch_children(
            documents,
            context.collection,
            context.database,
            readable=context.readable,
            present=_present_plain(context),
        )
    return documents


def replace_media_ids(documents: Documents, context: PresentationContext) -> Documents:
    """Replace ids of files by their records or addresses, if the caller asks for them and may read media."""
    display = context.display
    if (display.fetchmediadata or display.idtolink) and context.readable("media/0"):
        if display.fetchmediadata:
            media_links.fetch_records(documents, context.database)
        else:
            media_links.link_records(documents, context.database, base=context.base)
    return documents


def embed_links(documents: Documents, context: PresentationContext) -> Documents:
    """Present the documents that links were expanded to, or replace their ids by addresses."""
    links = relations.links(context.schema)
    for document in documents if links else ():
        if context.display.idtolink:
            relations.replace_with_addresses(document, links, base=context.base, readable=context.readable)
        else:
            relations.embed_links(document, links, _without_system)
    return documents


def project_links(documents: Documents, context: PresentationContext) -> Documents:
    """Remove the members of linked documents that the projection excludes."""
    if not context.display.idtolink:
        prune(documents, context.fields, context.schema)
    return documents


def compute_fields(documents: Documents, context: PresentationContext) -> Documents:
    """Add the computed fields."""
    computed.fill(documents, context.schema, context.fields)
    return documents


def convert_system_fields(documents: Documents, context: PresentationContext) -> Documents:
    """Replace `_sys` by the dialect's system fields, or remove it."""
    metafields = context.display.metafields or names_system_fields(context.fields)
    people = names_of(context.database, render.actors(documents)) if metafields else {}
    return [render.document(document, metafields=metafields, people=people) for document in documents]


def flatten(documents: Documents, context: PresentationContext) -> Documents:
    """Move the members of objects to the top, if the caller asks for it."""
    return [relations.flatten(document) for document in documents] if context.display.flatten else documents


def add_referencing(documents: Documents, context: PresentationContext) -> Documents:
    """Add the documents that link to a single document, if the caller asks for them."""
    for document in documents if context.single and context.display.referencedby else ():
        document["referencedby"] = relations.referencing(
            document["_id"],
            context.collection,
            context.database,
            readable=context.readable,
            present=_present_plain(context),
        )
    return documents


# Ids of files in linked documents stay, so media come before links. Templates see children and links as they are
# presented, and stored fields as they were read. Flattening moves members, so what is not flattened comes after it.
STEPS: tuple[Callable[[Documents, PresentationContext], Documents], ...] = (
    add_children,
    replace_media_ids,
    embed_links,
    project_links,
    compute_fields,
    convert_system_fields,
    flatten,
    add_referencing,
)


def _present_plain(context: PresentationContext) -> Callable[[Documents, engine.Collection], Documents]:
    """Return a function that presents documents of another collection without options."""
    plain = replace(context, display=PLAIN, fields={}, single=False)
    return lambda documents, collection: present(documents, replace(plain, collection=collection))


def _without_system(document: dict[str, Any]) -> dict[str, Any]:
    return render.document(document, metafields=False, people={})
