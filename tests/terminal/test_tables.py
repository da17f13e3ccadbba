import json
from datetime import datetime, timezone
from decimal import Decimal

import pytest
from rich.cells import cell_len

from mer_tasks.terminal.tables import BAR, bar, decimals, print_facts, print_json, print_table

ROWS = [
    {"track_id": "Für Elise [1]", "probability": 0.123456, "votes": 7, "share": Decimal("0.25"), "seconds": 12345.678},
    {"track_id": "2", "probability": None, "votes": 12, "share": None, "seconds": 0.0},
]
HOSTILE = "[bold]x[/bold] \x1b]0;owned\x07\x1b[31m\r\n\x9b2J\u202etxt.exe <script>alert(1)</script>"
PRINTED = "[bold]x[/bold] ␛]0;owned␇␛[31m␍␊\ufffd2J\ufffdtxt.exe <script>alert(1)</script>"
Captured = pytest.CaptureFixture[str]


@pytest.fixture
def screen(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Make stdout a terminal of 60 columns without colours."""
    for name, value in {"FORCE_COLOR": "1", "NO_COLOR": "1", "TERM": "dumb", "COLUMNS": "60", "LINES": "40"}.items():
        monkeypatch.setenv(name, value)
    return monkeypatch


def test_a_table_shows_four_digits_of_a_fraction_and_nothing_for_null(capsys: Captured) -> None:
    print_table(ROWS)
    head, *lines, count = capsys.readouterr().out.splitlines()
    assert head.split() == list(ROWS[0])
    assert lines[0].split() == ["Für", "Elise", "[1]", "0.1235", "7", "0.25", "12345.7"]
    assert lines[1].split() == ["2", "12", "0"]
    assert lines[1].index("12") + 2 == head.index("votes") + len("votes")
    assert count == "2 rows"


def test_times_are_shown_to_the_minute_and_lists_as_their_members(capsys: Captured) -> None:
    print_table([{"at": datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone.utc), "positives": ["power", "tension"]}])
    assert capsys.readouterr().out.splitlines()[1].rstrip() == "2026-01-02 03:04  power, tension"


def test_facts_without_a_value_are_left_out(capsys: Captured) -> None:
    print_facts({"run": "r1", "genre": None, "gone": "", "tracks": 0, "model_uri": "file:///m"})
    assert capsys.readouterr().out.splitlines() == ["run        r1", "tracks     0", "model_uri  file:///m"]


def test_an_empty_table_says_that_it_has_0_rows(capsys: Captured) -> None:
    print_table([])
    assert capsys.readouterr().out == "0 rows\n"


def test_a_long_text_is_not_cut(capsys: Captured) -> None:
    print_table([{"detail": "x" * 1000}])
    assert capsys.readouterr().out.count("x") == 1000


def test_a_narrow_screen_shows_one_value_a_line_instead_of_broken_words(screen: object, capsys: Captured) -> None:
    row = {"run": "demo-20261126T002126", "published": "2026-11-26 00:22", "decision": "promoted"}
    print_table([row])
    assert len(capsys.readouterr().out.splitlines()) == 3
    print_table([{**row, "model": "demo-20261125T002126"}])
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "run        demo-20261126T002126"
    assert lines[3] == "model      demo-20261125T002126"


def test_a_narrow_screen_first_leaves_out_bars(screen: object, capsys: Captured) -> None:
    row = {"emotion": "joyful_activation", "probability": decimals(0.5), " ": bar(0.5), "threshold": 0.5}
    print_table([row])
    assert "━" in capsys.readouterr().out
    print_table([{**row, "listeners": 12}])
    head, line, _ = capsys.readouterr().out.splitlines()
    assert head.split() == ["emotion", "probability", "threshold", "listeners"]
    assert "━" not in line


def test_a_long_fact_continues_below_itself_and_a_url_stays_whole(screen: object, capsys: Captured) -> None:
    address = f"file:///{'folder/' * 20}report.html"
    print_facts({"verdict": "good " * 20, "report": address})
    *verdict, report = capsys.readouterr().out.splitlines()
    assert len(verdict) == 2
    assert verdict[1].startswith("         good")
    assert address in report


def test_a_bar_marks_the_threshold() -> None:
    assert bar(0.5, 0.25).plain == "━" * (BAR // 4) + "┃" + "━" * (BAR // 4 - 1) + "─" * (BAR // 2)
    assert bar(0, 1).plain == "─" * (BAR - 1) + "┃"
    assert bar(1).plain == "━" * BAR
    assert bar(None).plain == ""


@pytest.mark.parametrize("terminal", [True, False])
def test_the_name_of_a_file_cannot_control_the_terminal(
    terminal: bool, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    if terminal:
        monkeypatch.setenv("FORCE_COLOR", "1")
        monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "200")
    print_table([{"track_id": HOSTILE, "genres": [HOSTILE]}])
    print_facts({"track": HOSTILE})
    output = capsys.readouterr().out
    assert output.count(PRINTED) == 3
    assert HOSTILE not in output
    without_bold = output.replace("\x1b[1m", "").replace("\x1b[0m", "")
    assert all(letter == "\n" or letter.isprintable() for letter in without_bold)
    assert {cell_len(line) for line in without_bold.splitlines()[:2]} == {len(PRINTED) * 2 + 2}


def test_json_keeps_numbers_and_null(capsys: Captured) -> None:
    print_json([*ROWS, {"at": datetime(2026, 1, 2, 3, 4, tzinfo=timezone.utc)}])
    assert json.loads(capsys.readouterr().out) == [
        {**ROWS[0], "share": 0.25},
        ROWS[1],
        {"at": "2026-01-02 03:04:00+00:00"},
    ]


def test_json_keeps_texts_exactly_and_escapes_control_characters(capsys: Captured) -> None:
    print_json([{"track_id": HOSTILE}])
    output = capsys.readouterr().out
    assert json.loads(output) == [{"track_id": HOSTILE}]
    assert all(letter == "\n" or letter.isprintable() for letter in output)
