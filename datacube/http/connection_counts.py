"""The number of connections of each worker, in memory that the workers share."""

from __future__ import annotations

from collections.abc import MutableSequence


class ConnectionCounts:
    """The number of connections of each worker; each writes its own."""

    def __init__(self, numbers: MutableSequence[int], *, own: int) -> None:
        self._numbers = numbers
        self._own = own

    def share(self, numbers: MutableSequence[int], *, own: int) -> None:
        """Use numbers in memory that the workers share; `own` is the index of this worker's."""
        self._numbers, self._own = numbers, own

    def note(self, number: int) -> None:
        """Set the number of this worker's connections."""
        self._numbers[self._own] = number

    def add_one(self) -> None:
        """Count a connection that was accepted and has no protocol yet; `note` then sets the exact number."""
        self._numbers[self._own] += 1

    def has_fewest(self) -> bool:
        """Return whether no other worker has fewer connections."""
        return self._numbers[self._own] <= min(self._numbers)


# Those of this process.
counts = ConnectionCounts([0], own=0)
