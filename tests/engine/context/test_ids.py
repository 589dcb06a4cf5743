"""Ids: unique, and in the order of time, in one process and in several."""

import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from engine.context import ids as module
from engine.context.ids import IdGenerator, created_at, id_prefix, new_id, new_ids


class Clock:
    """A clock that a test sets, in nanoseconds."""

    def __init__(self) -> None:
        self.now = 1_800_000_000_000_000_000

    def time_ns(self) -> int:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[Clock]:
    clock = Clock()
    monkeypatch.setattr(module, "time", clock)
    return clock


def test_ids_rise_and_are_unique() -> None:
    made = [new_id() for _ in range(20_000)]
    assert made == sorted(made)
    assert len({*made}) == len(made)


def test_ids_of_two_processes_sort_by_their_time(clock: Clock) -> None:
    first, second = IdGenerator(), IdGenerator()
    made = []
    for number in range(200):
        clock.now += 16_000  # a little more than a unit
        made += (first if number % 3 else second).take(1)
    assert made == sorted(made)


@pytest.mark.slow
def test_a_batch_is_of_one_unit_and_the_next_one_follows(clock: Clock) -> None:
    generator = IdGenerator()
    batches = [generator.take(40_000) for _ in range(3)]
    made = [name for batch in batches for name in batch]
    assert made == sorted({*made})
    assert [len({name.binary[:6] for name in batch}) for batch in batches] == [1, 1, 1]
    assert len(generator.take(150_000)) == 150_000


def test_ids_rise_when_the_clock_is_set_back(clock: Clock) -> None:
    generator = IdGenerator()
    (before,) = generator.take(1)
    clock.now -= 3_600_000_000_000
    (after,) = generator.take(1)
    assert after > before
    assert created_at(after) == datetime.fromtimestamp(clock.now / 1e9, UTC).replace(tzinfo=None)


@pytest.mark.slow
def test_a_forked_process_makes_other_ids() -> None:
    read, write = os.pipe()
    new_id()
    child = os.fork()
    if child == 0:
        os.write(write, new_id().binary)
        os._exit(0)
    os.waitpid(child, 0)
    assert os.read(read, 12)[6:10] != new_id().binary[6:10]


def test_the_time_of_an_id_is_that_of_its_making() -> None:
    before = datetime.now(UTC).replace(tzinfo=None)
    (made,) = new_ids(1)
    assert abs(created_at(made) - before) < timedelta(seconds=60)
    assert abs(made.generation_time.timestamp() - time.time()) < 60
    assert created_at(made) == created_at(made).replace(microsecond=created_at(made).microsecond // 1000 * 1000)


def test_a_prefix_has_the_time_and_is_another_each_time() -> None:
    before, prefix, after = new_id(), id_prefix(), new_id()
    assert len(prefix) == 16
    assert str(before)[:12] <= prefix[:12] <= str(after)[:12]
    assert prefix != id_prefix()
