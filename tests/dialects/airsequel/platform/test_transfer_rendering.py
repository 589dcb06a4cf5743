"""JSON forms of uploads."""

from __future__ import annotations

from dialects.airsequel.platform.columns import ColumnDraft, TableDraft
from dialects.airsequel.platform.transfer_rendering import dry_run_json


def test_what_a_file_would_become() -> None:
    column = ColumnDraft("a", "INT", is_primary_key=True, default=(1,), choices=(1, 2), target=("u", ""))
    assert dry_run_json([TableDraft("t", (column,))], [5], ["A note."]) == {
        "notes": ["A note."],
        "tables": [
            {
                "columns": [
                    {
                        "default": 1,
                        "isNonNull": True,
                        "isPrimaryKey": True,
                        "isUnique": False,
                        "name": "a",
                        "references": {"table": "u", "column": None},
                        "sqliteDataType": "INT",
                        "validations": {"enum": [1, 2]},
                    }
                ],
                "name": "t",
                "numberOfRows": 5,
            }
        ],
    }
