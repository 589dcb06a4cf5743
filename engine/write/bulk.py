"""Several operations on one collection in one call: all or none in order, or each on its own."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from engine.context.context import Context
from engine.errors import Error, FieldError, Invalid, TimedOut, TooLarge, Unavailable, invalid
from engine.query.error_location import with_error_location
from engine.write.operations import Operation, PreparedWrite, WriteResult, execute


def all_or_none(context: Context, operations: Sequence[Operation]) -> list[WriteResult]:
    """Run the operations in order, in one transaction. Errors that can be found before are reported together."""
    works = _checked(context, operations)
    at = 0

    def run(bound: Context) -> list[WriteResult]:
        nonlocal at
        done = []
        for at, work in enumerate(works):  # noqa: B007 - read when it fails
            done.append(work.execute(bound))
        return done

    try:
        return context.in_transaction(run)
    except Error as error:
        raise _at(with_error_location(error, *operations[at].requests), at) from error


def each_alone(context: Context, operations: Sequence[Operation]) -> list[WriteResult | Error]:
    """Run each operation on its own and return the results; a failing one does not stop the others.

    After `write_seconds`, or once the store does not answer, the rest is not tried.
    """
    give_up = time.monotonic() + context.store.limits.write_seconds
    results: list[WriteResult | Error] = []
    away: Error | None = None
    for operation in operations:
        if away is None and time.monotonic() > give_up:
            seconds = context.store.limits.write_seconds
            away = TimedOut(
                f"Not tried: the request takes longer than {seconds:g} s (WRITE_SECONDS).", retry_after=1
            )
        try:
            results.append(away or execute(context, operation))
        except Error as error:
            results.append(_at(error, len(results)) if error.errors else error)
            away = error if isinstance(error, Unavailable) and not isinstance(error, TimedOut) else None
    return results


def _checked(context: Context, operations: Sequence[Operation]) -> list[PreparedWrite]:
    works: list[PreparedWrite] = []
    errors: list[FieldError] = []
    for index, operation in enumerate(operations):
        try:
            works.append(operation.prepare(context))
        except Invalid as error:
            errors += _at(error, index).errors
        except Error as error:
            raise _at(error, index) from error
    if errors:
        raise invalid(errors, unit="operation")
    return works


def _at(error: Error, index: int) -> Error:
    """Return the error with the index of its operation."""
    originals = error.errors or (FieldError("", error.message),)
    errors = tuple(FieldError(item.field, item.message, index) for item in originals)
    if isinstance(error, Invalid):
        return invalid(errors, unit="operation")
    error.errors = errors
    return error


@dataclass(frozen=True)
class Bulk:
    """Requested operations; `ordered` means all or none."""

    operations: Sequence[Operation]
    ordered: bool = True

    def require(self, context: Context) -> None:
        """Raise `Forbidden`, naming the operation, unless each is allowed."""
        for index, operation in enumerate(self.operations):
            try:
                for action in operation.needs:
                    context.require(action)
            except Error as error:
                raise _at(error, index) from error

    def run(self, context: Context) -> list[WriteResult | Error]:
        """Run the operations. Raises `Invalid` for none and `TooLarge` for too many of them."""
        max_operations = context.store.limits.batch_documents
        if not self.operations:
            raise Invalid("There are no operations.")
        if len(self.operations) > max_operations:
            raise TooLarge(f"At most {max_operations} operations at once (MAX_BATCH_DOCUMENTS).")
        if self.ordered:
            return [*all_or_none(context, self.operations)]
        return each_alone(context, self.operations)
