import threading
from dataclasses import replace

import pytest

from mer_tasks.config import Config
from mer_tasks.database.connection import SQL, transaction
from mer_tasks.errors import ConfigError, IntegrityError, ObjectMissing
from mer_tasks.publishing.champion_comparison import FIGURES
from mer_tasks.publishing.rollback import reigns, rollback
from mer_tasks.publishing.served_predictions import LOCK
from mer_tasks.runs.artifacts import CHALLENGE
from mer_tasks.stages.promote import ROUNDS, outcome, promote
from mer_tasks.stages.publish import publish
from mer_tasks.terminal.run_tables import decision
from tests.support.published_runs import finished, rows

NUMBERS = {"challenger": 0.8, "champion": 0.7, "baseline": 0.5, "difference": 0.1, "low": 0.05, "high": 0.15}
NUMBERS |= {"metric": "roc_auc_macro", "tracks": 4, "groups": 4, "left_out": 1}


def history(url):
    return rows(url, "SELECT run_id, outcome, decided_by, champion_run_id FROM mer.promotions ORDER BY promotion_no")


def champions(url):
    return [run for (run,) in rows(url, "SELECT model_run_id FROM mer.champions WHERE is_current")]


def served(url):
    return rows(url, "SELECT run_id, count(*) FROM mer.serving JOIN mer.run USING (run_no) GROUP BY run_id ORDER BY run_id")


@pytest.fixture
def contest(tmp_path, database_url):
    """Makes published training runs with model files of their own, as `challenge` leaves them."""

    def make(run_id, verdict="promote", champion=None, **params):
        run = finished(tmp_path, database_url, run_id, **params)
        compared(run, verdict, champion)
        publish(run)
        return run

    return make


def compared(run, verdict, champion, data=None):
    """A model file for `run`, and the document of a comparison with `champion`."""
    import hashlib

    data = data or run.run_id.encode()
    manifest = run.manifest("train")
    model = {**manifest["model"], "sha256": hashlib.sha256(data).hexdigest()}
    run.store.put(model["key"], data)
    run.write_manifest("train", {**manifest, "model": model})
    words = {"verdict": verdict, "reason": f"for a test: {verdict}"}
    against = champion and champion.manifest("train")["model"]
    run.write_json("challenge", CHALLENGE, {"model": model, "champion_model": against, **NUMBERS, **words})


def test_a_demo_says_what_was_decided(contest, database_url, reader_url):
    first = contest("r1")
    assert decision(reader_url, "r1") == "Nothing is decided on the model of run r1."
    promote(first)
    promote(contest("r2", "keep", first))
    assert decision(reader_url, "r1") == "Run r1 became the first champion. Decided by the rule: for a test: promote."
    kept = "Run r2 did not take the place of run r1, which stayed champion. Decided by the rule: for a test: keep."
    assert decision(reader_url, "r2") == kept


def test_a_promotion_is_a_row_a_pointer_and_what_is_served(contest, database_url):
    first = contest("r1")
    manifest = promote(first)
    assert (manifest["outcome"], manifest["decided_by"], manifest["counters"]["served"]) == ("promoted", "rule", 24)
    assert history(database_url) == [("r1", "promoted", "rule", None)]
    assert (champions(database_url), served(database_url)) == (["r1"], [("r1", 24)])
    promote(contest("r2", "keep", first))
    assert history(database_url)[1:] == [("r2", "kept", "rule", "r1")]
    assert (champions(database_url), served(database_url)) == (["r1"], [("r1", 24)])
    promote(contest("r3", "promote", first, promotion="significant"))
    assert (champions(database_url), served(database_url)) == (["r3"], [("r3", 24)])
    names = ", ".join(FIGURES)
    (line,) = rows(database_url, f"SELECT rule, reason, {names} FROM mer.promotions WHERE run_id = 'r3'")  # noqa: S608
    assert line == ("significant", "for a test: promote", *(NUMBERS[name] for name in FIGURES))
    reigns = rows(
        database_url, "SELECT model_run_id, since < until, until IS NULL, is_current FROM mer.champions ORDER BY since"
    )
    assert reigns == [("r1", True, False, False), ("r3", None, True, True)]


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (None, ("kept", "nobody")),
        ({"answer": "keep", "decided_by": "timeout"}, ("kept", "timeout")),
        ({"answer": "keep", "decided_by": "ann"}, ("kept", "ann")),
        ({"answer": "promote", "decided_by": "ann"}, ("promoted", "ann")),
    ],
)
def test_where_a_person_is_asked_the_answer_decides(contest, database_url, answer, expected):
    first = contest("r1")
    promote(first)
    run = contest("r2", "ask", first, approval="human")
    if answer:
        run.write_manifest("approval", answer)
    promote(run)
    assert history(database_url)[1] == ("r2", *expected, "r1")
    assert champions(database_url) == ["r2" if expected[0] == "promoted" else "r1"]


