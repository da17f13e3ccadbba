"""Airflow operators that run the stages: their parameters, their return values, and their retries.

An operator turns Airflow's run into a :class:`mer_tasks.runs.run.Run` and calls the stage, which does the work. Heavy modules
are imported only when a task executes.
"""

import ast
import os
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

from airflow.sdk import BaseOperator, Context, RetryDecision, RetryPolicy
from airflow.sdk.bases.skipmixin import XCOM_SKIPMIXIN_KEY, XCOM_SKIPMIXIN_SKIPPED
from airflow.sdk.exceptions import AirflowSkipException
from mer_airflow.code_check import check_code
from mer_airflow.connections import use_connections
from mer_airflow.notify import send_notification

import mer_tasks
from mer_tasks.config import Config, Mode, deciding
from mer_tasks.errors import ConfigError, PermanentError
from mer_tasks.runs.pipeline import EMBED, SHARDED, run_stage, skip_reason
from mer_tasks.runs.run import Manifest, Run, safe_name

ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
"""Environment of the mapped tasks, which run side by side: several threads in each would only compete for the same cores."""
NOT_DUE = "not_due"
"""Key of the XCom that task `due` writes when it skips the rest of a run."""
ROLE = re.compile(r":\w+:`~?([^`]+)`")
"""Matches a reference in reStructuredText, which Markdown does not have."""


class ErrorTree(RetryPolicy):
    """Retry policy that follows the tree of errors in :mod:`mer_tasks.errors`: only a permanent error is not retried."""

    def evaluate(
        self, exception: BaseException, try_number: int, max_tries: int, context: Context | None = None
    ) -> RetryDecision:
        """Fail at once after a PermanentError, and retry after any other error; the reason is the text of the error."""
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
    """Read the docstring of a stage's module as Markdown, without importing the module."""
    module = ast.parse(Path(mer_tasks.__path__[0], "stages", f"{stage}.py").read_bytes())
    return ROLE.sub(r"`\1`", ast.get_docstring(module) or "")


def config_of(params: dict[str, Any], kind: type[Config] = Config) -> Config:
    """Make the configuration of a run from its params, which are fields of the class `kind`.

    Raises
    ------
    ConfigError
        If a param is unknown or wrong, or decides a place: places are set only in the environment of Airflow.
    """
    places = sorted(params.keys() & {*deciding("places")})
    if places:
        raise ConfigError(f"param {places[0]!r}: not a param; expected MER_{places[0].upper()} in Airflow's environment")
    return kind.load(params)


def run_of(context: Context, kind: type[Config] = Config, mode: Mode | None = None) -> Run:
    """Make the stages' Run from Airflow's context, and set the credentials from Airflow's connections.

    Parameters
    ----------
    context : Context
    kind : type
        Class of the configuration whose fields are the DAG's params.
    mode : str, optional
        Mode of the run, if the DAG determines it; otherwise it is a param.

    Raises
    ------
    ConfigError
        If a param or a connection is wrong.
    TransientError
        If this worker's code differs from the scheduler's code.
    """
    check_code(context["ti"])
    use_connections()
    mode_param = {"mode": mode} if mode else {}
    config = config_of({**context["params"], **mode_param}, kind)
    return Run(config, safe_name(context["run_id"]), context["ti"].try_number)


