"""Stage ``challenge``: compare the run's model with the champion on the same test tracks, and state the verdict.

Input: the predictions of the run's model for its test part, and the champion (:mod:`mer_tasks.publishing.champion`). The
champion scores the same tracks with its own features, calibration and thresholds. Output: ``challenge.json``, with the macro
ROC-AUC of both models, their difference and its interval, the same numbers for every label, and a verdict. The verdict is to
promote the model (``promote``), to keep the champion (``keep``), or to ask a person (``ask``); stage `promote` carries it out.
The reason of the first and the last names the model provisional if it is not shown to be better than guessing.

:mod:`mer_tasks.publishing.champion_comparison` describes which test tracks count, the interval, and the promotion rules.
"""

import logging

from mer_tasks.database.connection import database_of
from mer_tasks.publishing.champion import read_champion
from mer_tasks.publishing.champion_comparison import compare
from mer_tasks.publishing.provisional import provisional_note
from mer_tasks.runs.artifacts import CHALLENGE
from mer_tasks.runs.documents import reads_once
from mer_tasks.runs.run import Manifest, Run, Stopwatch

logger = logging.getLogger(__name__)

STAGE = "challenge"


@reads_once
def challenge(run: Run) -> Manifest:
    """Compare the model of a run with the champion, and write ``challenge.json``.

    Raises
    ------
    ConfigError
        If there is no database, if the champion's outputs are in another store, or if it was trained on another label set.
    IntegrityError, ObjectMissing
        If the champion's file, a document or features are missing or are not the ones that were written.
    TransientError
        When the store or the database does not answer.
    """
    with Stopwatch() as watch:
        model = run.manifest("train")["model"]
        champion = read_champion(database_of(run.config))
        numbers, verdict = compare(run, model, champion)
        models = {"run_id": run.run_id, "model": model, "champion_model": champion and champion.model}
        note = "" if verdict.verdict == "keep" else provisional_note(run)
        decision = {"verdict": verdict.verdict, "reason": f"{verdict.reason}{note}"}
        run.write_json(STAGE, CHALLENGE, {**models, **numbers, **decision})
    logger.info("%(verdict)s: %(reason)s", decision)
    counters = {name: numbers[name] for name in ("tracks", "groups", "left_out")}
    summary = {"value": numbers["difference"], "low": numbers["low"], "high": numbers["high"], **decision}
    return run.write_manifest(STAGE, {**summary, "counters": {**counters, **watch.counters()}})
