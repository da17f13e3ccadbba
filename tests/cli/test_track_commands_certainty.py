"""What the commands say about unclear answers and a provisional champion."""

import json

import pytest
from typer.testing import CliRunner

from mer_tasks.cli.main import app
from mer_tasks.errors import ConfigError
from mer_tasks.stages.publish import publish
from tests.support.certain_runs import WIDE, give_metric, give_ranges
from tests.support.published_runs import TRACKS, complete_run, make_champion, rows

PROVISIONAL = "provisional: not shown to be better than guessing"


@pytest.fixture
def mer(tmp_path, database_url, reader_url):
    """A function that publishes a run, makes its model the champion, and runs a command; it returns the result."""

    def command(*arguments, low=0.25, high=0.75, shown=False):
        run = complete_run(tmp_path, database_url)
        give_ranges(run, low=low, high=high)
        give_metric(run, value=0.7, low=0.6 if shown else 0.4, high=0.8, baseline=0.5)
        publish(run)
        if not rows(reader_url, "SELECT 1 FROM mer.champions"):
            make_champion(database_url)
        variables = {"MER_READER_URL": reader_url, "MER_STORE_URL": tmp_path.as_uri(), "COLUMNS": "160"}
        return CliRunner().invoke(app, arguments, env=variables)

    return command


def test_top_lists_clear_tracks_and_with_an_option_the_others_too(mer):
    clear = json.loads(mer("top", WIDE, "--json").stdout)
    assert {row["certainty"] for row in clear} == {"yes"}
    assert len(json.loads(mer("top", WIDE, "--unclear", "--rows", "100", "--json").stdout)) == len(TRACKS)
    text = mer("top", WIDE, "--unclear").stdout
    assert "unclear" in text
    assert f"The model is {PROVISIONAL}." in text
    assert "provisional" not in mer("top", WIDE, shown=True).stdout


def test_top_says_that_no_answer_is_clear(mer):
    with pytest.raises(ConfigError, match=r"^amazement: no track clearly has it; --unclear lists the others too$"):
        raise mer("top", WIDE, low=0.0, high=1.0).exception


def test_explain_shows_unclear_answers_in_words(mer):
    lines = mer("explain", TRACKS[0], low=0.0, high=1.0).stdout.splitlines()
    assert [line.split()[0] for line in lines if line.endswith("unclear") or " unclear " in line] == [WIDE]
    assert any("the champion (provisional: not shown to be better than guessing)" in line for line in lines)


def test_show_and_runs_name_a_provisional_champion(mer):
    assert f"the champion ({PROVISIONAL})" in mer("show").stdout
    assert "★ provisional champion" in mer("runs").stdout
    shown = mer("runs", shown=True).stdout
    assert "★ champion" in shown
