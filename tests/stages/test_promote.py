import threading
from dataclasses import replace

import pytest

from mer_tasks.config import Config
from mer_tasks.database.connection import SQL, transaction
from mer_tasks.errors import ConfigError, IntegrityError, ObjectMissing
from mer_tasks.publishing.champion_comparison import COMPARISON_FIELDS
from mer_tasks.publishing.rollback import champion_stack, rollback
from mer_tasks.publishing.served_predictions import LOCK
from mer_tasks.runs.artifacts import CHALLENGE
from mer_tasks.stages.promote import ROUNDS, outcome, promote
from mer_tasks.stages.publish import publish
from mer_tasks.terminal.run_tables import decision_line
from tests.support.published_runs import complete_run, rows

NUMBERS = {"challenger": 0.8, "champion": 0.7, "baseline": 0.5, "difference": 0.1, "low": 0.05, "high": 0.15}
NUMBERS |= {"metric": "roc_auc_macro", "tracks": 4, "groups": 4, "left_out": 1}


def history(url):
    return rows(url, "SELECT run_id, outcome, decided_by, champion_run_id FROM mer.promotions ORDER BY promotion_no")


def champions(url):
    return [run for (run,) in rows(url, "SELECT model_run_id FROM mer.champions WHERE is_current")]


def served(url):
    return rows(url, "SELECT run_id, count(*) FROM mer.serving JOIN mer.run USING (run_no) GROUP BY run_id ORDER BY run_id")


@pytest.fixture
def challenger(tmp_path, database_url):
    """Return a function that makes a published training run with its own model file, as stage `challenge` leaves it."""

    def make(run_id, verdict="promote", champion=None, **params):
        run = complete_run(tmp_path, database_url, run_id, **params)
        write_comparison(run, verdict, champion)
        publish(run)
        return run

    return make


def write_comparison(run, verdict, champion, data=None):
    """Write a model file for `run`, and the document of its comparison with `champion`."""
    import hashlib

    data = data or run.run_id.encode()
    manifest = run.manifest("train")
    model = {**manifest["model"], "sha256": hashlib.sha256(data).hexdigest()}
    run.store.put(model["key"], data)
    run.write_manifest("train", {**manifest, "model": model})
    decision = {"verdict": verdict, "reason": f"for a test: {verdict}"}
    against = champion and champion.manifest("train")["model"]
    run.write_json("challenge", CHALLENGE, {"model": model, "champion_model": against, **NUMBERS, **decision})


def test_the_decision_line_of_a_run_says_what_was_decided(challenger, database_url, reader_url):
    first = challenger("r1")
    assert decision_line(reader_url, "r1") == "Nothing is decided on the model of run r1."
    promote(first)
    promote(challenger("r2", "keep", first))
    assert decision_line(reader_url, "r1") == "Run r1 became the first champion. Decided by the rule: for a test: promote."
    kept = "Run r2 did not take the place of run r1, which stayed champion. Decided by the rule: for a test: keep."
    assert decision_line(reader_url, "r2") == kept


def test_a_promotion_writes_a_row_and_the_pointer_and_serves_the_predictions(challenger, database_url):
    first = challenger("r1")
    manifest = promote(first)
    assert (manifest["outcome"], manifest["decided_by"], manifest["counters"]["served"]) == ("promoted", "rule", 24)
    assert history(database_url) == [("r1", "promoted", "rule", None)]
    assert (champions(database_url), served(database_url)) == (["r1"], [("r1", 24)])
    promote(challenger("r2", "keep", first))
    assert history(database_url)[1:] == [("r2", "kept", "rule", "r1")]
    assert (champions(database_url), served(database_url)) == (["r1"], [("r1", 24)])
    promote(challenger("r3", "promote", first, promotion="significant"))
    assert (champions(database_url), served(database_url)) == (["r3"], [("r3", 24)])
    names = ", ".join(COMPARISON_FIELDS)
    (line,) = rows(database_url, f"SELECT rule, reason, {names} FROM mer.promotions WHERE run_id = 'r3'")  # noqa: S608
    assert line == ("significant", "for a test: promote", *(NUMBERS[name] for name in COMPARISON_FIELDS))
    periods = rows(
        database_url, "SELECT model_run_id, since < until, until IS NULL, is_current FROM mer.champions ORDER BY since"
    )
    assert periods == [("r1", True, False, False), ("r3", None, True, True)]


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (None, ("kept", "nobody")),
        ({"answer": "keep", "decided_by": "timeout"}, ("kept", "timeout")),
        ({"answer": "keep", "decided_by": "ann"}, ("kept", "ann")),
        ({"answer": "promote", "decided_by": "ann"}, ("promoted", "ann")),
    ],
)
def test_the_answer_of_a_person_decides_if_the_verdict_is_ask(challenger, database_url, answer, expected):
    first = challenger("r1")
    promote(first)
    run = challenger("r2", "ask", first, approval="human")
    if answer:
        run.write_manifest("approval", answer)
    promote(run)
    assert history(database_url)[1] == ("r2", *expected, "r1")
    assert champions(database_url) == ["r2" if expected[0] == "promoted" else "r1"]


