"""The runs that tests of the MER pages show: some of their names would be markup if a page did not escape them."""

import numpy as np
import pytest

from mer_tasks.database.connection import transaction
from mer_tasks.modelling.predictions import Rule
from mer_tasks.modelling.timelines import write_timelines
from mer_tasks.runs.run import safe_name
from mer_tasks.runs.shards import report_name
from mer_tasks.stages.publish import publish
from tests.support import published_runs
from tests.support.published_runs import TRACKS, complete_predict_run, complete_run, genre_of, make_champion
from tests.support.run_documents import content, indexed, run_in

HOSTILE_TRACKS = ('r"><img src=x onerror=boom()>', "r<script>boom()<", "r' onmouseover='boom()")
NEW_TRACKS = [f"r{number}" for number in range(100, 160)]
"""Tracks that only the predicting run has scored."""
NAMES = {
    "r00": {"title": "Beyond Late", "album": "Aerial", "year": 2004},
    "r01": {"title": "<script>boom()</script>"},
    "r02": {"title": 'x" onmouseover="boom()', "album": "<img src=x onerror=boom()>"},
}
ARTISTS = {"r00": ["Brad Senne"], "r01": ['"><svg onload=boom()>'], "r04": []}
HOSTILE_GENRE = 'pop"><svg onload=boom()>'
HOSTILE_RUN = 'x"><iframe srcdoc=boom()>'
UNPUBLISHED_DAG_RUN = "manual__2026-11-25T20:15:00.000000+00:00"
PREDICT_DAG_RUN = "asset_triggered__2026-11-26T08:30:00.000000+00:00"
FLAC = b"fLaC" + bytes(range(256)) * 16
RULE = Rule(np.full(9, 0.5), np.ones(9), np.zeros(9))


def make_runs(folder, url):
    """Make the champion's run r1, a published run with a hostile name, an unpublished run, and a run in mode predict.

    Run r1 has timelines, a report, and the audio of all its tracks except r03.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(published_runs, "genre_of", lambda track: HOSTILE_GENRE if genre_of(track) == "pop" else "rock")
        tracks = sorted([*TRACKS, *HOSTILE_TRACKS])
        run = complete_run(folder, url, tracks=tracks, fan_out={"names": NAMES, "artists": ARTISTS}, epochs=3)
        publish(run)
        make_champion(url)
        publish(complete_run(folder, url, HOSTILE_RUN, fan_out={"names": NAMES, "artists": ARTISTS}, balance="none"))
        all_tracks = sorted([*TRACKS, *HOSTILE_TRACKS, *NEW_TRACKS])
        predicting = complete_predict_run(folder, url, safe_name(PREDICT_DAG_RUN), all_tracks, NEW_TRACKS)
        publish(predicting)
    with transaction(url) as cursor:
        cursor.execute(
            "INSERT INTO mer.promotion (run_no, model_sha256, champion_run_no, outcome, decided_by, rule, reason)"
            " SELECT hostile.run_no, hostile.model_sha256, r1.run_no, 'kept', %s, 'better', %s"
            " FROM mer.run AS hostile, mer.run AS r1"
            " WHERE hostile.run_id = %s AND r1.run_id = 'r1'",
            [*HOSTILE_TRACKS[:2], HOSTILE_RUN],
        )
    (shard,) = predicting.manifest("discover")["shards"]
    new_probabilities = indexed({NEW_TRACKS[0]: 1}), np.full((1, 9), 0.5)
    write_timelines(predicting, "predict", RULE, new_probabilities, name=report_name(shard["key"], ""))
    damaged_key = predicting.key("predict", f"timelines/{report_name(shard['key'], '-0.parquet')}")
    predicting.store.put(damaged_key, b"nonsense")
    for track in (*TRACKS, *HOSTILE_TRACKS):
        if track != "r03":
            run.store.put(f"blobs/reformat/{content(track)}.flac", FLAC)
    index = indexed({"r00": 20, HOSTILE_TRACKS[0]: 1})
    probabilities = np.linspace(0.1, 0.9, 21 * 9, dtype=np.float32).reshape(21, 9)
    write_timelines(run, "evaluate", RULE, (index, probabilities))
    for name in ("r1", safe_name(UNPUBLISHED_DAG_RUN)):
        reported = run_in(folder, name)
        reported.store.put(reported.key("report", "report.html"), b"<title>a report</title>")
        reported.write_manifest("report", {"report": reported.key("report", "report.html"), "counters": {}})
