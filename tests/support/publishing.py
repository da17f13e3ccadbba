"""Tests of publishing: what the database has of all runs, and a change of parts before a run is published."""

from mer_tasks.runs.run import Run
from tests.support.published_runs import rows, write_model_documents

TABLES = (
    "track",
    "split",
    "content_part",
    "annotation",
    "prediction",
    "threshold",
    "metric",
    "agreement",
    "training_epoch",
    "canary",
    "comparison",
    "rejected_audio",
    "track_group",
)


def published_rows(url: str) -> dict[str, list[tuple]]:
    """Read all published rows, except times and the counters of stage publish."""
    tables = {table: rows(url, f"SELECT * FROM mer.{table} AS t ORDER BY t::text") for table in TABLES}  # noqa: S608
    tables["run"] = rows(url, "SELECT run_no, run_id, tracks, rejected, model_sha256, config_digest FROM mer.run ORDER BY 1")
    tables["stage_counter"] = rows(url, "SELECT * FROM mer.stage_counter WHERE stage <> 'publish' ORDER BY 1, 2, 3")
    return tables


def change_parts(run: Run, changes: dict[str, str]) -> Run:
    """Change the parts of some tracks, and write the predictions again; return the run."""
    table = run.read_table("split", "split.parquet")
    table["part"] = [changes.get(track, part) for track, part in zip(table["track_id"], table["part"], strict=True)]
    run.write_table("split", "split.parquet", table)
    write_model_documents(run)
    return run
