"""Commands on tracks with label sets of other sizes and of kind single."""

import json
import re

import pytest
from typer.testing import CliRunner, Result

from mer_tasks.cli.main import app
from mer_tasks.database.label_rows import adopt_label_set
from mer_tasks.database.migrations import ROLES, bootstrap
from mer_tasks.errors import ConfigError
from tests.support.label_sets import make_label_set
from tests.support.listed_tracks import list_tracks

NAMES = {"mood_2": {"name": "Für die Arbeit"}, "mood_3": {"name": "عاطفة"}}


@pytest.fixture
def database_of(postgres, request):
    """A function that makes a database of a label set with 30 listed tracks, and returns the URLs of its roles."""

    def make(label_set):
        name = f"mer_track_commands_{abs(hash(request.node.name))}"
        urls = bootstrap(postgres.url(), name, dict.fromkeys(ROLES, "for tests"), label_set)
        list_tracks(urls["mer_owner"], label_set, 30)
        return urls

    return make


def mer(urls, *arguments: str) -> Result:
    return CliRunner().invoke(app, arguments, env={"MER_READER_URL": urls["mer_reader"], "COLUMNS": "120"})


def test_a_label_is_chosen_by_its_name_or_its_id(database_of):
    urls = database_of(make_label_set(56, **NAMES))
    expected = mer(urls, "top", "mood_2").stdout
    assert len(expected.splitlines()) == 13
    assert expected.endswith("\nThe model is provisional: not shown to be better than guessing.\n")
    for spelled in ("Für die Arbeit", "für die arbeit", "Fu\u0308r die Arbeit", "Mood 2"):
        assert mer(urls, "top", spelled).stdout == expected
    assert mer(urls, "top", "عاطفة").exit_code == 0
    with pytest.raises(ConfigError, match=r"^mood 'mood57': expected one of 56, such as mood_"):
        raise mer(urls, "top", "mood57").exception
    with pytest.raises(ConfigError, match=r"^mood 'happy': expected one of 56; mer labels show lists them$"):
        raise mer(urls, "top", "happy").exception
    with pytest.raises(ConfigError, match=r"^mood 'happy': expected one of 56; mer labels show lists them$"):
        raise mer(urls, "query", "tracks_for_emotion", "-p", "emotion=happy").exception


@pytest.mark.parametrize(("labels", "kind"), [(4, "single"), (12, "multi"), (200, "multi")])
def test_a_prediction_is_explained_for_any_label_set(database_of, labels, kind):
    label_set = make_label_set(labels, kind, **NAMES)
    urls = database_of(label_set)
    lines = mer(urls, "explain", "t000001").stdout.splitlines()
    assert f"label set moods version 1 (digest {label_set.digest[:12]})" in [" ".join(line.split()) for line in lines]
    rows = json.loads(mer(urls, "explain", "t000001", "--json").stdout)
    head = lines.index("") + 1
    assert lines[head].split()[:2] == ["mood", "probability"]
    assert ("threshold" in lines[head]) == (kind == "multi")
    assert len(rows) == labels
    shown = rows if labels <= 12 else sorted(rows, key=lambda row: -row["probability"])
    names = {"mood_2": "Für die Arbeit", "mood_3": "عاطفة"}
    assert len(lines) == head + labels + 2
    for line, row in zip(lines[head + 1 :], shown, strict=False):
        assert line.startswith(names.get(row["emotion"], row["emotion"].replace("_", " ")))
        assert f"{row['probability']:.3f}" in line
        assert (" yes " in f"{line} ") == row["positive"]


def test_an_empty_result_has_a_reason_where_the_query_knows_one(database_of):
    urls = database_of(make_label_set(4, "single"))
    empty, reason = mer(urls, "query", "emotions_together").stdout.splitlines()
    assert empty == "0 rows"
    assert reason.startswith("either each track has exactly one label (label sets of kind single)")
    assert "at least two listeners" in mer(urls, "query", "listeners_agreement").stdout.splitlines()[1]
    assert mer(urls, "query", "emotions_together", "--json").stdout == "[]\n"


def test_the_error_for_a_label_that_no_model_knows_yet_says_so(database_of):
    urls = database_of(make_label_set(3))
    adopt_label_set(urls["mer_owner"], make_label_set(4, version=2))
    message = "no track has a prediction of mood 4: run mer_predict, or mer_train if the label is new"
    with pytest.raises(ConfigError, match=f"^{message}$"):
        raise mer(urls, "top", "mood_4").exception


def test_found_tracks_are_listed_with_their_labels(database_of):
    urls = database_of(make_label_set(4, "single"))
    head, *lines, _ = mer(urls, "find", "t00000").stdout.splitlines()
    assert head.split() == ["track_id", "genre", "moods", "gone"]
    assert len(lines) == 9
    assert all(re.fullmatch(r"mood \d", line[line.index("mood") :].strip()) for line in lines)


def test_of_many_labels_of_a_found_track_the_most_probable_are_named(database_of):
    label_set = make_label_set(200, **NAMES)
    urls = database_of(label_set)
    line = mer(urls, "find", "t000001").stdout.splitlines()[1]
    rows = json.loads(mer(urls, "explain", "t000001", "--json").stdout)
    positive = sorted((row for row in rows if row["positive"]), key=lambda row: -row["probability"])
    names = [label_set.by_id[row["emotion"]].name for row in positive]
    assert f"{', '.join(names[:6])} and {len(names) - 6} more" in line
    (found,) = json.loads(mer(urls, "find", "t000001", "--json").stdout)
    assert found["positives"] == [row["emotion"] for row in positive]
