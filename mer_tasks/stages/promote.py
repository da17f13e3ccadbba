"""Stage ``promote``: decide which model is the champion from now on.

Input: the verdict of stage `challenge`. If the verdict is ``ask``, also the answer of a person (``approval/manifest.json``);
without an answer the champion stays. Output: a row of ``mer.promotion``. If the model is promoted, also the pointer
``mer.champion`` and the served predictions. All this is one transaction, under the lock that `publish` takes too.

A decision on a model is taken once, even if the task is tried again. If another model became champion after the comparison, the
comparison is repeated with that champion. An answer to the old comparison does not count then.
"""

import logging
from collections.abc import Mapping
from typing import Any

from mer_tasks.database.connection import database_of, transaction
from mer_tasks.errors import IntegrityError, ObjectMissing, TransientError
from mer_tasks.publishing.champion_comparison import COMPARISON_FIELDS
from mer_tasks.publishing.decisions import promote_model, write_decision
from mer_tasks.publishing.served_predictions import lock_served_predictions, serve
from mer_tasks.runs.artifacts import CHALLENGE
from mer_tasks.runs.documents import reads_once
from mer_tasks.runs.pipeline import run_stage
from mer_tasks.runs.run import Manifest, Run, Stopwatch

logger = logging.getLogger(__name__)

STAGE = "promote"
ROUNDS = 5
"""Number of times that the comparison is repeated because the champion changed, before the stage gives up."""
PUBLISHED_AND_CHAMPION = """
SELECT run.run_no, run.model_sha256, champion.run_no, champion_run.run_id, champion.model_sha256
FROM mer.run
LEFT JOIN mer.champion ON true
LEFT JOIN mer.run AS champion_run ON champion_run.run_no = champion.run_no
WHERE run.run_id = %s AND run.mode = 'train'
"""
EARLIER_DECISION = """
SELECT outcome, decided_by, reason FROM mer.promotion WHERE run_no = %s AND model_sha256 = %s AND outcome <> 'rolled_back'
"""


def outcome(comparison: Mapping[str, Any], answer: Mapping[str, str] | None) -> tuple[str, str, str]:
    """Decide whether the model is promoted.

    Parameters
    ----------
    comparison : mapping
        ``verdict`` and ``reason``, from the document of stage `challenge`.
    answer : mapping, optional
        ``answer`` and ``decided_by``, from a person or from the time-out of the question. It counts only if the verdict is
        ``ask``.

    Returns
    -------
    outcome : {"promoted", "kept"}
    decided_by : str
    reason : str

    Examples
    --------
    >>> outcome({"verdict": "ask", "reason": "0 is within the interval"}, {"answer": "promote", "decided_by": "ann"})
    ('promoted', 'ann', '0 is within the interval')
    >>> outcome({"verdict": "keep", "reason": "not better"}, None)
    ('kept', 'rule', 'not better')
    """
    if comparison["verdict"] != "ask":
        return "promoted" if comparison["verdict"] == "promote" else "kept", "rule", comparison["reason"]
    if answer is None:
        return "kept", "nobody", f"{comparison['reason']}; nobody has answered"
    return "promoted" if answer["answer"] == "promote" else "kept", answer["decided_by"], comparison["reason"]


def _answer(run: Run) -> Manifest | None:
    """Read the answer of a person to the question whether to promote the model; None if nobody was asked or answered."""
    try:
        return run.manifest("approval")
    except ObjectMissing:
        return None


def _decide_and_write(run: Run, url: str, comparison: Manifest, answer: Manifest | None) -> dict[str, Any] | None:
    """Decide on the model and write the decision, or return the earlier decision on this model.

    Returns
    -------
    dict or None
        ``outcome``, ``decided_by``, ``reason``, ``again`` (whether this is an earlier decision) and ``served`` (number of
        tracks that are now served from another run than before). None if the comparison was not with the present champion.
    """
    model = comparison["model"]
    compared = comparison["champion_model"]
    with transaction(url) as cursor:
        lock_served_predictions(cursor)
        cursor.execute(PUBLISHED_AND_CHAMPION, [run.run_id])
        run_no, published, champion_no, champion_id, champion_sha256 = cursor.fetchone() or [None] * 5
        if published != model["sha256"]:
            raise IntegrityError(
                f"run {run.run_id}: the published model has sha256 {published}, expected {model['sha256']}, which was compared:"
                " repeat the run from `publish` on"
            )
        cursor.execute(EARLIER_DECISION, [run_no, published])
        if before := cursor.fetchone():
            # The run may have been published again, with new tracks.
            served = serve(cursor) if (champion_no, champion_sha256) == (run_no, published) else 0
            return dict(zip(("outcome", "decided_by", "reason"), before, strict=True)) | {"again": True, "served": served}
        if (compared and (compared["run_id"], compared["sha256"])) != (champion_no and (champion_id, champion_sha256)):
            return None
        decision, decided_by, reason = outcome(comparison, answer)
        row = {
            "run_no": run_no,
            "model_sha256": published,
            "champion_run_no": champion_no,
            "outcome": decision,
            "decided_by": decided_by,
            "rule": run.config.promotion + (" with approval by a person" if run.config.approval == "human" else ""),
            "reason": reason,
            **{name: comparison[name] for name in COMPARISON_FIELDS},
        }
        promotion_no = write_decision(cursor, row)
        served = promote_model(cursor, run_no, published, promotion_no) if decision == "promoted" else 0
    return {"outcome": decision, "decided_by": decided_by, "reason": reason, "again": False, "served": served}


@reads_once
def promote(run: Run) -> Manifest:
    """Decide on the model of a run, and write the decision to the database.

    Raises
    ------
    ConfigError
        If there is no database.
    IntegrityError
        If the model that was compared is not the one that was published.
    TransientError
        If the champion changes faster than models can be compared, or the store or the database does not answer.
    """
    url = database_of(run.config)
    with Stopwatch() as watch:
        comparison = run.read_json("challenge", CHALLENGE)
        answer = _answer(run)
        for _ in range(ROUNDS):
            decision = _decide_and_write(run, url, comparison, answer)
            if decision is not None:
                break
            logger.warning("run %s: the champion has changed since the comparison, which is repeated", run.run_id)
            run_stage(run, "challenge")
            comparison = run.read_json("challenge", CHALLENGE)
            answer = None
        else:
            raise TransientError(
                f"run {run.run_id}: the champion has changed {ROUNDS} times while models were compared, expected it to stay"
            )
    served = decision.pop("served")
    again = decision.pop("again")
    logger.info("%s%s by %s: %s", decision["outcome"], " before" if again else "", decision["decided_by"], decision["reason"])
    return run.write_manifest(STAGE, {**decision, "counters": {"served": served, **watch.counters()}})
