"""What a start shows, to a person and in a file."""

import io

import pytest

from datacube.local import console as module
from datacube.local.console import Progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_in_a_file_each_step_is_one_line() -> None:
    out = io.StringIO()
    progress = Progress(out=out)
    progress.step("first")
    progress.tick()
    progress.step("second")
    progress.close(mark="✗")
    progress.close()
    assert [line.rpartition(" (")[0] for line in out.getvalue().splitlines()] == ["  ✓ first", "  ✗ second"]


def test_on_a_terminal_it_moves_while_the_step_lasts() -> None:
    out = Terminal()
    progress = Progress(out=out)
    progress.step("first")
    before = out.getvalue()
    progress.tick()
    assert out.getvalue() != before


@pytest.mark.parametrize(("out", "expected"), [(io.StringIO(), "    waiting\n"), (Terminal(), "first (waiting)")])
def test_a_step_that_takes_long_says_what_it_waits_for(
    out: io.StringIO, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    progress = Progress(out=out)
    progress.step("first")
    progress.note("not yet")
    monkeypatch.setattr(module, "_NOTE_SECONDS", 0)
    progress.note("waiting")
    progress.tick()
    assert expected in out.getvalue()
    assert "not yet" not in out.getvalue()


def test_a_terminal_of_few_letters_is_no_obstacle() -> None:
    raw = io.BytesIO()
    progress = Progress(out=io.TextIOWrapper(raw, encoding="ascii"))
    progress.step("first")
    progress.close()
    assert raw.getvalue().startswith(b"  ? first")
