"""The command line of the platform: single stages, all stages of a run, and commands before and after a run.

A command imports its packages when it is called, so that ``--help`` answers at once. Exit codes: 0 success; 1 a failure that
would happen again; 2 wrong usage; 75 a failure that may pass (a store or a database cannot be reached); 128 plus the signal's
number after an interrupt, 130 for Ctrl-C. An error is one line on stderr. Progress and logs go to stderr, results to stdout.
"""

import errno
import logging
import sys
from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mer_tasks import __version__
from mer_tasks.cli import (
    encoder_commands,
    import_commands,
    label_commands,
    maintenance_commands,
    query_commands,
    similar_commands,
    track_commands,
)
from mer_tasks.cli.config_options import with_config
from mer_tasks.cli.sections import ONE_STAGE, RUN, Sections
from mer_tasks.cli.stage_options import used_by
from mer_tasks.config import Config, Mode
from mer_tasks.errors import ConfigError, MerError, TransientError
from mer_tasks.runs.artifacts import CANARY, CROSSVAL
from mer_tasks.runs.crossval_config import OMITTED, CrossvalConfig
from mer_tasks.runs.pipeline import SHARDED, STAGES, run_chain, run_stage, skip_reason, stages_of
from mer_tasks.terminal.control_characters import show_control_characters
from mer_tasks.terminal.interrupts import Interrupted, interruptible
from mer_tasks.terminal.progress_bar import LOG, progress_bar

if TYPE_CHECKING:
    from mer_tasks.runs.run import Manifest, Run

PERMANENT, TRANSIENT = 1, 75
"""Exit codes; 75 is EX_TEMPFAIL of sysexits.h."""

app = typer.Typer(
    cls=Sections,
    help="Predict the labels of each track, by default the emotions that it induces: from audio and listeners' annotations in"
    " the landing zone to predictions in Postgres. Every option of the configuration is also an environment variable; for"
    " example, --shard-size is MER_SHARD_SIZE.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # its tables leave no room for the names of forty options
    context_settings={"max_content_width": 120},
)

RunId = Annotated[str, typer.Option("--run-id", help="Name of the run, whose results are below runs/ in the object store.")]
ChainRunId = Annotated[str | None, typer.Option("--run-id", help="Name of the run. Empty: a name made from the current time.")]
TryNumber = Annotated[
    int,
    typer.Option("--try-number", min=1, help="Number of this try. An older try cannot publish after a newer one."),
]
Shard = Annotated[str | None, typer.Option("--shard", help="Key of the document of one shard. Empty: all shards, one by one.")]
Only = Annotated[bool, typer.Option("--only", help="Run only the stage of this name, in the run that --run-id names.")]
FeaturesRunId = Annotated[
    str | None,
    typer.Option("--run-id", help="Run whose features are used. Empty: a new run, which begins with discover to features."),
]
Processes = Annotated[
    int | None,
    typer.Option(
        min=1, help="How many trials run side by side. Empty: one for each core, as far as memory allows; with a GPU, 1."
    ),
]
Permutations = Annotated[int, typer.Option(min=1, max=100, help="How many models are trained on permuted labels.")]


class _Stderr(logging.StreamHandler[Any]):
    """Writes to the current stderr. While a progress bar is shown, that is a stream that prints above the bar."""

    def emit(self, record: logging.LogRecord) -> None:
        self.stream = sys.stderr
        super().emit(record)


def _version(asked: bool) -> None:
    if asked:
        typer.echo(__version__)
        raise typer.Exit()


@app.callback()
def settings(
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Show what the stages log.")] = False,
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", callback=_version, is_eager=True, expose_value=False)
    ] = False,
) -> None:
    """Set up logging: warnings only, or all messages with --verbose or if stderr is no terminal and shows no progress bar."""
    handler = _Stderr()
    handler.setLevel(logging.INFO if verbose or not sys.stderr.isatty() else logging.WARNING)
    logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s", datefmt="%H:%M:%S", handlers=[handler])
    logging.getLogger(LOG).setLevel(logging.INFO)


def _run(run_id: str, try_number: int, params: dict[str, Any], kind: type[Config] = Config) -> "Run":
    from mer_tasks.runs.run import Run, safe_name

    return Run(kind.load(params), safe_name(run_id), try_number)


