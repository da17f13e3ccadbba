"""Commands on label sets: show, check and add; the word ``labels`` alone stays the stage."""

import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from mer_tasks.cli.main import app
from mer_tasks.database.migrations import ROLES, bootstrap
from mer_tasks.database.stored_labels import stored_labels_at
from mer_tasks.errors import AccessDenied, ConfigError
from mer_tasks.label_set import LabelSet, parse_label_set

MOODS = """
name = "moods"
version = {version}
kind = "{kind}"
noun = ["mood", "moods"]
labels = [{labels}]
"""


def file_of(folder: Path, labels: str, version: int = 1, kind: str = "multi") -> str:
    """Write a label file, and return its path."""
    path = folder / f"moods-{version}.toml"
    path.write_text(MOODS.format(version=version, kind=kind, labels=labels))
    return str(path)


def mer(*arguments: str, **variables: str) -> Result:
    env = {"MER_READER_URL": "", "MER_DATABASE_URL": "", "MER_DATABASE_OWNER_URL": "", "MER_LABELS": "", **variables}
    return CliRunner().invoke(app, arguments, env=env)


@pytest.fixture
def urls(postgres, request):
    """URLs of a database that has the moods calm, happy and sad."""
    name = f"mer_label_commands_{abs(hash(request.node.name))}"
    return bootstrap(postgres.url(), name, dict.fromkeys(ROLES, "for tests"), label_set_of_ids("calm", "happy", "sad"))


def label_set_of_ids(*ids: str) -> LabelSet:
    labels = ", ".join(f'"{label_id}"' for label_id in ids)
    return parse_label_set(MOODS.format(version=1, kind="multi", labels=labels), "moods.toml")


def test_a_right_label_file_is_printed_with_its_digest_and_its_labels(tmp_path):
    done = mer("labels", "check", file_of(tmp_path, '"calm", {id = "joy", name = "فرح", description = "it\'s joy"}'))
    assert done.exit_code == 0, done.output
    lines = done.stdout.splitlines()
    assert lines[0].startswith("moods version 1 (multi, 2 labels, ")
    assert lines[1] == f"digest {label_set_of_ids('calm', 'joy').digest}"
    assert lines[2].split() == ["mood", "name", "description"]
    assert lines[4].split() == ["joy", "فرح", "it's", "joy"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name = ", r"error: label set .*/moods\.toml: Invalid value .*; expected a TOML file with name, kind and labels"),
        (MOODS.format(version=1, kind="multi", labels='"calm"'), "1 labels in use, expected 2 to 200"),
        (MOODS.format(version=1, kind="multi", labels='"calm", "a\\"b"'), "expected a name that SQL takes without quotes"),
        (None, "no such file, expected a TOML file"),
    ],
)
def test_a_wrong_label_file_ends_with_exit_code_2_and_one_line(tmp_path, text, message):
    path = tmp_path / "moods.toml"
    if text is not None:
        path.write_text(text)
    done = mer("labels", "check", str(path))
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1
    assert re.search(message, done.stderr)


def test_a_folder_is_no_label_file_and_the_error_calls_it_a_folder(tmp_path):
    done = mer("labels", "check", str(tmp_path))
    assert done.exit_code == 2
    assert (
        done.stderr == f"error: label set {tmp_path}: a folder, expected a TOML file with name, kind and labels (MER_LABELS)\n"
    )


def test_the_configured_set_is_shown_without_a_database(tmp_path):
    assert "configured  emotify version 1 (multi, 9 labels, " in mer("labels", "show").stdout
    done = mer("labels", "show", MER_LABELS=file_of(tmp_path, '"calm", "happy"'))
    assert "configured  moods version 1 (multi, 2 labels, " in done.stdout
    assert "database    none: no URL of it is configured" in done.stdout
    assert [line.split()[0] for line in done.stdout.splitlines()[4:6]] == ["calm", "happy"]


def test_labels_are_added_and_retired_and_both_sets_are_shown(tmp_path, urls):
    path = file_of(tmp_path, '"calm", "happy", {id = "sad", retired = true}, {id = "tense", name = "Tense?"}', version=2)
    places = {"MER_READER_URL": urls["mer_reader"], "MER_LABELS": path}
    shown = mer("labels", "show", **places).stdout
    assert "database    moods version 1 (multi, 3 labels, " in shown
    assert "difference  added: tense; retired: sad" in shown
    done = mer("labels", "add", MER_DATABASE_OWNER_URL=urls["mer_owner"], MER_LABELS=path)
    assert done.exit_code == 0, done.exception
    assert done.stdout.splitlines()[:2] == ["added: tense", "retired: sad"]
    assert stored_labels_at(urls["mer_reader"]).label_set.ids == ("calm", "happy", "tense")
    again = mer("labels", "add", urls["mer_owner"], "--labels", path)
    assert again.stdout.startswith("up to date: moods version 2 (multi, 3 labels, ")
    text = Path(path).read_text(encoding="utf-8")
    Path(path).write_text(text.replace("version = 2", "version = 3").replace('"moods"]', '"feelings"]'), encoding="utf-8")
    renamed = mer("labels", "add", urls["mer_owner"], "--labels", path)
    assert renamed.stdout.startswith("moods version 3 (multi, 3 labels, ")
    shown = mer("labels", "show", **places).stdout
    assert "difference  none" in shown
    assert "version  adopted_at " in shown
    assert "retired" in next(line for line in shown.splitlines() if line.startswith("sad "))
    summary = json.loads(mer("labels", "show", "--json", **places).stdout)
    assert summary["configured"] == summary["database"]
    assert [row["version"] for row in summary["versions"]] == [3, 2, 1]


@pytest.mark.parametrize(
    ("labels", "version", "kind", "message"),
    [
        ('"calm", "happy"', 2, "multi", "it lacks sad, expected every label, with retired = true"),
        ('"calm", "happy", "sad"', 1, "single", "expected a newer version of the same set, or another database"),
        ('"calm", "happy", "sad", "tense"', 1, "multi", "expected version = 2 or more"),
    ],
)
def test_another_set_is_refused_in_one_line_that_names_both(tmp_path, urls, labels, version, kind, message):
    path = file_of(tmp_path, labels, version, kind)
    with pytest.raises(ConfigError, match=message) as caught:
        raise mer("labels", "add", urls["mer_owner"], "--labels", path).exception
    assert str(caught.value).count("moods version") == 2
    assert "\n" not in str(caught.value)
    assert "for tests" not in str(caught.value)


def test_only_the_owner_adds_labels(tmp_path, urls):
    path = file_of(tmp_path, '"calm", "happy", "sad", "tense"', version=2)
    with pytest.raises(AccessDenied, match="permission denied"):
        raise mer("labels", "add", urls["mer_writer"], "--labels", path).exception


def test_an_other_set_is_shown_as_a_difference(urls):
    shown = mer("labels", "show", MER_READER_URL=urls["mer_reader"]).stdout
    assert "difference  another set: moods (multi) and emotify (multi)" in shown


def test_the_word_labels_alone_is_the_stage_whose_help_names_the_commands():
    assert "Missing option '--run-id'" in mer("labels").stderr
    assert "See also labels show, labels check and labels add." in " ".join(mer("labels", "--help").stdout.split())
    assert "labels add [OPTIONS]" in mer("labels", "add", "--help").stdout
    overview = mer("--help").stdout
    assert all(f"  {name} " in overview for name in ("labels", "labels show", "labels check", "labels add"))