def test_an_answer_counts_only_if_the_verdict_is_ask():
    answer = {"answer": "promote", "decided_by": "ann"}
    assert outcome({"verdict": "keep", "reason": "x"}, answer) == ("kept", "rule", "x")


def test_a_decision_on_a_model_is_taken_only_once(challenger, database_url):
    first = challenger("r1")
    promote(first)
    again = promote(replace(first, try_number=2))
    assert (again["outcome"], again["decided_by"]) == ("promoted", "rule")
    second = challenger("r2", "ask", first)
    promote(second)
    second.write_manifest("approval", {"answer": "promote", "decided_by": "ann"})
    assert promote(second)["outcome"] == "kept"
    assert len(history(database_url)) == 2
    assert champions(database_url) == ["r1"]


def test_a_new_model_of_the_same_run_gets_a_new_decision(challenger, database_url):
    run = challenger("r1")
    promote(run)
    before = run.manifest("train")["model"]
    write_comparison(run, "promote", None, b"other weights")
    run.write_json("challenge", CHALLENGE, {**run.read_json("challenge", CHALLENGE), "champion_model": before})
    publish(replace(run, try_number=2))
    promote(run)
    assert history(database_url) == [("r1", "promoted", "rule", None), ("r1", "promoted", "rule", "r1")]
    champion = rows(database_url, "SELECT model_sha256 FROM mer.champion")
    assert champion == [(run.manifest("train")["model"]["sha256"],)]


def test_a_model_that_was_not_published_is_not_promoted(challenger, database_url):
    run = challenger("r1")
    write_comparison(run, "promote", None, b"other weights")
    with pytest.raises(IntegrityError, match=r"run r1: the published model has sha256 \w+, expected \w+, which was compared"):
        promote(run)
    assert history(database_url) == []


def test_a_comparison_with_a_former_champion_is_repeated(challenger, database_url, monkeypatch):
    first = challenger("r1")
    promote(first)
    late = challenger("r3", "ask", first)
    late.write_manifest("approval", {"answer": "promote", "decided_by": "ann"})
    second = challenger("r2", "promote", first)
    promote(second)
    repeated = []

    def compare_again(run, stage):
        repeated.append((run.run_id, stage))
        write_comparison(run, "ask", second)

    monkeypatch.setattr("mer_tasks.stages.promote.run_stage", compare_again)
    assert promote(late)["outcome"] == "kept"
    assert repeated == [("r3", "challenge")]
    assert history(database_url)[-1] == ("r3", "kept", "nobody", "r2")


def test_a_champion_that_keeps_changing_is_a_transient_error(challenger, database_url, monkeypatch):
    from mer_tasks.errors import TransientError

    first = challenger("r1")
    promote(first)
    late = challenger("r2", "promote", None)
    rounds = []
    monkeypatch.setattr("mer_tasks.stages.promote.run_stage", lambda *call: rounds.append(call))
    with pytest.raises(TransientError, match="run r2: the champion has changed 5 times"):
        promote(late)
    assert len(rounds) == ROUNDS
    assert champions(database_url) == ["r1"]