def _print_counters(stage: str, manifests: list["Manifest"]) -> None:
    """Print the counters of a stage, summed over its shards."""
    totals: dict[str, float] = {}
    for manifest in manifests:
        for name, value in manifest.get("counters", {}).items():
            totals[name] = totals.get(name, 0) + value
    typer.echo(f"{stage}: {', '.join(f'{name} {value:g}' for name, value in totals.items())}")


def _one_stage(stage: str, run: "Run", shard: str | None = None) -> None:
    if reason := skip_reason(run, stage):
        raise ConfigError(f"this run has no stage {stage!r}: {reason}")
    keys = [shard]
    if stage in SHARDED and not shard:
        keys = [entry["key"] for entry in run.manifest("discover")["shards"]]
    manifests = []
    with progress_bar(stage, len(keys)) as show:
        for number, key in enumerate(keys, 1):
            manifests.append(run_stage(run, stage, key))
            show(completed=number)
    _print_counters(stage, manifests)
    typer.echo(run.store.uri(run.key(stage, "")))


def _whole_chain(run: "Run") -> None:
    if run.config.database_url is None:
        raise ConfigError("no database to publish into: expected MER_DATABASE_URL or --database-url")
    stages = stages_of(run.config)
    with progress_bar("", len(stages)) as show:
        manifests = run_chain(run, lambda stage: show(completed=stages.index(stage), description=stage))
    for stage, manifest in manifests.items():
        _print_counters(stage, manifest.get("shards", [manifest]) if stage in SHARDED else [manifest])
    typer.echo(run.store.uri(f"runs/{run.run_id}/"))


def _dated(name: str) -> str:
    return f"{name}-{datetime.now(timezone.utc):%Y%m%dT%H%M%SZ}"


def _chain_command(mode: Mode) -> Callable[..., None]:
    def command(run_id: ChainRunId = None, try_number: TryNumber = 1, *, params: dict[str, Any]) -> None:
        _whole_chain(_run(run_id or _dated(mode), try_number, {**params, "mode": mode}))

    return command


def _chain_or_stage(
    mode: Mode, run_id: str | None, only: bool, try_number: int, params: dict[str, Any], shard: str | None
) -> None:
    """Run all stages of a mode or, with --only, the stage that has the same name as the mode."""
    if not only:
        _chain_command(mode)(run_id, try_number, params=params)
    elif run_id is None:
        raise typer.BadParameter("needs --run-id: the run whose earlier stages have finished", param_hint="--only")
    else:
        _one_stage(mode, _run(run_id, try_number, {**params, "mode": mode}), shard)


def _train_command(run_id: ChainRunId = None, only: Only = False, try_number: TryNumber = 1, *, params: dict[str, Any]) -> None:
    """Train a model: run all stages in one process. With --only, run only stage train."""
    _chain_or_stage("train", run_id, only, try_number, params, None)


def _predict_command(
    run_id: ChainRunId = None, only: Only = False, shard: Shard = None, try_number: TryNumber = 1, *, params: dict[str, Any]
) -> None:
    """Score new tracks with the champion: run all stages in one process. With --only, run only stage predict."""
    if shard and not only:
        raise typer.BadParameter("needs --only: without it, all stages process all shards", param_hint="--shard")
    _chain_or_stage("predict", run_id, only, try_number, params, shard)


def _canary_command(run_id: FeaturesRunId = None, permutations: Permutations = 5, *, params: dict[str, Any]) -> None:
    """Check for leaks: train on permuted labels, where every test metric must be no better than chance.

    Runs stage canary in one process; without --run-id, also the stages before it. Nothing is published. Exit code 1: a metric
    is better than chance, so information leaks into the test part.
    """
    from mer_tasks.runs.sub_runs import CORPUS
    from mer_tasks.stages.canary import canary, summary
    from mer_tasks.terminal.tables import print_table

    run = _run(run_id or _dated("canary"), 1, {**params, "mode": "train", "canary": permutations})
    for stage in () if run_id else CORPUS:
        if not skip_reason(run, stage):
            _one_stage(stage, run)
    with progress_bar("canary", permutations) as show:
        manifest = canary(
            run, lambda finished: show(completed=finished), lambda lines: print_table(summary(lines, run.label_set))
        )
    _print_counters("canary", [manifest])
    typer.echo(run.store.uri(run.key("canary", CANARY)))


