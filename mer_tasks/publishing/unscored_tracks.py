"""What a run of mode predict has to do: the champion, and the tracks of which it has yet to say something.

In: the catalogue, what the database serves, and the split of the champion's training run. Out: the pending lines of the
catalogue, with the part that their content had when the champion was trained. This is no stage: `discover` asks.
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
from mer_tasks.publishing.champion import Champion, champion, same_store
from mer_tasks.runs.artifacts import SPLIT_TABLE
from mer_tasks.runs.run import Run, run_as_published

Line = dict[str, Any]


def pending(lines: Sequence[Line], served: Mapping[str, str]) -> list[Line]:
    """Lines of the catalogue whose present content has no served prediction by the champion.

    Parameters
    ----------
    lines : sequence of dict
        With ``track_id`` and ``sha256``.
    served : mapping of str to str
        Track id to the sha256 of the content that the champion's served prediction is of.
    """
    return [line for line in lines if served.get(line["track_id"]) != line["sha256"]]


def with_parts(lines: Sequence[Line], trained: pd.DataFrame) -> list[Line]:
    """`lines` with the ``part`` that their content had in a run; of several, the one of which a model saw most.

    Parameters
    ----------
    lines : sequence of dict
        With ``sha256``.
    trained : pd.DataFrame
        ``split.parquet`` of that run.
    """
    there = trained[trained["sha256"].isin([line["sha256"] for line in lines])]
    contents = {part: set(there.loc[there["part"] == part, "sha256"]) for part in PARTS}
    return [{**line, "part": next((part for part in PARTS if line["sha256"] in contents[part]), UNLABELLED)} for line in lines]


def scoring_champion(run: Run) -> Champion:
    """The champion, ready to score.

    Raises
    ------
    ConfigError
        If there is none, no database, or its outputs are in another store.
    IntegrityError, ObjectMissing
        If its model is not the file that was promoted, or is gone.
    """
    found = champion(database_of(run.config))
    if found is None:
        raise ConfigError("mode='predict': no champion yet, expected a model that was promoted: run mer_train first")
    same_store(found, run)
    found.read_file(run.store)
    return found


def pending_of(run: Run, found: Champion, lines: Sequence[Line]) -> list[Line]:
    """Lines of the catalogue that `found` has to score, with their parts."""
    waiting = pending(lines, served_contents(database_of(run.config), found.model))
    if not waiting:
        return []
    trained = run_as_published(run, found.run_id, found.config)
    return with_parts(waiting, trained.read_table("split", SPLIT_TABLE))


def features_of(run: Run, found: Champion) -> dict[str, float]:
    """Fields of the configuration that decide features, as they were for the champion."""
    config = run_as_published(run, found.run_id, found.config).config
    return {name: getattr(config, name) for name in deciding("audio", "features")}
