"""Commands `similar` and `path`, on a published run whose tracks have vectors."""

import json

import pytest
from typer.testing import CliRunner, Result

from mer_tasks.cli.main import app
from mer_tasks.database.migrations import ROLES, bootstrap
from mer_tasks.errors import ConfigError
from mer_tasks.stages.publish import publish
from tests.support.label_sets import EMOTIFY
from tests.support.published_runs import TRACKS, complete_run, make_champion
from tests.support.vectors import distances_of, probabilities_of

NAMES = {"names": {"r03": {"title": "Jóga"}}}


@pytest.fixture(scope="module")
def published(postgres, tmp_path_factory):
    """Publish a run with a title; return it and the URL of a reader."""
    urls = bootstrap(postgres.url(), "mer_similar_commands", dict.fromkeys(ROLES, "for tests"))
    run = complete_run(tmp_path_factory.mktemp("commands"), urls["mer_writer"], fan_out=NAMES)
    publish(run)
    make_champion(urls["mer_writer"])
    return run, urls["mer_reader"]


def mer(url: str, *arguments: str) -> Result:
    return CliRunner().invoke(app, arguments, env={"MER_READER_URL": url, "COLUMNS": "120"})


def test_similar_lists_tracks_by_distance_for_people_and_for_programs(published):
    run, url = published
    expected = distances_of(run, "r03").drop("r03").sort_values().index[:5].tolist()
    answer = json.loads(mer(url, "similar", "r03", "--rows", "5", "--json").stdout)
    assert [row["track_id"] for row in answer] == expected
    lines = mer(url, "similar", "r03", "--rows", "5").stdout.splitlines()
    assert lines[0].split()[0] == "place"
    assert "distance" in lines[0]
    assert all(track in line for track, line in zip(expected, lines[1:-1], strict=True))


def test_a_track_is_found_by_its_title(published):
    _, url = published
    assert mer(url, "similar", "jóga").stdout == mer(url, "similar", "r03").stdout


def test_similar_can_ask_for_more_or_less_of_a_label_or_for_tracks_that_have_one(published):
    run, url = published
    probabilities = probabilities_of(run)
    label = EMOTIFY.ids[2]
    track = probabilities[label].drop("r03").sort_values().index[len(TRACKS) // 2]
    for option in ("--more", "--less"):
        answer = json.loads(mer(url, "similar", track, option, EMOTIFY.names[2], "--json").stdout)
        known = probabilities[label][track]
        for row in answer:
            value = probabilities[label][row["track_id"]]
            assert value > known if option == "--more" else value < known
        assert answer
    having = json.loads(mer(url, "similar", track, "--having", label, "--genre", "pop", "--json").stdout)
    assert having
    assert all(label in row["positives"] and row["genre"] == "pop" for row in having)


def test_path_goes_from_one_track_to_the_other(published):
    _, url = published
    answer = json.loads(mer(url, "path", "Jóga", "p05", "--rows", "4", "--json").stdout)
    assert [row["track_id"] for row in answer][::3] == ["r03", "p05"]
    assert len(mer(url, "path", "r03", "p05", "--rows", "4").stdout.splitlines()) == 6


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("similar", "nobody"), "track 'nobody': no run has scored it"),
        (("similar", "r03", "--more", "joy"), "emotion 'joy': expected one of"),
        (("similar", "r03", "--more", "power", "--having", "power"), "--having: expected either it or --more and --less"),
        (("similar", "r03", "--genre", "jazz"), "track 'r03': no other track of the landing zone fulfils the conditions"),
        (("path", "r03", "r03"), "track 'r03': a path needs two tracks"),
        (("similar", "r03", "--rows", "2000"), "n=2000: expected 1 to 1000"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(published, arguments, message):
    _, url = published
    result = mer(url, *arguments)
    assert isinstance(result.exception, ConfigError)
    assert str(result.exception).startswith(message)