def test_one_of_two_runs_that_are_promoted_at_once_is_compared_again(challenger, database_url, monkeypatch):
    runs = [challenger("r1"), challenger("r2")]
    monkeypatch.setattr(
        "mer_tasks.stages.promote.run_stage",
        lambda run, stage: write_comparison(run, "promote", next(other for other in runs if other.run_id != run.run_id)),
    )
    failed = []

    def work(run):
        try:
            promote(run)
        except Exception as error:
            failed.append(error)

    threads = [threading.Thread(target=work, args=(run,)) for run in runs]
    with transaction(database_url) as cursor:  # both runs have read their comparisons, and wait for the lock
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        for thread in threads:
            thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    (first, *before), (second, *after) = history(database_url)
    assert {first, second} == {"r1", "r2"}
    assert (before, after) == (["promoted", "rule", None], ["promoted", "rule", first])
    assert (champions(database_url), served(database_url)) == ([second], [(second, 24)])


def test_a_failure_half_way_leaves_no_decision(challenger, database_url, monkeypatch, tmp_path):
    run = challenger("r1")
    (tmp_path / "publish").mkdir()
    (tmp_path / "publish" / "serve.sql").write_text("SELECT 1 / 0")
    monkeypatch.setattr("mer_tasks.publishing.served_predictions.SQL", tmp_path)
    with pytest.raises(IntegrityError, match="division by zero"):
        promote(run)
    assert (history(database_url), champions(database_url)) == ([], [])
    monkeypatch.setattr("mer_tasks.publishing.served_predictions.SQL", SQL)
    promote(run)
    assert champions(database_url) == ["r1"]


def test_a_decision_requires_a_database(tmp_path):
    with pytest.raises(ConfigError, match=r"no database to find the champion in: expected MER_DATABASE_URL"):
        promote(complete_run(tmp_path, None))


@pytest.mark.parametrize(
    ("decisions", "stack"),
    [
        ("", ""),
        ("A", "A"),
        ("ABC", "ABC"),
        ("ABC<B", "AB"),
        ("ABC<B<A", "A"),
        ("ABC<A", "A"),
        ("ABC<BD", "ABD"),
        ("ABC<B<C", "ABC"),
        ("AB<K", "ABK"),
        ("AB<K<B", "AB"),
    ],
)
def test_each_rollback_goes_back_one_model_further(decisions, stack):
    """Each letter is a promotion of a model; ``<`` makes the next letter a rollback to that model."""
    decision_rows = []
    outcome = "promoted"
    for letter in decisions:
        if letter == "<":
            outcome = "rolled_back"
        else:
            decision_rows.append((ord(letter), letter, outcome))
            outcome = "promoted"
    assert "".join(sha256 for _, sha256 in champion_stack(decision_rows)) == stack


@pytest.fixture
def champions_and_challenger(challenger, database_url):
    """Make three runs that became champion one after the other, the third is champion now, and a run that was not promoted."""
    first = challenger("r1")
    promote(first)
    second = challenger("r2", "promote", first)
    promote(second)
    third = challenger("r3", "promote", second)
    promote(third)
    kept = challenger("r4", "keep", third)
    promote(kept)
    return first, second, third, kept


def rollback_config(run) -> Config:
    """Make the configuration that the command rollback gets: only a store and a database."""
    return Config.load({"store_url": run.config.store_url, "database_url": run.config.database_url.get_secret_value()})


def test_a_rollback_adds_one_row_and_keeps_the_earlier_rows(champions_and_challenger, database_url):
    config = rollback_config(champions_and_challenger[0])
    before = rows(database_url, "SELECT * FROM mer.promotion ORDER BY promotion_no")
    result = rollback(config, None, "ann")
    assert (result.before, result.after, result.served) == ("r3", "r2", 24)
    assert history(database_url)[-1] == ("r2", "rolled_back", "ann", "r3")
    assert (champions(database_url), served(database_url)) == (["r2"], [("r2", 24)])
    after = rows(database_url, "SELECT * FROM mer.promotion ORDER BY promotion_no")
    assert after[:-1] == before
    assert rollback(config, None, "ann").after == "r1"
    with pytest.raises(ConfigError, match="rollback: no champion before the present one, expected --to"):
        rollback(config, None, "ann")
    assert champions(database_url) == ["r1"]