class Stage(BaseOperator):
    """Operator that calls the stage whose name is the task id.

    Parameters
    ----------
    shard : dict, optional
        ``name`` and ``key`` of the shard, for a stage that runs once for each shard.
    kind : type
        See :func:`run_of`.
    mode : str, optional
        See :func:`run_of`.
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
        self.shard = shard
        self.kind = kind
        self.mode = mode

    def execute(self, context: Context) -> Manifest:
        """Run the stage; returns its manifest, which has keys of documents and counters."""
        run = run_of(context, self.kind, self.mode)
        if reason := skip_reason(run, self.task_id):
            raise AirflowSkipException(f"this run has no {self.task_id}: {reason}")
        if self.task_id in SHARDED:
            os.environ.update(ONE_THREAD)
        return run_stage(run, self.task_id, self.shard and self.shard["key"])


class ListingStage(Stage):
    """Operator for a stage that lists shards or trials, over which later tasks are mapped.

    The list is the task's return value, and the stage's manifest is the XCom ``manifest``.
    """

    list_field: str
    """Field of the manifest that has the list."""

    def execute(self, context: Context) -> list[dict[str, str]]:
        """Run the stage; returns ``name`` and ``key`` of each shard or trial."""
        manifest = super().execute(context)
        context["ti"].xcom_push("manifest", manifest)
        return manifest[self.list_field]


class Discover(ListingStage):
    """Operator for stage ``discover``, which lists the shards.

    In a run without an encoder, the scheduler skips stage ``embed``, and no process starts for it.
    """

    list_field = "shards"
    inherits_from_skipmixin = True
    """The scheduler reads the XCom of this task that names the tasks to be skipped."""

    def execute(self, context: Context) -> list[dict[str, str]]:
        """Run the stage; returns ``name`` and ``key`` of each shard."""
        shards = super().execute(context)
        if run_of(context, self.kind, self.mode).space is None:
            context["ti"].xcom_push(XCOM_SKIPMIXIN_KEY, {XCOM_SKIPMIXIN_SKIPPED: [EMBED]})
        return shards


class Folds(ListingStage):
    """Operator for stage ``folds``, which lists the trials of a cross-validation."""

    list_field = "trials"


class Drift(Stage):
    """Operator for stage ``drift``, which also notifies people if the run has drifted."""

    def execute(self, context: Context) -> Manifest:
        """Run the stage; returns its manifest."""
        manifest = super().execute(context)
        if manifest["drifted"]:
            send_notification(f"{self.dag_id}, run {context['run_id']}, has drifted: {manifest['summary']}", context)
        return manifest


class Report(Stage):
    """Operator for stage ``report``, which also runs after a failure.

    The stage is skipped if `due` skipped the rest of the run, or if `discover` failed.
    """

    def execute(self, context: Context) -> Manifest:
        """Run the stage; returns its manifest."""
        if context["ti"].xcom_pull(task_ids="due", key=NOT_DUE):
            raise AirflowSkipException("no report: there was nothing to do in this run")
        # a report would be empty, and would probably fail for the same reason as `discover`
        if context["ti"].xcom_pull(task_ids="discover", key="manifest") is None:
            raise AirflowSkipException("no report: discover has not succeeded, so there is nothing to show")
        return super().execute(context)


class Due(BaseOperator):
    """Continues the run, or skips the rest of it if there is nothing new to learn.

    A run that an asset's event started is skipped if its labels, its encoder, its annotated tracks, their content, their votes,
    and their artists in metadata files are the same as those of the newest published training run. Any other run continues.
    """

    def __init__(self, *, task_id: str, **options: Any) -> None:
        super().__init__(task_id=task_id, doc_md=type(self).__doc__, **options)

    def execute(self, context: Context) -> None:
        """Raise AirflowSkipException if the run has nothing to do."""
        run = run_of(context)
        if context["dag_run"].run_type != "asset_triggered":
            self.log.info("due: this run was not started by a change of the landing zone")
        elif run.config.database_url is None:
            self.log.info("due: there is no database, so this run cannot be compared with earlier runs")
        else:
            self._compare(run, run.config.database_url.get_secret_value(), context)

    def _compare(self, run: Run, url: str, context: Context) -> None:
        from mer_tasks.corpus.track_metadata import artists_digest
        from mer_tasks.database.queries import last_training_digests

        current = run.manifest("labels")["labels_digest"], artists_digest(run), run.label_set.digest, run.space
        last = last_training_digests(url)
        if current == last:
            context["ti"].xcom_push(NOT_DUE, True)
            raise AirflowSkipException(
                "not due: labels, annotated tracks, votes, artists and encoder are those of the newest published training run"
            )
        last_run = f"of the newest published training run: {last}" if last else "no training run is published yet"
        self.log.info("due: digests of annotations, artists, label set and encoder of this run: %s; %s", current, last_run)
