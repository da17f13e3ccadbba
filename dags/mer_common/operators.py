"""A stage as an Airflow task: what it is told, what it gives back, and when it is tried again.

Here Airflow's run becomes a :class:`mer_tasks.runs.run.Run`; everything else is the stage's own. Nothing heavy is imported
before a task executes.
"""

import ast
import os
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

from airflow.sdk import BaseOperator, Context, RetryDecision, RetryPolicy
from airflow.sdk.exceptions import AirflowSkipException
from mer_airflow.code_check import check_code
from mer_airflow.connections import use_connections
from mer_airflow.notify import tell

import mer_tasks
from mer_tasks.config import Config, Mode, deciding
from mer_tasks.errors import ConfigError, PermanentError
from mer_tasks.runs.pipeline import SHARDED, omitted, run_stage
from mer_tasks.runs.run import Manifest, Run, safe_name

ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
"""For tasks that run beside others of their kind: threads of each would only wait for those of the others."""
NOT_DUE = "not_due"
"""XCom of `due` where it ends a run."""
ROLE = re.compile(r":\w+:`~?([^`]+)`")
"""A reference of reStructuredText, which Markdown does not know."""


class ErrorTree(RetryPolicy):
    """Tries again whatever may go well another time, by the tree of :mod:`mer_tasks.errors`."""

    def evaluate(
        self, exception: BaseException, try_number: int, max_tries: int, context: Context | None = None
    ) -> RetryDecision:
        """Fail at once for a PermanentError; for all else wait and retry. The reason is the error's own line."""
        reason = f"{type(exception).__name__}: {exception}"
        return RetryDecision.fail(reason) if isinstance(exception, PermanentError) else RetryDecision.retry(reason=reason)


RETRIES = {
    "retries": 3,
    "retry_delay": timedelta(seconds=15),
    "retry_exponential_backoff": 2.0,
    "max_retry_delay": timedelta(minutes=5),
    "retry_policy": ErrorTree(),
}


def documentation(stage: str) -> str:
    """The docstring of the stage's module as Markdown, read without importing it."""
    module = ast.parse(Path(mer_tasks.__path__[0], "stages", f"{stage}.py").read_bytes())
    return ROLE.sub(r"`\1`", ast.get_docstring(module) or "")


def config_of(params: dict[str, Any], kind: type[Config] = Config) -> Config:
    """The configuration of a run from its params, which are the fields of `kind`.

    Raises
    ------
    ConfigError
        If a param is unknown, wrong, or one of the places, which whoever runs the platform sets.
    """
    places = sorted(params.keys() & {*deciding("places")})
    if places:
        raise ConfigError(f"param {places[0]!r}: not a param; expected MER_{places[0].upper()} in Airflow's environment")
    return kind.load(params)


def run_of(context: Context, kind: type[Config] = Config, mode: Mode | None = None) -> Run:
    """Airflow's run as the stages see it, with the credentials of connections.

    Parameters
    ----------
    context : Context
    kind : type
        The configuration that the DAG's params are.
    mode : str, optional
        The mode, where it is the DAG's and not a param.

    Raises
    ------
    ConfigError
        If a param or a connection is wrong.
    TransientError
        If this worker's code is not the scheduler's.
    """
    check_code(context["ti"])
    use_connections()
    fixed = {"mode": mode} if mode else {}
    return Run(config_of({**context["params"], **fixed}, kind), safe_name(context["run_id"]), context["ti"].try_number)


class Stage(BaseOperator):
    """Calls the stage whose name is the task id.

    Parameters
    ----------
    shard : dict, optional
        ``name`` and ``key`` of the shard, for the stages that are called once for each.
    kind : type
    mode : str, optional
        As for :func:`run_of`.
    """

    template_fields = ("shard",)

    def __init__(
        self,
        *,
        task_id: str,
        shard: dict[str, str] | None = None,
        kind: type[Config] = Config,
        mode: Mode | None = None,
        **options: Any,
    ) -> None:
        name = None if shard is None else "{{ task.shard['name'] }}"
        super().__init__(task_id=task_id, map_index_template=name, doc_md=documentation(task_id), **options)
        self.shard, self.kind, self.mode = shard, kind, mode

    def execute(self, context: Context) -> Manifest:
        """The manifest that the stage closes with: keys and counters."""
        run = run_of(context, self.kind, self.mode)
        if reason := omitted(run.config).get(self.task_id):
            raise AirflowSkipException(f"no {self.task_id} in this run: {reason}")
        if self.task_id in SHARDED:
            os.environ.update(ONE_THREAD)
        return run_stage(run, self.task_id, self.shard and self.shard["key"])


class Listing(Stage):
    """Calls a stage and gives back what it lists, for others to be mapped over; its manifest is the XCom ``manifest``."""

    listed: str
    """Field of the manifest."""

    def execute(self, context: Context) -> list[dict[str, str]]:
        """``name`` and ``key`` of each."""
        manifest = super().execute(context)
        context["ti"].xcom_push("manifest", manifest)
        return manifest[self.listed]


class Discover(Listing):
    """Calls ``discover``, which lists the shards."""

    listed = "shards"


class Folds(Listing):
    """Calls ``folds``, which lists the trials."""

    listed = "trials"


class Drift(Stage):
    """Calls ``drift``, and tells people of a run that has drifted."""

    def execute(self, context: Context) -> Manifest:
        """The stage's manifest."""
        manifest = super().execute(context)
        if manifest["drifted"]:
            tell(f"{self.dag_id}, run {context['run_id']}, has drifted: {manifest['summary']}", context)
        return manifest


class Report(Stage):
    """Calls ``report``, also after a failure; not for a run that `due` has ended or that has failed in `discover`."""

    def execute(self, context: Context) -> Manifest:
        """The stage's manifest."""
        if context["ti"].xcom_pull(task_ids="due", key=NOT_DUE):
            raise AirflowSkipException("no report: there was nothing to do in this run")
        # with nothing to show, and what `discover` failed of would fail this too
        if context["ti"].xcom_pull(task_ids="discover", key="manifest") is None:
            raise AirflowSkipException("no report: discover has not closed, so there is nothing to show")
        return super().execute(context)


class Due(BaseOperator):
    """Goes on with a run, or skips the rest of it.

    A run that an asset's event started has nothing to do if the annotated tracks, their content and their votes are those that
    the newest published model was trained on. Any other run is always due.
    """

    def __init__(self, *, task_id: str, **options: Any) -> None:
        super().__init__(task_id=task_id, doc_md=type(self).__doc__, **options)

    def execute(self, context: Context) -> None:
        """Raise AirflowSkipException if nothing is to be done."""
        run = run_of(context)
        if context["dag_run"].run_type != "asset_triggered":
            self.log.info("due: this run was asked for, or is its turn")
        elif run.config.database_url is None:
            self.log.info("due: without a database, nothing is known of earlier runs")
        else:
            self._compare(run, run.config.database_url.get_secret_value(), context)

    def _compare(self, run: Run, url: str, context: Context) -> None:
        from mer_tasks.database.queries import last_labels_digest

        found, last = run.manifest("labels")["labels_digest"], last_labels_digest(url)
        if found == last:
            context["ti"].xcom_push(NOT_DUE, True)
            raise AirflowSkipException("not due: annotated tracks and votes are those of the newest published training run")
        self.log.info("due: annotations %s, those of the newest published training run: %s", found, last or "there is none")
