"""The documents of databases in backups: added as of one time, stored again, and compared."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from typing import Any

import engine
from catalog.services.stores.clusters import MAIN, store
from features.backups.archive import Writer

_ATTEMPTS, _PAUSE_SECONDS = 5, 0.2
# Called with the number of steps that are done, how many there are, and the name of the next one.
Progress = Callable[[int, int, str], None]


def add_database(
    archive: Writer,
    cluster: str,
    physical: str,
    number: int,
    *,
    each_batch: Callable[[int], None] = lambda count: None,
    services: bool = True,
) -> list[dict[str, Any]]:
    """Add a database as of one time, again from the beginning where its structure changed in between.

    `each_batch` gets the number of documents of each batch. Without `services` the records of the service itself,
    such as those of idempotent requests, are left out.
    """
    source = store(cluster)
    for attempt in range(_ATTEMPTS):
        try:
            with source.snapshot() as frozen:
                return [
                    {"cluster": cluster}
                    | _add_collection(
                        archive, frozen, physical, name, layout, f"{number}-{attempt}-{index}", each_batch
                    )
                    for index, (name, layout) in enumerate(source.layouts(physical))
                    if services or not name.startswith("_")
                ]
        except engine.Conflict:
            if attempt == _ATTEMPTS - 1:
                raise
            time.sleep(_PAUSE_SECONDS)
    return []


def _add_collection(
    archive: Writer,
    frozen: engine.Store,
    physical: str,
    name: str,
    layout: bytes,
    prefix: str,
    each_batch: Callable[[int], None],
) -> dict[str, Any]:
    folder = f"collections/{prefix}"
    archive.add(f"{folder}/layout", layout)
    digest, documents = hashlib.sha256(), 0
    for number, (count, batch) in enumerate(frozen.dump(physical, name)):
        archive.add(f"{folder}/{number}", batch)
        digest.update(batch)
        documents += count
        each_batch(count)
    return {
        "prefix": prefix,
        "database": physical,
        "name": name,
        "documents": documents,
        "sha256": digest.hexdigest(),
    }


def load_member(collection: dict[str, Any], member: str, content: bytes) -> int:
    """Store a member of a collection: its layout, or documents. Return their number."""
    names = (collection["database"], collection["name"])
    target = store(collection.get("cluster", MAIN))
    if member == "layout":
        target.make_again(*names, content)
        return 0
    return target.load(*names, content)


def check_collections(collections: list[dict[str, Any]], progress: Progress) -> None:
    """Compare what was stored with the hashes of the backup."""
    for number, item in enumerate(collections):
        progress(number, len(collections), f"{item['database']}.{item['name']}")
        digest = hashlib.sha256()
        for _, batch in store(item.get("cluster", MAIN)).dump(item["database"], item["name"]):
            digest.update(batch)
            progress(number, len(collections), f"{item['database']}.{item['name']}")
        if digest.hexdigest() != item["sha256"]:
            text = f"{item['database']}.{item['name']} differs from the backup after it was restored."
            raise engine.Conflict(text)
    progress(len(collections), len(collections), "")
