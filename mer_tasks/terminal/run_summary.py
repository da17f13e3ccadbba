"""All that is known of a published run, for people in a terminal and for programs.

In: the name of a run, the database as a reader, and the object store, if it can be read from here. Out: one object that is
JSON, or the same as text.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from mer_tasks.database.queries import query
from mer_tasks.errors import ConfigError, MerError
from mer_tasks.evaluation.grade import MEASURE, grade
from mer_tasks.terminal.run_tables import Metric, artifacts, decision, metric_tables, metrics
from mer_tasks.terminal.tables import bar, decimals, print_facts, print_table, screen

NEWEST = 5
"""Runs that are named where one is not found."""
SHARE = 0.01
"""Stages that took less of a run's time are left out of the table."""


def about(url: str, run_id: str | None) -> dict[str, Any]:
    """What is known of run `run_id`, or of the newest.

    Raises
    ------
    ConfigError
        If there is no such run; the message names the newest ones.
    """
    found = query(url, "about_run", {"run_id": run_id})
    if not found:
        newest = ", ".join(row["run_id"] for row in query(url, "runs", {"rows": NEWEST}))
        if run_id is None:
            raise ConfigError("no run is published yet")
        raise ConfigError(
            f"run {run_id!r}: not published, " + (f"the newest published runs are {newest}" if newest else "as none is yet")
        )
    (run,) = found
    measured = metrics(url, run["run_id"])
    stored, missing = _stored(run)
    return {
        "run": run,
        "verdict": _verdict(measured.get((MEASURE, None))),
        "decision": decision(url, run["run_id"]) if run["mode"] == "train" else None,
        "metrics": [{"metric": name, "emotion": emotion, **asdict(metric)} for (name, emotion), metric in measured.items()],
        "stages": query(url, "where_the_time_went", {"run_id": run["run_id"]}),
        "rejected": query(url, "rejected_files", {"run_id": run["run_id"]}),
        "artifacts": stored,
        "artifacts_unknown": missing,
    }


def _stored(run: Mapping[str, Any]) -> tuple[dict[str, str], str | None]:
    """Addresses of the run's artifacts by name, and why they are not known, if they are not."""
    try:
        return artifacts(run["store_url"], run["run_id"]), None
    except MerError as error:
        return {}, str(error)


def _verdict(metric: Metric | None) -> str | None:
    """How good the model is, in words."""
    if metric is None or metric.value is None or metric.baseline is None:
        return None
    return grade(asdict(metric))[1]


def print_about(found: Mapping[str, Any]) -> None:
    """Print what :func:`about` has found."""
    run, rejected = found["run"], found["rejected"]
    own = run["model_run_id"] == run["run_id"]
    model = "its own" if own else f"of run {run['model_run_id']}"
    reasons = ", ".join(f"{reason} {count}" for reason, count in sorted(Counter(row["reason"] for row in rejected).items()))
    print_facts(
        {
            "run": run["run_id"],
            "mode": run["mode"],
            "published": run["published_at"],
            "verdict": found["verdict"],
            "decision": found["decision"],
            "model": f"{model}, {'the champion' if run['by_champion'] else 'not the champion'}",
            "tracks": run["tracks"],
            "rejected": f"{run['rejected']}" + (f" ({reasons}; query rejected_files names them)" if reasons else ""),
            "device": run["device"],
            "code": " ".join(filter(None, [run["code_version"], (run["code_digest"] or "")[:12]])),
            "landing": run["landing_url"],
        }
    )
    console = screen()
    if found["metrics"]:
        measured = {(line.pop("metric"), line.pop("emotion")): Metric(**line) for line in map(dict, found["metrics"])}
        for table in metric_tables(measured):
            console.print()
            console.print(table)
    _print_time(found["stages"])
    console.print()
    print_facts({**found["artifacts"], "artifacts": _where(found)})


def _where(found: Mapping[str, Any]) -> str | None:
    """Why no artifacts are named."""
    if found["artifacts"]:
        return None
    store = found["run"]["store_url"]
    return (
        f"not known: {found['artifacts_unknown']}" if found["artifacts_unknown"] else f"none in {store} as it is seen from here"
    )


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
        if row["seconds"] and row["seconds"] >= SHARE * whole
    ]
    console = screen()
    console.print()
    console.print(f"Where the time went: {whole:.1f} s, shards one after the other", style="bold")
    print_table(rows, count=False)