def test_an_answer_counts_only_where_it_was_asked_for():
    answer = {"answer": "promote", "decided_by": "ann"}
    assert outcome({"verdict": "keep", "reason": "x"}, answer) == ("kept", "rule", "x")


def test_a_decision_is_taken_once(contest, database_url):
    first = contest("r1")
    promote(first)
    again = promote(replace(first, try_number=2))
    assert (again["outcome"], again["decided_by"]) == ("promoted", "rule")
    second = contest("r2", "ask", first)
    promote(second)
    second.write_manifest("approval", {"answer": "promote", "decided_by": "ann"})
    assert promote(second)["outcome"] == "kept"
    assert len(history(database_url)) == 2
    assert champions(database_url) == ["r1"]


def test_a_model_that_a_run_fits_anew_is_decided_on_anew(contest, database_url):
    run = contest("r1")
    promote(run)
    before = run.manifest("train")["model"]
    compared(run, "promote", None, b"other weights")
    run.write_json("challenge", CHALLENGE, {**run.read_json("challenge", CHALLENGE), "champion_model": before})
    publish(replace(run, try_number=2))
    promote(run)
    assert history(database_url) == [("r1", "promoted", "rule", None), ("r1", "promoted", "rule", "r1")]
    found = rows(database_url, "SELECT model_sha256 FROM mer.champion")
    assert found == [(run.manifest("train")["model"]["sha256"],)]


def test_a_model_that_was_not_published_is_not_promoted(contest, database_url):
    run = contest("r1")
    compared(run, "promote", None, b"other weights")
    with pytest.raises(IntegrityError, match=r"run r1: the published model has sha256 \w+, expected \w+, which was compared"):
        promote(run)
    assert history(database_url) == []


def test_a_comparison_with_a_former_champion_is_made_again(contest, database_url, monkeypatch):
    first = contest("r1")
    promote(first)
    late = contest("r3", "ask", first)
    late.write_manifest("approval", {"answer": "promote", "decided_by": "ann"})
    second = contest("r2", "promote", first)
    promote(second)
    asked = []

    def again(run, stage):
        asked.append((run.run_id, stage))
        compared(run, "ask", second)

    monkeypatch.setattr("mer_tasks.stages.promote.run_stage", again)
    assert promote(late)["outcome"] == "kept"
    assert asked == [("r3", "challenge")]
    assert history(database_url)[-1] == ("r3", "kept", "nobody", "r2")


def test_a_champion_that_never_stays_is_weather(contest, database_url, monkeypatch):
    from mer_tasks.errors import TransientError

    first = contest("r1")
    promote(first)
    late = contest("r2", "promote", None)
    rounds = []
    monkeypatch.setattr("mer_tasks.stages.promote.run_stage", lambda *call: rounds.append(call))
    with pytest.raises(TransientError, match="run r2: the champion has changed 5 times"):
        promote(late)
    assert len(rounds) == ROUNDS
    assert champions(database_url) == ["r1"]


def test_of_two_that_are_promoted_at_once_one_is_compared_again(contest, database_url, monkeypatch):
    runs = [contest("r1"), contest("r2")]
    monkeypatch.setattr(
        "mer_tasks.stages.promote.run_stage",
        lambda run, stage: compared(run, "promote", next(one for one in runs if one is not run)),
    )
    failed = []

    def work(run):
        try:
            promote(run)
        except Exception as error:
            failed.append(error)

    threads = [threading.Thread(target=work, args=(run,)) for run in runs]
    with transaction(database_url) as cursor:  # both have read what they compared, and wait
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        for thread in threads:
            thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    (one, *before), (other, *after) = history(database_url)
    assert {one, other} == {"r1", "r2"}
    assert (before, after) == (["promoted", "rule", None], ["promoted", "rule", one])
    assert (champions(database_url), served(database_url)) == ([other], [(other, 24)])


def test_what_fails_half_way_decides_nothing(contest, database_url, monkeypatch, tmp_path):
    run = contest("r1")
    (tmp_path / "publish").mkdir()
    (tmp_path / "publish" / "serve.sql").write_text("SELECT 1 / 0")
    monkeypatch.setattr("mer_tasks.publishing.served_predictions.SQL", tmp_path)
    with pytest.raises(IntegrityError, match="division by zero"):
        promote(run)
    assert (history(database_url), champions(database_url)) == ([], [])
    monkeypatch.setattr("mer_tasks.publishing.served_predictions.SQL", SQL)
    promote(run)
    assert champions(database_url) == ["r1"]


def test_without_a_database_nothing_is_decided(tmp_path):
    with pytest.raises(ConfigError, match=r"no database to find the champion in: expected MER_DATABASE_URL"):
        promote(finished(tmp_path, None))


