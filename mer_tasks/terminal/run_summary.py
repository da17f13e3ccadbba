"""Summarize a published run: for programs as JSON, for people as text on a terminal.

In: the name of a run, the database as a reader, and the object store, if this machine can read it. Out: one object for JSON, or
the same content as text.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from mer_tasks.database.queries import query
from mer_tasks.errors import ConfigError, MerError
from mer_tasks.evaluation.grade import MEASURE, grade
from mer_tasks.terminal.run_tables import Metric, artifacts, decision_line, metric_tables, metrics
from mer_tasks.terminal.tables import bar, decimals, print_facts, print_table, stdout_console
from mer_tasks.wording import PROVISIONAL, encoder_of, label_set_text

NEWEST = 5
"""Runs that the error message for an unknown run names."""
MIN_SHARE = 0.01
"""The table leaves out stages that took a smaller share of the run's time."""


def summarize_run(url: str, run_id: str | None) -> dict[str, Any]:
    """Collect the summary of run `run_id`, or of the newest run that evaluated a model.

    Raises
    ------
    ConfigError
        If the run is not published; the message names the newest published runs.
    """
    rows = query(url, "about_run", {"run_id": run_id})
    if not rows:
        newest = ", ".join(row["run_id"] for row in query(url, "runs", {"rows": NEWEST}))
        if run_id is None:
            raise ConfigError("no run is published yet")
        others = f"the newest published runs are {newest}" if newest else "and no other run is published yet"
        raise ConfigError(f"run {run_id!r}: not published, {others}")
    (run,) = rows
    of_run = metrics(url, run["run_id"])
    stored, missing = _stored(run)
    return {
        "run": run,
        "verdict": _verdict(of_run.get((MEASURE, None))),
        "decision": decision_line(url, run["run_id"]) if run["mode"] == "train" else None,
        "metrics": [{"metric": name, "emotion": emotion, **asdict(metric)} for (name, emotion), metric in of_run.items()],
        "stages": query(url, "where_the_time_went", {"run_id": run["run_id"]}),
        "rejected": query(url, "rejected_files", {"run_id": run["run_id"]}),
        "artifacts": stored,
        "artifacts_unknown": missing,
    }


def _stored(run: Mapping[str, Any]) -> tuple[dict[str, str], str | None]:
    """Find the URLs of the run's artifacts by name; the second value says why they are not known, or is None."""
    try:
        return artifacts(run["store_url"], run["run_id"]), None
    except MerError as error:
        return {}, str(error)


def _verdict(metric: Metric | None) -> str | None:
    """Say in words how good the model is."""
    if metric is None or metric.value is None or metric.baseline is None:
        return None
    return grade(asdict(metric))[1]


def print_run_summary(summary: Mapping[str, Any]) -> None:
    """Print the result of :func:`summarize_run`."""
    run = summary["run"]
    rejected = summary["rejected"]
    own = run["model_run_id"] == run["run_id"]
    model = "its own" if own else f"of run {run['model_run_id']}"
    provisional = f" ({PROVISIONAL})" if run["provisional"] else ""
    reasons = ", ".join(f"{reason} {count}" for reason, count in sorted(Counter(row["reason"] for row in rejected).items()))
    print_facts(
        {
            "run": run["run_id"],
            "mode": run["mode"],
            "published": run["published_at"],
            "verdict": summary["verdict"],
            "decision": summary["decision"],
            "model": f"{model}, {'the champion' if run['by_champion'] else 'not the champion'}{provisional}",
            "tracks": run["tracks"],
            "rejected": f"{run['rejected']}" + (f" ({reasons}; query rejected_files lists them)" if reasons else ""),
            "device": run["device"],
            "code": " ".join(filter(None, [run["code_version"], (run["code_digest"] or "")[:12]])),
            "label set": label_set_text(run["label_set"], run["label_set_digest"]),
            "encoder": encoder_of(run),
            "landing": run["landing_url"],
        }
    )
    console = stdout_console()
    if summary["metrics"]:
        of_run = {(line.pop("metric"), line.pop("emotion")): Metric(**line) for line in map(dict, summary["metrics"])}
        for table in metric_tables(of_run):
            console.print()
            console.print(table)
    _print_time(summary["stages"])
    console.print()
    print_facts({**summary["artifacts"], "artifacts": _why_no_artifacts(summary)})


def _why_no_artifacts(summary: Mapping[str, Any]) -> str | None:
    """Say why no artifacts are listed; None if there are some."""
    if summary["artifacts"]:
        return None
    if summary["artifacts_unknown"]:
        return f"not known: {summary['artifacts_unknown']}"
    return f"this machine finds none in {summary['run']['store_url']}"


def _print_time(stages: list[dict[str, Any]]) -> None:
    whole = sum(row["seconds"] or 0 for row in stages)
    if not whole:
        return
    rows = [
        {
            "stage": row["stage"],
            "seconds": decimals(row["seconds"], 1),
            "CPU": decimals(row["cpu_seconds"], 1),
            " ": bar(row["seconds"] / whole),
        }
        for row in stages
        if row["seconds"] and row["seconds"] >= MIN_SHARE * whole
    ]
    console = stdout_console()
    console.print()
    console.print(f"Where the time went: {whole:.1f} s, with the times of all shards added up", style="bold")
    print_table(rows, count=False)
