import io
import logging
import sys
from contextlib import redirect_stderr, redirect_stdout

import pytest

from mer_tasks.runs.progress_log import progress_fields
from mer_tasks.terminal.progress_bar import BAR, LOG, progress_bar

logger = logging.getLogger(f"{LOG}.train")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """A terminal of 100 columns without colours, to which tests redirect stderr."""
    for name, value in {"COLUMNS": "100", "NO_COLOR": "1", "TERM": "xterm"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(logging.getLogger(LOG), "level", logging.INFO)
    return Terminal()


def last(terminal: Terminal) -> str:
    """Return the line of the bar as it was drawn last."""
    return [line for line in terminal.getvalue().replace("\r", "\n").splitlines() if "━" in line or ":" in line][-1]


def test_a_log_record_with_a_fraction_of_a_step_moves_the_bar_and_is_shown(terminal: Terminal) -> None:
    with redirect_stderr(terminal), progress_bar("train", 4) as show:
        show(completed=1)
        logger.info("epoch %d: loss 0.5", 10, extra=progress_fields(10, 20))
    assert all(text in last(terminal) for text in ("train", "1/4", "epoch 10: loss 0.5"))
    assert last(terminal).count("━") == BAR * 1.5 // 4


def test_the_next_step_begins_without_the_last_message_of_the_step_before(terminal: Terminal) -> None:
    with redirect_stderr(terminal), progress_bar("", 4) as show:
        logger.info("epoch 20", extra=progress_fields(20, 20))
        show(completed=2, description="evaluate")
    assert "evaluate" in last(terminal)
    assert "epoch" not in last(terminal)
    assert last(terminal).count("━") == BAR * 2 // 4


def test_the_name_of_a_file_cannot_control_the_terminal(terminal: Terminal) -> None:
    with redirect_stderr(terminal), progress_bar("discover"):
        logger.info("%s", "[bold]x\x1b]0;owned\x07")
    assert "[bold]x␛]0;owned␇" in terminal.getvalue()
    assert "\x1b]" not in terminal.getvalue()


def test_the_bar_does_not_overwrite_other_output(terminal: Terminal) -> None:
    with redirect_stderr(terminal), progress_bar("canary", 2):
        sys.stderr.write("a warning\n")
    assert "a warning\n" in terminal.getvalue().replace("\r", "")


def test_nothing_is_written_without_a_terminal() -> None:
    file = io.StringIO()
    with redirect_stderr(file), progress_bar("train", 4) as show:
        show(completed=1)
        logger.info("epoch 1", extra=progress_fields(1, 2))
    assert file.getvalue() == ""


def test_results_go_to_stdout_while_a_bar_is_shown(terminal: Terminal) -> None:
    piped = io.StringIO()
    with redirect_stdout(piped), redirect_stderr(terminal), progress_bar("canary", 2):
        sys.stdout.write("a result\n")
    assert piped.getvalue() == "a result\n"


def test_a_failed_block_removes_the_bar(terminal: Terminal) -> None:
    before = list(logging.getLogger(LOG).handlers)
    with pytest.raises(ValueError, match="wrong"), redirect_stderr(terminal), progress_bar("train"):
        raise ValueError("wrong")
    assert logging.getLogger(LOG).handlers == before
    assert terminal.getvalue().endswith("\x1b[2K")
