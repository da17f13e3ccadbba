"""Stage ``challenge``: the run's model and the champion on the same test tracks, and what follows from it.

In: what the run's model said of its test part, and the champion (:mod:`mer_tasks.publishing.champion`), which hears the same
tracks as its own features, calibration and thresholds have it. Out: ``challenge.json``, the macro ROC-AUC of both with the
difference, its interval and those of every emotion; and a verdict: ``promote``, ``keep``, or ``ask`` a person. `promote` acts
on it.

Which test tracks count, how sure the difference is, and what the rules promise:
:mod:`mer_tasks.publishing.champion_comparison`.
"""

import logging

from mer_tasks.database.connection import database_of
from mer_tasks.publishing.champion import champion
from mer_tasks.publishing.champion_comparison import compare
from mer_tasks.runs.artifacts import CHALLENGE
from mer_tasks.runs.documents import reads_once
from mer_tasks.runs.run import Manifest, Run, Stopwatch

logger = logging.getLogger(__name__)

STAGE = "challenge"


@reads_once
def challenge(run: Run) -> Manifest:
    """Compare the model of a run with the champion.

    Raises
    ------
    ConfigError
        If there is no database, or the champion's outputs are in another store.
    IntegrityError, ObjectMissing
        If the champion's file is not the one that was promoted, or documents or features are not those that the run says.
    TransientError
        When the store or the database does not answer.
    """
    with Stopwatch() as watch:
        model = run.manifest("train")["model"]
        found = champion(database_of(run.config))
        numbers, verdict = compare(run, model, found)
        head = {"run_id": run.run_id, "model": model, "champion_model": found and found.model}
        words = {"verdict": verdict.verdict, "reason": verdict.reason}
        run.write_json(STAGE, CHALLENGE, {**head, **numbers, **words})
    logger.info("%s: %s", verdict.verdict, verdict.reason)
    counters = {name: numbers[name] for name in ("tracks", "groups", "left_out")}
    summary = {"value": numbers["difference"], "low": numbers["low"], "high": numbers["high"], **words}
    return run.write_manifest(STAGE, {**summary, "counters": {**counters, **watch.counters()}})