@pytest.mark.parametrize(
    ("decisions", "left"),
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
def test_each_rollback_goes_one_further_back(decisions, left):
    made, outcome = [], "promoted"
    for letter in decisions:
        if letter == "<":
            outcome = "rolled_back"
        else:
            made.append((ord(letter), letter, outcome))
            outcome = "promoted"
    assert "".join(sha256 for _, sha256 in reigns(made)) == left


@pytest.fixture
def three(contest, database_url):
    """Three champions, the last of which is one, and a run that was kept out; and a configuration for commands."""
    first = contest("r1")
    promote(first)
    second = contest("r2", "promote", first)
    promote(second)
    third = contest("r3", "promote", second)
    promote(third)
    kept = contest("r4", "keep", third)
    promote(kept)
    return first, second, third, kept


def told(run) -> Config:
    return Config.load({"store_url": run.config.store_url, "database_url": run.config.database_url.get_secret_value()})


def test_a_rollback_is_one_row_and_history_stays(three, database_url):
    config, before = told(three[0]), rows(database_url, "SELECT * FROM mer.promotion ORDER BY promotion_no")
    done = rollback(config, None, "ann")
    assert (done.before, done.after, done.served) == ("r3", "r2", 24)
    assert history(database_url)[-1] == ("r2", "rolled_back", "ann", "r3")
    assert (champions(database_url), served(database_url)) == (["r2"], [("r2", 24)])
    after = rows(database_url, "SELECT * FROM mer.promotion ORDER BY promotion_no")
    assert after[:-1] == before
    assert rollback(config, None, "ann").after == "r1"
    with pytest.raises(ConfigError, match="rollback: no champion before the present one, expected --to"):
        rollback(config, None, "ann")
    assert champions(database_url) == ["r1"]


def test_a_run_that_was_kept_out_is_promoted_by_hand(three, database_url):
    config = told(three[0])
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
def test_a_rollback_that_cannot_be_is_refused_and_changes_nothing(three, database_url, to, error, message):
    first, second, *_ = three
    first.store.delete(first.manifest("train")["model"]["key"])
    second.store.put(second.manifest("train")["model"]["key"], b"something else")
    before = history(database_url), champions(database_url), served(database_url)
    with pytest.raises(error, match=message):
        rollback(told(first), to, "ann")
    assert (history(database_url), champions(database_url), served(database_url)) == before


def test_a_rollback_to_another_store_is_refused(three, database_url, tmp_path):
    config = Config.load({"store_url": (tmp_path / "elsewhere").as_uri(), "database_url": database_url})
    with pytest.raises(ConfigError, match=r"champion r2: its outputs are in .*, expected .*elsewhere"):
        rollback(config, None, "ann")


def test_a_former_champion_that_was_fitted_anew_is_not_the_one_that_it_was(three, database_url):
    second = three[1]
    compared(second, "promote", None, b"other weights")
    publish(replace(second, try_number=2))
    with pytest.raises(IntegrityError, match=r"rollback to 'r2': the run was fitted again, .* --to takes another run"):
        rollback(told(second), None, "ann")
    assert rollback(told(second), "r2", "ann").after == "r2"


def test_without_a_champion_there_is_nothing_to_go_back_to_but_a_model_that_is_named(contest, database_url):
    run = contest("r1", "keep")
    promote(run)
    with pytest.raises(ConfigError, match="rollback: there is no champion yet, expected --to"):
        rollback(told(run), None, "ann")
    done = rollback(told(run), "r1", "ann")
    assert (done.before, done.after) == (None, "r1")
    assert history(database_url) == [("r1", "kept", "rule", None), ("r1", "rolled_back", "ann", None)]
    assert champions(database_url) == ["r1"]


def test_history_goes_forward_where_a_clock_was_put_back(contest, database_url):
    first = contest("r1")
    promote(first)
    with transaction(database_url) as cursor:  # a decision of the future
        cursor.execute(
            "INSERT INTO mer.promotion (run_no, model_sha256, outcome, decided_at, decided_by, rule, reason)"
            " SELECT run_no, model_sha256, 'rolled_back', now() + interval '1 day', 'x', 'x', 'x' FROM mer.run"
        )
    promote(contest("r2", "promote", first))
    assert rows(database_url, "SELECT bool_and(since <= coalesce(until, since)) FROM mer.champions") == [(True,)]


def test_a_model_that_was_kept_can_take_the_place_of_a_champion_whose_file_is_lost(contest, database_url):
    first = contest("r1")
    promote(first)
    second = contest("r2", "keep", first)
    promote(second)
    first.store.delete(first.manifest("train")["model"]["key"])
    assert rollback(second.config, "r2", "me").after == "r2"
    assert (champions(database_url), served(database_url)) == (["r2"], [("r2", 24)])
    # what its own comparison came to stays said of it
    assert "did not take the place of run r1" in decision(database_url, "r2")
