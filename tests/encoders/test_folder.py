"""Folders of encoders: what is read, what is refused, and encoders in a store."""

import hashlib
import json
from pathlib import Path

import pytest

from mer_tasks.encoders import folder as folders
from mer_tasks.encoders.folder import add_encoder, added_encoders, read_encoder, read_stored_encoder, store_encoder
from mer_tasks.errors import ConfigError
from mer_tasks.storage import open_store
from tests.support.encoders import encoder_files, encoder_folder, nan_in_silence


def test_a_folder_is_read_by_path_and_by_url(tmp_path: Path) -> None:
    place = encoder_folder(tmp_path / "my encoder")
    read = read_encoder(str(place))
    assert dict(read.files) == encoder_files()
    assert read.encoder.model_sha256 == hashlib.sha256(read.model).hexdigest()
    assert read_encoder(place.as_uri()) == read


@pytest.mark.parametrize("name", ["encoder.json", "model.onnx", "golden.wav", "golden.npy"])
def test_a_missing_file_is_named(tmp_path: Path, name: str) -> None:
    (encoder_folder(tmp_path) / name).unlink()
    with pytest.raises(ConfigError, match=rf"encoder: file://.*/{name} does not exist"):
        read_encoder(str(tmp_path))


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nowhere: no such folder, expected one with encoder.json and model.onnx"):
        read_encoder(str(tmp_path / "nowhere"))


def test_a_model_with_another_hash_is_refused(tmp_path: Path) -> None:
    (encoder_folder(tmp_path) / "model.onnx").write_bytes(nan_in_silence())
    with pytest.raises(ConfigError, match=r"model.onnx has sha256 [0-9a-f]{64}, expected [0-9a-f]{64} \(model_sha256"):
        read_encoder(str(tmp_path))


def test_a_model_that_is_too_large_is_not_read_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    encoder_folder(tmp_path)
    monkeypatch.setattr(folders, "LARGEST_MODEL", 100)
    with pytest.raises(ConfigError, match=r"model.onnx has more than 100 bytes"):
        read_encoder(str(tmp_path))


def test_a_stored_encoder_is_the_one_that_was_read(tmp_path: Path) -> None:
    read = read_encoder(str(encoder_folder(tmp_path / "a")))
    store = open_store((tmp_path / "store").as_uri())
    prefix = f"encoders/{read.encoder.space}"
    store_encoder(read, store, prefix)
    assert read_stored_encoder(store, prefix).files == read.files
    mended = read_encoder(str(encoder_folder(tmp_path / "b", licence="ISC")))
    before = {info.key: info.version for info in store.list()}
    store_encoder(mended, store, prefix)
    assert read_stored_encoder(store, prefix).encoder.licence == "ISC"
    after = {info.key: info.version for info in store.list()}
    assert {key for key in before if before[key] != after[key]} == {f"{prefix}/encoder.json"}


def test_two_encoders_with_one_name_and_version_are_refused(tmp_path: Path) -> None:
    store = open_store((tmp_path / "store").as_uri())
    first = read_encoder(str(encoder_folder(tmp_path / "a")))
    url, new = add_encoder(first, store)
    assert (url, new) == (store.uri("encoders/tiny/1"), True)
    assert add_encoder(first, store) == (url, False)
    other = read_encoder(str(encoder_folder(tmp_path / "b", nan_in_silence())))
    with pytest.raises(
        ConfigError, match=r"encoder tiny 1 .*the same name and version, and other content in encoder.json, model"
    ):
        add_encoder(other, store)
    assert read_encoder(url) == first.__class__(url, first.encoder, first.files)


def test_added_encoders_are_listed_and_those_of_runs_are_not(tmp_path: Path) -> None:
    store = open_store((tmp_path / "store").as_uri())
    for version in ("1", "2"):
        read = read_encoder(str(encoder_folder(tmp_path / version, version=version)))
        add_encoder(read, store)
    store_encoder(read, store, f"encoders/{read.encoder.space}")
    assert [(str(encoder), url) for encoder, url in added_encoders(store)] == [
        ("tiny 1", store.uri("encoders/tiny/1")),
        ("tiny 2", store.uri("encoders/tiny/2")),
    ]
    store.put("encoders/tiny/2/encoder.json", json.dumps({"name": "tiny"}).encode())
    with pytest.raises(ConfigError, match=r"encoders/tiny/2/encoder.json: no format, expected it"):
        added_encoders(store)
