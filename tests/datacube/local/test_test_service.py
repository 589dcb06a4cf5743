"""`./dev test`: its service has a home and settings of its own."""

import fcntl
from pathlib import Path

import pytest

from datacube.local import test_service


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATACUBE_HOME", str(tmp_path))


def test_each_run_has_a_fresh_home_below_the_current_one(tmp_path: Path) -> None:
    first, second = test_service.prepare({}), test_service.prepare({})
    assert first != second
    assert first.parent == second.parent == tmp_path / "test"


def test_nothing_of_another_installation_reaches_the_service_under_test() -> None:
    environment = {"MONGODB_URI": "mongodb://production", "DATABASE_URL": "postgres://production", "PATH": "/bin"}
    fresh = test_service.prepare(environment)
    assert "production" not in str(environment)
    assert environment["DATACUBE_HOME"] == str(fresh)
    assert environment["PORT"] == "0"
    assert environment["PATH"] == "/bin"


def test_the_home_of_a_run_that_passed_is_removed() -> None:
    fresh = test_service.prepare({})
    test_service.tidy(fresh, passed=True)
    assert not fresh.exists()


def test_the_homes_of_the_last_failed_runs_are_kept_and_those_in_use(tmp_path: Path) -> None:
    homes = [tmp_path / "test" / f"run-{number}" for number in range(6)]
    for home in homes:
        (home / "mongod").mkdir(parents=True)
    with (homes[0] / "mongod" / "mongod.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        test_service.tidy(homes[-1], passed=False)
    assert [home.exists() for home in homes] == [True, False, False, True, True, True]


def test_the_tests_that_need_no_server_are_run_without_one(monkeypatch: pytest.MonkeyPatch) -> None:
    runs = []
    monkeypatch.setattr(test_service, "_pytest", lambda arguments, environment: runs.append(arguments) or 0)
    assert test_service.main(["-x", "-m", "unit"]) == 0
    assert test_service.main(["-m", "unit", f"{__file__}::test_which_marks_need_no_server"]) == 0
    assert test_service.main(["-m", "unit", "-n", "2"]) == 0
    assert ["--unit-processes" in arguments for arguments in runs] == [True, False, False]
    assert runs[0][-3:] == ["-x", "-m", "unit"]


@pytest.mark.parametrize(("marks", "unit"), [("unit", True), ("", False), ("not unit", False), ("slow", False)])
def test_which_marks_need_no_server(marks: str, unit: bool) -> None:
    assert test_service.is_unit_run(marks) is unit


@pytest.mark.slow
def test_a_unit_run_starts_no_service_and_has_the_settings_of_tests(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Under the settings of the service, which the command itself has, they would remove the home of the user."""
    (tmp_path / "kept").touch()
    monkeypatch.delenv(test_service.URL, raising=False)
    monkeypatch.setenv("DJANGO_SETTINGS_MODULE", "datacube.settings")
    assert test_service.main(["-m", "unit", "-q", "-p", "no:cacheprovider", "tests/web/test_routes.py"]) == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["kept", "test"]
    assert [*(tmp_path / "test").iterdir()] == []
