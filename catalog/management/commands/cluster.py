"""`datacube cluster`: adds and lists MongoDB clusters, and moves databases between them."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

import engine
from audit.origin import COMMAND, origin
from catalog.services.clusters import moving, registry
from catalog.services.clusters.registry import ClusterUse

_ADDRESS = "CLUSTER_URI"


class Command(BaseCommand):
    help = "Add, list and remove MongoDB clusters, and move databases between them while they are used."
    requires_system_checks: list[str] = []

    def create_parser(self, prog_name: str, subcommand: str, **options: Any) -> CommandParser:
        """Return a parser that names the command as people call it."""
        return super().create_parser("datacube", subcommand, **options)

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
        new = actions.add_parser("add", help=f"add a cluster, whose URI is read from {_ADDRESS} or from stdin")
        new.add_argument("name")
        new.add_argument("--replace", action="store_true", help="give an existing cluster another URI")
        new.add_argument("--default", action="store_true", help="create new databases there")
        listing = actions.add_parser("list", help="list the clusters with their servers, databases and bytes")
        listing.add_argument("--json", action="store_true", help="one JSON object in each line")
        actions.add_parser("default", help="create new databases on this cluster").add_argument("name")
        move = actions.add_parser("move", help="move a database to another cluster while it is read and written")
        move.add_argument("database", metavar="DATABASE", help="the id of the database")
        move.add_argument("name", metavar="CLUSTER")
        actions.add_parser("remove", help="forget a cluster without databases").add_argument("name")

    def handle(self, *arguments: Any, **options: Any) -> None:
        origin.set(COMMAND)
        try:
            getattr(self, f"_{options['action']}")(options)
        except engine.Error as error:
            raise CommandError(error.message) from error

    def _add(self, options: dict[str, Any]) -> None:
        uri = os.environ.get(_ADDRESS) or sys.stdin.readline().strip()
        registry.add_cluster(options["name"], uri, replace=options["replace"])
        if options["default"]:
            registry.choose_for_new(options["name"])
        self.stdout.write(f"The cluster {options['name']} is known; its URI is stored encrypted.")

    def _list(self, options: dict[str, Any]) -> None:
        for item in registry.list_clusters():
            self.stdout.write(json.dumps(asdict(item)) if options["json"] else _line(item))

    def _default(self, options: dict[str, Any]) -> None:
        registry.choose_for_new(options["name"])
        self.stdout.write(f"New databases are created on {options['name']}.")

    def _move(self, options: dict[str, Any]) -> None:
        with _bar() as progress:
            report = moving.move_database(options["database"], options["name"], progress=progress)
        self.stdout.write(
            f"Moved from {report.source} to {report.target}: {report.documents:,} documents and"
            f" {report.changes:,} changes in {report.seconds:.1f} s; writes were refused for"
            f" {report.refused_seconds:.1f} s."
        )
        self.stdout.write("The original is removed as soon as no write to it can be in progress.")
        moving.remove_original(options["database"], progress=lambda: None)
        self.stdout.write("The original is removed.")

    def _remove(self, options: dict[str, Any]) -> None:
        registry.remove_cluster(options["name"])
        self.stdout.write(f"The cluster {options['name']} is forgotten; nothing of it was deleted.")


@contextmanager
def _bar() -> Iterator[moving.Progress]:
    """Yield a function that moves a bar in a terminal; elsewhere nothing is printed."""
    with tqdm(unit=" documents", disable=None) as bar:

        def progress(done: int, total: int, step: str) -> None:
            bar.total = total
            bar.set_postfix_str(step, refresh=False)
            bar.update(done - bar.n)

        yield progress


def _line(item: ClusterUse) -> str:
    size = "does not answer" if item.bytes is None else f"{item.bytes:,} bytes"
    new = ", new databases" if item.takes_new else ""
    return f"{item.name}: {', '.join(item.addresses)}; {item.databases} databases, {size}{new}"
