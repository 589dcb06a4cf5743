"""What a start shows, to a person and in a file."""

import io

from datacube.progress import Progress


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


def test_a_terminal_of_few_letters_is_no_obstacle() -> None:
    raw = io.BytesIO()
    progress = Progress(out=io.TextIOWrapper(raw, encoding="ascii"))
    progress.step("first")
    progress.close()
    assert raw.getvalue().startswith(b"  ? first")
