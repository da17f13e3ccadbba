import json
from datetime import datetime, timezone
from decimal import Decimal

import pytest

from mer_tasks.answers import print_facts, print_json, print_table

ROWS = [
    {"track_id": "Für Elise [1]", "probability": 0.123456, "votes": 7, "share": Decimal("0.25"), "seconds": 12345.678},
    {"track_id": "2", "probability": None, "votes": 12, "share": None, "seconds": 0.0},
]


def test_a_table_has_four_digits_of_a_fraction_and_nothing_for_null(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(ROWS)
    head, *lines, count = capsys.readouterr().out.splitlines()
    assert head.split() == list(ROWS[0])
    assert lines[0].split() == ["Für", "Elise", "[1]", "0.1235", "7", "0.25", "12345.7"]
    assert lines[1].split() == ["2", "12", "0"]
    assert lines[1].index("12") + 2 == head.index("votes") + len("votes")
    assert count == "2 rows"


def test_what_rows_have_in_common_is_said_once(capsys: pytest.CaptureFixture[str]) -> None:
    print_facts([{"run": "r1", "emotion": emotion, "model_uri": "file:///m"} for emotion in ("power", "sadness")])
    assert capsys.readouterr().out.splitlines() == [
        "run        r1",
        "model_uri  file:///m",
        "emotion",
        "power  ",
        "sadness",
        "2 rows",
    ]


def test_no_rows_are_said_to_be_none(capsys: pytest.CaptureFixture[str]) -> None:
    print_table([])
    assert capsys.readouterr().out == "0 rows\n"


def test_a_long_text_is_not_cut(capsys: pytest.CaptureFixture[str]) -> None:
    print_table([{"detail": "x" * 1000}])
    assert capsys.readouterr().out.count("x") == 1000


def test_json_keeps_numbers_and_null(capsys: pytest.CaptureFixture[str]) -> None:
    print_json([*ROWS, {"at": datetime(2026, 1, 2, 3, 4, tzinfo=timezone.utc)}])
    assert json.loads(capsys.readouterr().out) == [
        {**ROWS[0], "share": 0.25},
        ROWS[1],
        {"at": "2026-01-02 03:04:00+00:00"},
    ]