def test_a_rollback_can_promote_a_model_that_was_not_promoted(champions_and_challenger, database_url):
    config = rollback_config(champions_and_challenger[0])
    assert rollback(config, "r4", "ann").after == "r4"
    assert (champions(database_url), served(database_url)) == (["r4"], [("r4", 24)])
    assert rollback(config, None, "ann").after == "r3"


@pytest.mark.parametrize(
    ("to", "error", "message"),
    [
        ("r9", ConfigError, "rollback to 'r9': no published run of mode train"),
        ("r3", ConfigError, "rollback to 'r3': its model is the champion already"),
        ("r1", ObjectMissing, "champion r1: "),
        ("r2", IntegrityError, r"champion r2: .*sha256 \w+, expected \w+"),
    ],
)
def test_an_impossible_rollback_is_refused_and_changes_nothing(champions_and_challenger, database_url, to, error, message):
    first, second, *_ = champions_and_challenger
    first.store.delete(first.manifest("train")["model"]["key"])
    second.store.put(second.manifest("train")["model"]["key"], b"something else")
    before = history(database_url), champions(database_url), served(database_url)
    with pytest.raises(error, match=message):
        rollback(rollback_config(first), to, "ann")
    assert (history(database_url), champions(database_url), served(database_url)) == before


def test_a_rollback_to_another_store_is_refused(champions_and_challenger, database_url, tmp_path):
    config = Config.load({"store_url": (tmp_path / "elsewhere").as_uri(), "database_url": database_url})
    with pytest.raises(ConfigError, match=r"champion r2: its outputs are in .*, expected .*elsewhere"):
        rollback(config, None, "ann")


def test_a_former_champion_whose_run_was_trained_again_must_be_named(champions_and_challenger, database_url):
    second = champions_and_challenger[1]
    write_comparison(second, "promote", None, b"other weights")
    publish(replace(second, try_number=2))
    with pytest.raises(IntegrityError, match=r"rollback to 'r2': the run was trained again, .* --to names another run"):
        rollback(rollback_config(second), None, "ann")
    assert rollback(rollback_config(second), "r2", "ann").after == "r2"


def test_a_rollback_before_the_first_promotion_requires_a_named_run(challenger, database_url):
    run = challenger("r1", "keep")
    promote(run)
    with pytest.raises(ConfigError, match="rollback: there is no champion yet, expected --to"):
        rollback(rollback_config(run), None, "ann")
    result = rollback(rollback_config(run), "r1", "ann")
    assert (result.before, result.after) == (None, "r1")
    assert history(database_url) == [("r1", "kept", "rule", None), ("r1", "rolled_back", "ann", None)]
    assert champions(database_url) == ["r1"]


def test_times_of_decisions_never_decrease_if_a_clock_was_set_back(challenger, database_url):
    first = challenger("r1")
    promote(first)
    with transaction(database_url) as cursor:  # a decision with a time in the future
        cursor.execute(
            "INSERT INTO mer.promotion (run_no, model_sha256, outcome, decided_at, decided_by, rule, reason)"
            " SELECT run_no, model_sha256, 'rolled_back', now() + interval '1 day', 'x', 'x', 'x' FROM mer.run"
        )
    promote(challenger("r2", "promote", first))
    assert rows(database_url, "SELECT bool_and(since <= coalesce(until, since)) FROM mer.champions") == [(True,)]


def test_a_rollback_can_replace_a_champion_whose_file_is_missing(challenger, database_url):
    first = challenger("r1")
    promote(first)
    second = challenger("r2", "keep", first)
    promote(second)
    first.store.delete(first.manifest("train")["model"]["key"])
    assert rollback(second.config, "r2", "me").after == "r2"
    assert (champions(database_url), served(database_url)) == (["r2"], [("r2", 24)])
    # the decision line still shows the result of its own comparison
    assert "did not take the place of run r1" in decision_line(database_url, "r2")