def _stage_command(stage: str) -> Callable[..., None]:
    def command(run_id: RunId, try_number: TryNumber = 1, *, params: dict[str, Any]) -> None:
        _one_stage(stage, _run(run_id, try_number, params))

    def sharded(run_id: RunId, shard: Shard = None, try_number: TryNumber = 1, *, params: dict[str, Any]) -> None:
        _one_stage(stage, _run(run_id, try_number, params), shard)

    return sharded if stage in SHARDED else command


def _purpose(stage: str) -> str:
    """Read the purpose of a stage from the first line of its module, without importing the module."""
    with open(Path(__file__).parents[1] / "stages" / f"{stage}.py", encoding="utf-8") as module:
        purpose = module.readline().partition(": ")[2].strip()
    return purpose[:1].upper() + purpose[1:]


def _add_stages() -> None:
    app.command("train", rich_help_panel=RUN)(with_config(without=["mode", "model_run"])(_train_command))
    evaluating = with_config(without=["mode"])(_chain_command("eval"))
    purpose = "Evaluate a stored model again on its test tracks: run all stages in one process."
    app.command("eval", help=purpose, rich_help_panel=RUN)(evaluating)
    for stage in STAGES:
        if stage == "canary":
            app.command(stage, rich_help_panel=RUN)(with_config(without=["mode", "model_run", "canary"])(_canary_command))
        elif stage == "predict":
            app.command(stage, rich_help_panel=RUN)(with_config(without=["mode", "model_run"])(_predict_command))
        elif stage != "train":
            see_also = f"See also {label_commands.NAMES}." if stage == "labels" else None
            app.command(stage, help=_purpose(stage), epilog=see_also, rich_help_panel=ONE_STAGE)(
                with_config(shown=used_by(stage))(_stage_command(stage))
            )


_add_stages()


@app.command("crossval", rich_help_panel=RUN)
@with_config(without=OMITTED, kind=CrossvalConfig)
def crossval(
    run_id: ChainRunId = None, try_number: TryNumber = 1, processes: Processes = None, *, params: dict[str, Any]
) -> None:
    """Compare models by repeated cross-validation. With the --run-id of an interrupted run, continue where it stopped."""
    from mer_tasks.runs.crossval_chain import run_crossval
    from mer_tasks.runs.trial_pool import default_processes
    from mer_tasks.stages.crossval import STAGE, tables
    from mer_tasks.terminal.tables import print_table

    run = _run(run_id or _dated(STAGE), try_number, params, CrossvalConfig)
    typer.echo(f"to continue after an interrupt: --run-id {run.run_id}", err=True)
    side_by_side = processes or default_processes()
    with progress_bar("", None) as show:
        run_crossval(
            run,
            lambda name, finished, total: show(description=name, completed=finished, total=total or None),
            lambda text: typer.echo(f"{text}, {side_by_side} side by side", err=True),
            side_by_side,
        )
    for table in tables(run.read_json(STAGE, CROSSVAL), run.label_set):
        print_table(table)
    typer.echo(run.store.uri(run.key(STAGE, CROSSVAL)))


app.add_typer(import_commands.app)
app.add_typer(query_commands.app)
app.add_typer(track_commands.app)
app.add_typer(similar_commands.app)
app.add_typer(label_commands.app)
app.add_typer(encoder_commands.app)
app.add_typer(maintenance_commands.app)


def main() -> None:
    """Entry point of ``mer`` and ``python -m mer_tasks``: turn errors into one line on stderr and an exit code."""
    try:
        with interruptible():
            app(prog_name="mer" if Path(sys.argv[0]).name == "mer" else "python -m mer_tasks")
    except MerError as error:
        typer.echo(f"error: {show_control_characters(' '.join(str(error).split()))}", err=True)
        sys.exit(TRANSIENT if isinstance(error, TransientError) else PERMANENT)
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        typer.echo(f"error: {show_control_characters(str(error.filename or 'local files'))}: the disk is full", err=True)
        sys.exit(TRANSIENT)
    except Interrupted as interrupted:
        typer.echo(f"interrupted by {interrupted}", err=True)
        sys.exit(interrupted.exit_code)
