"""Reformatter: the reasons of rejection agree in code and documentation."""

import re
from pathlib import Path

from mer_tasks.audio import decoding
from mer_tasks.corpus.reformatter import DETERMINISTIC

TROUBLESHOOTING = Path(__file__).parents[2] / "docs" / "troubleshooting.md"


def test_the_reasons_that_are_stored_are_those_of_the_decoder() -> None:
    assert decoding.__doc__ is not None
    sentence = re.search(r"Reasons of rejection: (.*?)\.\s", decoding.__doc__, re.DOTALL)
    assert sentence is not None
    assert set(re.findall(r"``(\w+)``", sentence[1])) == DETERMINISTIC


def test_every_stored_reason_is_explained_to_users() -> None:
    explained = set(re.findall(r"^\| `(\w+): ", TROUBLESHOOTING.read_text(encoding="utf-8"), re.MULTILINE))
    assert explained >= DETERMINISTIC
