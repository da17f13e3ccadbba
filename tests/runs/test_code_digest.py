import hashlib
from pathlib import Path

import pytest

from mer_tasks.runs import code_digest


def digest_of(*contents: bytes) -> str:
    return hashlib.sha256(b"".join(hashlib.sha256(content).digest() for content in contents)).hexdigest()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, content in (("b", b"two"), ("a", b"one"), ("c", b"three")):
        (tmp_path / f"{name}.py").write_bytes(content)
    (tmp_path / "notes.txt").write_bytes(b"no code")
    monkeypatch.setattr(code_digest, "FOLDER", tmp_path)
    return tmp_path


def test_the_digest_covers_every_module_sorted_by_name(folder: Path) -> None:
    digest = code_digest.sources_digest.__wrapped__
    assert digest() == digest_of(b"one", b"two", b"three")
    (folder / "c.py").write_bytes(b"four")
    assert digest() == digest_of(b"one", b"two", b"four")


def test_the_digest_of_some_modules_keeps_the_requested_order(folder: Path) -> None:
    assert code_digest.sources_digest.__wrapped__(("c", "a")) == digest_of(b"three", b"one")
