"""A checked operation, as it is cached."""

from __future__ import annotations

from dataclasses import dataclass

from graphql import DocumentNode

from dialects.airsequel.graphql.plans.plan import Plan


@dataclass(frozen=True)
class CheckedOperation:
    """A valid operation of a document, with what its text alone tells. `plan` is None where it has none.

    `is_brief` is False for a long operation, and for one whose variables tell how long it is.
    """

    document: DocumentNode
    plan: Plan | None = None
    is_brief: bool = False
    only_introspects: bool = False
    is_subscription: bool = False
