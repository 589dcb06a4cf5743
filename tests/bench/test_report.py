"""The tables that `./dev bench` writes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from bench import report
from bench.load import Measurement
from bench.targets import WORKLOADS, Airsequel, Communibase, Dialect, Eve, Parse, Service


def sample(rate: float) -> Measurement:
    return Measurement(rate=rate, p50=1.5, p99=9.0, cpu=321.4)


def test_ratios_are_of_medians() -> None:
    samples = {
        ("datacube", "read", 8): [sample(10), sample(300), sample(200)],
        ("raw pymongo", "read", 8): [sample(400)],
        ("raw pymongo, 16 operations at once", "read", 8): [sample(1600)],
        ("eve", "read", 8): [sample(50)],
        ("parse-server", "read", 8): [sample(40)],
        ("datacube", "deep_page", 8): [sample(5)],
    }
    text = report.tables(samples, peers=["eve", "parse-server"])

    assert "| read by id | 200 | 400 | 1,600 | 50.0 | 40.0 | 0.50 | 4.00 |" in text
    assert "| a page at depth 90,000, by cursor | 5.0 | – | – | – | – | – | – |" in text
    assert "| datacube | read by id | 1.5 | 9.0 | 321 |" in text


def test_the_dialect_stands_beside_the_same_requests() -> None:
    samples = {
        ("datacube", "update", 8): [sample(100)],
        ("datacube, REST dialect", "update", 8): [replace(sample(80), cpu=385.68)],
    }
    text = report.tables(samples, peers=[])
    assert "| update one by id | 100 | 80.0 | 321 | 386 | 1.20 |" in text


def test_each_dialect_has_a_table_of_its_own() -> None:
    samples = {
        (who, workload, 8): [sample(100)]
        for who, workload in (
            ("datacube", "many"),
            ("datacube", "read"),
            ("datacube, REST dialect", "read"),
            ("datacube, Communibase dialect", "many"),
        )
    }
    text = report.tables(samples, peers=[])
    assert text.index("| REST dialect | `/api/crud`") < text.index("| Communibase dialect | `/api/crud`")
    assert "| 100 documents by their ids | 100 | 100 | 321 | 321 | 1.00 |" in text
    assert "| 100 documents by their ids, Communibase dialect | 100 |" in text


def test_the_text_around_the_tables_is_kept(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"before\n{report.BEGIN}\nold\n{report.END}\nafter\n")

    assert report.written(page, "new") == f"before\n{report.BEGIN}\nnew\n{report.END}\nafter\n"


def test_every_target_has_every_workload() -> None:
    for kind, workloads in (
        *((kind, WORKLOADS) for kind in (Service, Eve, Parse)),
        (Dialect, report.IN_DIALECT[report.OURS_REST]),
        (Communibase, report.IN_DIALECT[report.OURS_COMMUNIBASE]),
        (Airsequel, report.IN_DIALECT[report.OURS_AIRSEQUEL]),
    ):
        target = kind("x", "http://127.0.0.1:1", lambda: iter(()), ids=["60c72b2f9b1d8b1a2d3e4567"] * 100)
        for workload in workloads:
            method, path, body = next(target.requests(workload))
            assert method in ("GET", "POST", "PUT", "PATCH")
            assert path.startswith("/")
            assert b"\n" not in body
            assert b"\t" not in body
