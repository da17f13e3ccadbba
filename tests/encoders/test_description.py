"""Descriptions of encoders: what is accepted, what is refused and how, and what makes a space."""

import json
from typing import Any

import pytest

from mer_tasks.encoders.description import Encoder, parse_encoder
from mer_tasks.errors import ConfigError
from tests.support.encoders import DESCRIPTION, described

MEL = DESCRIPTION["front_end"]


def parsed(document: Any) -> Encoder:
    return parse_encoder(json.dumps(document).encode(), "folder/encoder.json")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"licence": "free for all"}, "licence = 'free for all': expected an SPDX expression, such as ISC"),
        ({"licence": None}, "no licence, expected it"),
        ({"commercial_use": "yes"}, "commercial_use = 'yes'"),
        ({"model_sha256": "abc"}, "model_sha256 = 'abc'"),
        ({"name": "Tiny"}, "name = 'Tiny'"),
        ({"version": "a/b"}, "version = 'a/b'"),
        ({"trained_on": "a\nb"}, r"trained_on = 'a\\nb'.*without control characters"),
        ({"size": 0}, "size = 0"),
        ({"size": "4"}, "size = '4'"),
        ({"colour": "red"}, "colour: unknown entry"),
        ({"axes": ["batch", "samples"]}, "expected bands, batch, frames, each once"),
        ({"axes": ["frames", "batch", "bands"]}, "expected batch first"),
        ({"window_seconds": 0.01}, "window_seconds = 0.01"),
        ({"hop_seconds": float("nan")}, "hop_seconds = nan"),
        ({"pooling": "median"}, "pooling = 'median'"),
        ({"golden": {"audio": "../a", "vector": "b"}}, r"golden.audio = '\.\./a'"),
        ({"golden": {"audio": "model.onnx", "vector": "b"}}, "two files besides encoder.json and model.onnx"),
        ({"limits": {"memory_mb": 100, "seconds": 1}}, "limits.memory_mb = 100"),
        ({"front_end": {"kind": "mfcc"}}, "front_end"),
        ({"front_end": {**MEL, "fmax": 9000}}, "front_end: fmin=0, fmax=9000: expected fmin < fmax <= 8000"),
        ({"front_end": {**MEL, "win_length": 1024}}, "win_length=1024: expected at most n_fft=512"),
        ({"front_end": {**MEL, "log": "natural", "floor": 0}}, "floor=0: expected more than 0"),
        ({"front_end": {name: value for name, value in MEL.items() if name != "mel_scale"}}, "no front_end.mel_scale"),
    ],
)
def test_a_wrong_entry_is_named_in_one_line(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message) as caught:
        parsed(described(**change))
    assert str(caught.value).startswith("encoder folder/encoder.json: ")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b"\xff\xfe{}", b"[" * 100_000, b" " * 100_001])
def test_a_file_that_is_no_json_object_is_refused(data: bytes) -> None:
    with pytest.raises(ConfigError, match="expected"):
        parse_encoder(data, "encoder.json")


def test_the_space_changes_with_what_decides_vectors_and_with_nothing_else() -> None:
    space = parsed(DESCRIPTION).space
    same = {"name": "other", "version": "2", "licence": "ISC", "commercial_use": False, "trained_on": "songs"}
    for name, value in {**same, "limits": {"memory_mb": 512, "seconds": 1}}.items():
        assert parsed(described(**{name: value})).space == space, name
    decisive = {
        "model_sha256": "1" * 64,
        "front_end": {**MEL, "norm": "slaney"},
        "axes": ["batch", "bands", "frames"],
        "window_seconds": 1.5,
        "hop_seconds": 0.5,
        "short": "reject",
        "output": "mean",
        "size": 8,
        "pooling": "mean",
    }
    spaces = {parsed(described(**{name: value})).space for name, value in decisive.items()}
    assert len(spaces) == len(decisive)
    assert space not in spaces


def test_a_description_survives_its_document() -> None:
    encoder = parsed(described(licence="mit"))
    assert Encoder.of(json.loads(json.dumps(encoder.document))) == encoder
    assert encoder.licence == "MIT"
    assert str(encoder) == "tiny 1"


def test_windows_are_whole_and_at_least_one() -> None:
    encoder = parsed(described(window_seconds=2.992, hop_seconds=3.0))
    lengths = {0.1: 1, 2.992: 1, 5.991: 1, 5.992: 2, 30: 10, 29.9: 9}
    assert {seconds: encoder.windows(round(seconds * 22_050)) for seconds in lengths} == lengths
    assert encoder.window_frames == 187


def test_a_long_track_may_take_longer() -> None:
    limits = parsed(DESCRIPTION).limits
    assert limits.seconds_for(600) == 60
    assert limits.seconds_for(3600) == 360
