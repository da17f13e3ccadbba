"""Published runs for the tests of the cookbook's queries. The files of these tests name this module as a plugin of pytest."""

import pytest

from mer_tasks.database.migrations import bootstrap
from mer_tasks.stages.publish import publish
from tests.support.crossval_runs import published as compared
from tests.support.published_runs import TRACKS, complete_predict_run, complete_run, make_champion
from tests.support.run_documents import rejection


@pytest.fixture(scope="session")
def published(postgres, tmp_path_factory):
    """Publish two training runs and a run of mode predict; return the second training run and a reader's URL.

    The second run's model is the champion. Run `n1` scored `p90` with it. `p03` is no longer in the landing zone. `r60`, which
    is in the first run only, is in the landing zone again, but not scored.
    """
    urls = bootstrap(postgres.url(), "mer_queries", dict.fromkeys(("mer_owner", "mer_writer", "mer_reader"), "for tests: %/@"))
    folder = tmp_path_factory.mktemp("queries")
    first = complete_run(folder, urls["mer_writer"], "r1", tracks=[*TRACKS[:6], "r60", *TRACKS[6:]])
    publish(first)
    fan_out = {
        "sounds": {"r03": "r01", "p51": "r02"},
        "artists": {"r04": ["Ann"], "r05": ["Ann"]},
        "names": {"r01": {"title": "Jóga"}},
    }
    latest = complete_run(
        folder, urls["mer_writer"], "r2", tracks=[*TRACKS, "p50", "p51"], fan_out=fan_out, canary=2, compare_balance=True
    )
    latest.write_json("drift", "drift.json", {"metrics": drift_lines()})
    publish(latest)
    make_champion(urls["mer_writer"], "r2")
    landed = [*(track for track in [*TRACKS, "p50", "p51"] if track != "p03"), "r60", "p90"]
    bad = [rejection("noise", stage="discover", reason="not_audio")]
    publish(complete_predict_run(folder, urls["mer_writer"], "n1", landed, ["p90"], "r2", bad))
    compared(folder, urls["mer_writer"])
    return latest, urls["mer_reader"]


def drift_lines():
    """Make drift lines of a run whose genre pop has drifted from the training data of the first run."""
    facts = {"champion_run_no": 1, "threshold": 0.25, "tracks": 12, "reference_tracks": 40, "same_genre": True}
    features = {**facts, "measure": "features", "emotion": None, "statistic": "mfcc_2_mean", "mean_psi": 0.2, "chance": 0.6}
    predictions = {**features, "measure": "predictions", "emotion": "power", "statistic": None, "mean_psi": None}
    return [
        {**features, "genre": None, "psi": 0.5, "drifted": False},
        {**features, "genre": "pop", "psi": 0.9, "drifted": True},
        {**predictions, "genre": "pop", "psi": 0.7, "drifted": True},
    ]
