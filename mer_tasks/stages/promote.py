"""Stage ``promote``: which model is the champion from now on.

In: the verdict of stage `challenge`, and where it is ``ask`` the answer of a person (``approval/manifest.json``; without one
the champion stays). Out: a row of ``mer.promotion``, the pointer ``mer.champion`` if the model is promoted, and with it the
served predictions: in one transaction, under the lock that `publish` takes too.

A model that was decided on keeps the decision, however often the task is tried again. If another model has become champion
since the comparison, it is made again with that one; an answer that a person gave to the old numbers does not count then.
"""

import logging
from collections.abc import Mapping
from typing import Any

from mer_tasks.database.connection import database_of, transaction
from mer_tasks.errors import IntegrityError, ObjectMissing, TransientError
from mer_tasks.publishing.champion_comparison import FIGURES
from mer_tasks.publishing.decisions import promote_model, write_decision
from mer_tasks.publishing.served_predictions import lock, serve
from mer_tasks.runs.artifacts import CHALLENGE
from mer_tasks.runs.documents import reads_once
from mer_tasks.runs.pipeline import run_stage
from mer_tasks.runs.run import Manifest, Run, Stopwatch

logger = logging.getLogger(__name__)

STAGE = "promote"
ROUNDS = 5
"""So often is a comparison made again because the champion has changed meanwhile."""
NOW = """
SELECT run.run_no, run.model_sha256, champion.run_no, champion_run.run_id, champion.model_sha256
FROM mer.run
LEFT JOIN mer.champion ON true
LEFT JOIN mer.run AS champion_run ON champion_run.run_no = champion.run_no
WHERE run.run_id = %s AND run.mode = 'train'
"""
DECIDED = """
SELECT outcome, decided_by, reason FROM mer.promotion WHERE run_no = %s AND model_sha256 = %s AND outcome <> 'rolled_back'
"""


def outcome(found: Mapping[str, Any], answer: Mapping[str, str] | None) -> tuple[str, str, str]:
    """Outcome, who decided, and why.

    Parameters
    ----------
    found : mapping
        The document of stage `challenge`.
    answer : mapping, optional
        ``answer`` and ``decided_by`` of a person, or of the time-out.
    """
    if found["verdict"] != "ask":
        return "promoted" if found["verdict"] == "promote" else "kept", "rule", found["reason"]
    if answer is None:
        return "kept", "nobody", f"{found['reason']}; nobody has answered"
    return "promoted" if answer["answer"] == "promote" else "kept", answer["decided_by"], found["reason"]


def _answer(run: Run) -> Manifest | None:
    try:
        return run.manifest("approval")
    except ObjectMissing:
        return None


def _decided(run: Run, url: str, found: Manifest, answer: Manifest | None) -> dict[str, Any] | None:
    """What was decided now or before; None if the comparison was with a model that is no longer the champion."""
    model, compared = found["model"], found["champion_model"]
    with transaction(url) as cursor:
        lock(cursor)
        cursor.execute(NOW, [run.run_id])
        run_no, published, champion_no, champion_id, champion_sha256 = cursor.fetchone() or [None] * 5
        if published != model["sha256"]:
            raise IntegrityError(
                f"run {run.run_id}: the published model has sha256 {published}, expected {model['sha256']}, which was compared:"
                " repeat the run from `publish` on"
            )
        cursor.execute(DECIDED, [run_no, published])
        if before := cursor.fetchone():
            # a run that was published again may have new tracks
            served = serve(cursor) if (champion_no, champion_sha256) == (run_no, published) else 0
            return dict(zip(("outcome", "decided_by", "reason"), before, strict=True)) | {"again": True, "served": served}
        if (compared and (compared["run_id"], compared["sha256"])) != (champion_no and (champion_id, champion_sha256)):
            return None
        said, decided_by, reason = outcome(found, answer)
        row = {
            "run_no": run_no,
            "model_sha256": published,
            "champion_run_no": champion_no,
            "outcome": said,
            "decided_by": decided_by,
            "rule": run.config.promotion + (" with approval by a person" if run.config.approval == "human" else ""),
            "reason": reason,
            **{name: found[name] for name in FIGURES},
        }
        promotion_no = write_decision(cursor, row)
        served = promote_model(cursor, run_no, published, promotion_no) if said == "promoted" else 0
    return {"outcome": said, "decided_by": decided_by, "reason": reason, "again": False, "served": served}


@reads_once
def promote(run: Run) -> Manifest:
    """Decide, and write down what was decided.

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
        found, answer = run.read_json("challenge", CHALLENGE), _answer(run)
        for _ in range(ROUNDS):
            decision = _decided(run, url, found, answer)
            if decision is not None:
                break
            logger.warning("run %s: the champion has changed since the comparison, which is made again", run.run_id)
            run_stage(run, "challenge")
            found, answer = run.read_json("challenge", CHALLENGE), None
        else:
            raise TransientError(
                f"run {run.run_id}: the champion has changed {ROUNDS} times while models were compared, expected it to stay"
            )
    served, again = decision.pop("served"), decision.pop("again")
    logger.info("%s%s by %s: %s", decision["outcome"], " before" if again else "", decision["decided_by"], decision["reason"])
    return run.write_manifest(STAGE, {**decision, "counters": {"served": served, **watch.counters()}})
