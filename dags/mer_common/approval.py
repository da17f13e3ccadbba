"""A person decides: where the comparison of two models leaves it open, and if the run asks for it.

In: the manifest of stage `challenge`. Out: ``approval/manifest.json`` with ``answer`` (``promote`` or ``keep``) and
``decided_by``, the name of the user or ``timeout``; stage `promote` reads it.
"""

from datetime import timedelta
from typing import Any

from airflow.providers.standard.operators.hitl import HITLOperator
from airflow.sdk import Context
from airflow.sdk.exceptions import AirflowSkipException
from mer_airflow.notify import tell

from mer_common.operators import run_of
from mer_tasks.runs.run import Manifest

OPTIONS = ("promote", "keep")


class Approval(HITLOperator):
    """Asks a person whether the new model becomes the champion; the champion stays if nobody answers in time.

    Skipped unless the verdict of stage ``challenge`` is ``ask``. Airflow shows the question under *Required Actions*; a task
    that waits for the answer takes no slot.
    """

    template_fields = ()
    """The question is made when the task runs, and is no template."""

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
        """Put the question."""
        run = run_of(context)
        challenge = run.manifest("challenge")
        if challenge["verdict"] != "ask":
            raise AirflowSkipException(f"nobody is asked: the verdict is {challenge['verdict']}: {challenge['reason']}")
        hours = run.config.approval_hours
        self.subject, self.body = question(run.run_id, challenge, hours)
        self.response_timeout = timedelta(hours=hours)
        tell(f"{self.subject} Answer within {hours:g} hours in Airflow, under Required Actions", context)
        super().execute(context)

    def execute_complete(self, context: Context, event: dict[str, Any]) -> Manifest:
        """Write down the answer and whose it is."""
        (answer,) = super().execute_complete(context, event)["chosen_options"]
        user = event.get("responded_by_user")
        by = "timeout" if event.get("timedout") or not user else user["name"]
        return run_of(context).write_manifest("approval", {"answer": answer, "decided_by": by})


def question(run_id: str, challenge: Manifest, hours: float) -> tuple[str, str]:
    """Subject and body (Markdown) of what a person is asked.

    Parameters
    ----------
    run_id : str
        Of the run that fitted the challenger.
    challenge : dict
        Manifest of stage `challenge`.
    hours : float
        So long is an answer waited for.
    """
    difference = f"**{challenge['value']:+.4f}** (95 % interval {challenge['low']:+.4f} to {challenge['high']:+.4f})"
    lines = [
        f"Macro ROC-AUC of the new model of run `{run_id}` less that of the champion, on the same test tracks: {difference}.",
        challenge["reason"],
        f"`promote`: the new model's predictions are served from now on. `keep`: the champion stays, as it does without an"
        f" answer in {hours:g} hours.",
    ]
    return f"Does the model of run {run_id} become the champion?", "\n\n".join(lines)
