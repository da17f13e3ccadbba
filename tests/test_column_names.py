"""Names of columns: how they are compared, and that no id of a label is a word which SQL reserves."""

import pytest

from mer_tasks.column_names import TAKEN, simplified
from mer_tasks.database.queries import select_rows

RESERVED = "SELECT word FROM pg_get_keywords() WHERE catcode IN ('R', 'T')"
"""Words that cannot be a column's name without quotes, or only in some places (categories of Postgres' grammar)."""


def test_case_blanks_hyphens_underscores_and_composition_of_names_do_not_matter() -> None:
    assert len(set(map(simplified, ("Track ID", "track_id", " TRACK-id", "trackid")))) == 1
    assert simplified("Cafe\u0301") == simplified("CAF\u00c9")
    assert simplified("بی\u200cقرار") == simplified("بی قرار")


@pytest.mark.database
def test_no_word_that_postgres_reserves_can_be_an_id(database_url: str) -> None:
    words = {row["word"] for row in select_rows(database_url, RESERVED, {})}
    assert {"select", "left"} <= words
    assert words <= TAKEN
