"""Commands on encoders: check, add and list, and a build that cannot be done."""

import json
from pathlib import Path

from typer.testing import CliRunner, Result

from mer_tasks.cli.main import app
from tests.support.encoders import encoder_folder, nan_in_silence


def mer(*arguments: str, store: Path) -> Result:
    return CliRunner().invoke(app, ["encoders", *arguments], env={"MER_STORE_URL": store.as_uri()})


def test_a_right_encoder_is_checked_added_and_listed(tmp_path: Path) -> None:
    folder, store = str(encoder_folder(tmp_path / "tiny")), tmp_path / "store"
    assert "no encoders" in mer("list", store=store).stdout
    checked = mer("check", folder, store=store)
    assert checked.exit_code == 0, checked.output
    facts = dict(line.split("  ", 1) for line in checked.stdout.splitlines())
    assert facts["licence"].strip() == "MIT, commercial use"
    assert facts["golden vectors"].strip() == "smallest cosine 1.000000"
    added = mer("add", folder, store=store)
    address = f"{store.as_uri()}/encoders/tiny/1"
    assert added.stdout.splitlines() == ["added: tiny 1, MIT", address]
    assert mer("add", folder, store=store).stdout.splitlines() == ["up to date: tiny 1, MIT", address]
    assert address in mer("list", store=store).stdout
    (listed,) = json.loads(mer("list", "--json", store=store).stdout)
    assert (listed["name"], listed["url"], len(listed["space"])) == ("tiny", address, 64)


def test_an_encoder_that_is_refused_is_not_added(tmp_path: Path) -> None:
    folder, store = str(encoder_folder(tmp_path / "tiny", nan_in_silence())), tmp_path / "store"
    refused = mer("add", folder, store=store)
    assert refused.exit_code != 0
    assert "golden vector" in str(refused.exception)
    assert "no encoders" in mer("list", store=store).stdout


def test_a_licence_without_commercial_use_is_said(tmp_path: Path) -> None:
    folder = encoder_folder(tmp_path / "tiny", licence="CC-BY-NC-4.0", commercial_use=False)
    assert "CC-BY-NC-4.0, no commercial use" in mer("check", str(folder), store=tmp_path).stdout


def test_a_build_into_a_folder_with_files_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("keep")
    refused = mer("build", "musicnn", str(tmp_path), store=tmp_path)
    assert refused.exit_code != 0
    assert "expected a new or empty one" in str(refused.exception)
    assert mer("build", "vggish", str(tmp_path / "new"), store=tmp_path).exit_code == 2
