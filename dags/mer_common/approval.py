"""Task ``approval``: a person decides whether the new model is promoted, if the comparison of the two models leaves it open.

In: the manifest of stage `challenge`. Out: ``approval/manifest.json`` with ``answer`` (``promote`` or ``keep``) and
``decided_by``, the name of the user or ``timeout``. Stage `promote` reads it.
"""

from datetime import timedelta
from typing import Any

from airflow.providers.standard.operators.hitl import HITLOperator
from airflow.sdk import Context
from airflow.sdk.exceptions import AirflowSkipException
from mer_airflow.notify import send_notification

from mer_common.operators import run_of
from mer_tasks.runs.run import Manifest

OPTIONS = ("promote", "keep")


class Approval(HITLOperator):
    """Asks a person whether the new model becomes the champion. If nobody answers in time, the champion stays.

    The task is skipped unless the verdict of stage ``challenge`` is ``ask``. Airflow shows the question under *Required
    Actions*. A task that waits for the answer occupies no worker slot.
    """

    template_fields = ()
    """No field is a template: the question is written when the task runs, and may contain braces."""

    def __init__(self, *, task_id: str, **options: Any) -> None:
        super().__init__(
            task_id=task_id,
            doc_md=type(self).__doc__,
            subject="Which model is the champion?",
            options=list(OPTIONS),
            defaults="keep",
            **options,
        )

    def execute(self, context: Context) -> None:
        """Ask the question, and wait for the answer; raises AirflowSkipException if no person has to decide."""
        run = run_of(context)
        challenge = run.manifest("challenge")
        if challenge["verdict"] != "ask":
            raise AirflowSkipException(f"no question: the verdict is {challenge['verdict']}: {challenge['reason']}")
        hours = run.config.approval_hours
        self.subject, self.body = question(run.run_id, challenge, hours)
        self.response_timeout = timedelta(hours=hours)
        send_notification(f"{self.subject} Answer within {hours:g} hours in Airflow, under Required Actions", context)
        super().execute(context)

    def execute_complete(self, context: Context, event: dict[str, Any]) -> Manifest:
        """Write the answer, and the name of the person who gave it, to the manifest."""
        (answer,) = super().execute_complete(context, event)["chosen_options"]
        user = event.get("responded_by_user")
        decided_by = "timeout" if event.get("timedout") or not user else user["name"]
        return run_of(context).write_manifest("approval", {"answer": answer, "decided_by": decided_by})


def question(run_id: str, challenge: Manifest, hours: float) -> tuple[str, str]:
    """Write the question for a person.

    Parameters
    ----------
    run_id : str
        Run that fitted the challenger.
    challenge : dict
        Manifest of stage `challenge`: ``value``, ``low``, ``high`` and ``reason``.
    hours : float
        Time in which an answer is accepted.

    Returns
    -------
    tuple of str
        Subject, and body in Markdown.
    """
    difference = f"**{challenge['value']:+.4f}** (95 % interval {challenge['low']:+.4f} to {challenge['high']:+.4f})"
    lines = [
        f"Macro ROC-AUC of the new model of run `{run_id}` minus that of the champion, on the same test tracks: {difference}.",
        challenge["reason"],
        f"`promote`: the new model's predictions are served from now on. `keep`: the champion stays. It also stays if nobody"
        f" answers in {hours:g} hours.",
    ]
    return f"Does the model of run {run_id} become the champion?", "\n\n".join(lines)
