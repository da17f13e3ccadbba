"""Unscored tracks: the tracks of the landing zone that the champion has not scored yet, which a run of mode predict scores.

Input: the catalogue, the served predictions in the database, and the split of the champion's training run. Output: the lines of
the catalogue that the champion has to score, each with the part that its content had when the champion was trained. Stage
`discover` calls this module.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from mer_tasks.config import deciding
from mer_tasks.corpus.leak_certificate import UNLABELLED
from mer_tasks.corpus.stratification import PARTS
from mer_tasks.database.connection import database_of
from mer_tasks.database.queries import served_contents
from mer_tasks.errors import ConfigError
from mer_tasks.publishing.champion import Champion, check_store, read_champion
from mer_tasks.runs.artifacts import SPLIT_TABLE
from mer_tasks.runs.run import Run, run_as_published

Line = dict[str, Any]


def unserved(lines: Sequence[Line], served: Mapping[str, str]) -> list[Line]:
    """Select the lines of the catalogue whose present content has no served prediction by the champion.

    Parameters
    ----------
    lines : sequence of dict
        With ``track_id`` and ``sha256``.
    served : mapping of str to str
        Track id to the sha256 of the content whose prediction by the champion is served.

    Examples
    --------
    >>> unserved([{"track_id": "a", "sha256": "1"}, {"track_id": "b", "sha256": "2"}], {"a": "1", "b": "old"})
    [{'track_id': 'b', 'sha256': '2'}]
    """
    return [line for line in lines if served.get(line["track_id"]) != line["sha256"]]


def with_parts(lines: Sequence[Line], split: pd.DataFrame) -> list[Line]:
    """Add to each line the ``part`` that its content had in a training run.

    If the content was in several parts, the line gets the first of train, validation and test. If it was in none of them, the
    part is ``unlabelled``.

    Parameters
    ----------
    lines : sequence of dict
        With ``sha256``.
    split : pd.DataFrame
        ``split.parquet`` of the training run: ``sha256`` and ``part``.

    Examples
    --------
    >>> split = pd.DataFrame({"sha256": ["1", "1"], "part": ["test", "train"]})
    >>> [line["part"] for line in with_parts([{"sha256": "1"}, {"sha256": "2"}], split)]
    ['train', 'unlabelled']
    """
    matches = split[split["sha256"].isin([line["sha256"] for line in lines])]
    contents = {part: set(matches.loc[matches["part"] == part, "sha256"]) for part in PARTS}
    return [{**line, "part": next((part for part in PARTS if line["sha256"] in contents[part]), UNLABELLED)} for line in lines]


def scoring_champion(run: Run) -> Champion:
    """Read the champion, and check that it can score.

    Raises
    ------
    ConfigError
        If there is no champion or no database, or if the champion's outputs are in another store.
    IntegrityError
        If the model's file is not the one that was promoted.
    ObjectMissing
        If the model's file is missing.
    """
    champion = read_champion(database_of(run.config))
    if champion is None:
        raise ConfigError("mode='predict': no champion yet, expected a model that was promoted: run mer_train first")
    check_store(champion, run)
    champion.read_file(run.store)
    return champion


def unscored_lines(run: Run, champion: Champion, lines: Sequence[Line]) -> list[Line]:
    """Select the lines of the catalogue that `champion` has to score, with their parts; see :func:`with_parts`."""
    unscored = unserved(lines, served_contents(database_of(run.config), champion.model))
    if not unscored:
        return []
    champion_run = run_as_published(run, champion.run_id, champion.config)
    return with_parts(unscored, champion_run.read_table("split", SPLIT_TABLE))


def champion_feature_fields(run: Run, champion: Champion) -> dict[str, float]:
    """Return the configuration fields that decide audio and features, with the values of the champion's training run."""
    config = run_as_published(run, champion.run_id, champion.config).config
    return {name: getattr(config, name) for name in deciding("audio", "features")}
