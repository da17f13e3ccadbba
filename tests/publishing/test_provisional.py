import pytest

from mer_tasks.evaluation.grade import MEASURE
from mer_tasks.publishing.provisional import provisional_note
from mer_tasks.runs.artifacts import CHALLENGE, METRICS
from mer_tasks.stages.challenge import challenge
from mer_tasks.stages.promote import promote
from mer_tasks.stages.publish import publish
from mer_tasks.terminal.run_tables import decision_line
from tests.support.certain_runs import give_metric
from tests.support.published_runs import complete_run
from tests.support.run_documents import run_in


def metric(level="track", **fields):
    return {"level": level, "emotion": None, "metric": MEASURE, **fields}


@pytest.mark.parametrize(
    ("ends", "note"),
    [
        ((0.51, 0.7), ""),
        ((0.4, 0.7), "; provisional: not shown to be better than guessing (95 % interval 0.400 to 0.700, guessing 0.500)"),
        ((None, None), "; provisional: not shown to be better than guessing (no interval, guessing 0.500)"),
    ],
)
def test_the_note_says_why_a_model_is_provisional(tmp_path, ends, note):
    run = run_in(tmp_path)
    own = metric(value=0.6, low=ends[0], high=ends[1], baseline=0.5)
    of_segments = metric("segment", value=0.6, low=0.5, high=0.7, baseline=0.5)
    run.write_json("evaluate", METRICS, {"metrics": [of_segments, own]})
    assert provisional_note(run) == note


@pytest.mark.parametrize(("value", "noted"), [(0.6, True), (0.4, False)])
def test_the_reason_of_a_first_champion_names_it_provisional(tmp_path, database_url, reader_url, value, noted):
    run = complete_run(tmp_path, database_url)
    give_metric(run, value=value, low=0.3, high=0.8, baseline=0.5)
    publish(run)
    challenge(run)
    promote(run)
    reason = run.read_json("challenge", CHALLENGE)["reason"]
    assert (
        reason.endswith("; provisional: not shown to be better than guessing (95 % interval 0.300 to 0.800, guessing 0.500)")
        is noted
    )
    assert ("provisional" in decision_line(reader_url, run.run_id)) is noted
