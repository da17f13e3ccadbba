import numpy as np
import pytest

from mer_tasks.evaluation.grade import below_all, grade
from mer_tasks.report.headline import answers, compared, decided, moved, sure
from mer_tasks.report.model_sections import outside
from mer_tasks.report.run_documents import Judgement


def line_of(value, low, high, half=0.78):
    return {"value": value, "low": low, "high": high, "baseline": 0.5, "split_half": half}


@pytest.mark.parametrize(
    ("line", "tone", "words"),
    [
        (line_of(0.52, 0.47, 0.57), "poor", "Not good: not shown to be better than guessing"),
        (line_of(0.60, 0.50, 0.70), "poor", "Not good: not shown to be better than guessing"),
        (line_of(0.60, 0.55, 0.65), "poor", "Weak: better than guessing, but closer to that than to half of the listeners"),
        (line_of(0.65, 0.60, 0.70), "fair", "Fair: better than guessing, but not as good as half of the listeners"),
        (line_of(0.75, 0.69, 0.81), "fair", "whether as good as half of the listeners, the test tracks are too few to tell"),
        (line_of(0.79, 0.73, 0.85), "good", "as good as half of the listeners, as far as the test tracks tell"),
        (line_of(0.88, 0.80, 0.95), "good", "Very good: closer to the listeners than half of them are to the other half"),
        (line_of(0.75, 0.69, 0.81, half=None), "fair", "how well listeners agree is not known"),
        (line_of(0.95, None, None), "unknown", "Not known to be better than guessing"),
    ],
)
def test_nothing_is_claimed_that_the_interval_does_not_exclude(line, tone, words):
    found = grade(line)
    assert found[0] == tone
    assert words in found[1]


@pytest.mark.parametrize(
    ("value", "low", "high", "words"),
    [
        (
            0.021,
            0.004,
            0.04,
            "2.1 more of 100 pairs in the right order than the champion (95 % interval +0.4 to +4.0): it is better",
        ),
        (-0.03, -0.05, -0.01, "3.0 fewer of 100 pairs"),
        (-0.03, -0.05, -0.01, "it is worse."),
        (0.012, -0.01, 0.03, "which of the two is better is not known."),
        (0.012, None, None, "1.2 more of 100 pairs in the right order than the champion."),
    ],
)
def test_better_or_worse_than_the_champion_is_said_where_the_interval_does(value, low, high, words):
    (found,) = compared({"difference": value, "low": low, "high": high})
    assert words in found


def test_without_a_champion_nothing_is_compared():
    assert compared(None) == compared({"difference": None, "low": None, "high": None}) == []


def challenged(verdict, champion=True):
    model = {"run_id": "r0", "key": "k", "sha256": "s"}
    first = "0.750 is above the baseline"
    return {"verdict": verdict, "reason": "0 is inside." if champion else first, "champion_model": model if champion else None}


def closed(outcome, by="rule", reason="0 is inside"):
    return {"outcome": outcome, "decided_by": by, "reason": reason}


@pytest.mark.parametrize(
    ("challenge", "answer", "decision", "words"),
    [
        (
            challenged("promote"),
            None,
            closed("promoted"),
            "This run became champion, in place of run r0. Decided by the rule: 0 is inside.",
        ),
        (challenged("keep"), None, closed("kept"), "This run did not take the place of run r0, which stayed"),
        (challenged("ask"), {}, closed("promoted", "ann"), "in place of run r0. Decided by ann: 0 is inside."),
        (
            challenged("ask"),
            {},
            closed("kept", "timeout"),
            "which stayed champion. Nobody answered in time: 0 is inside.",
        ),
        (
            challenged("ask"),
            None,
            closed("kept", "nobody", "x; nobody has answered"),
            "which stayed champion. Nobody decided: x; nobody has answered.",
        ),
        (challenged("ask"), None, None, "a person is asked whether this run becomes champion, and has not answered yet"),
        (
            challenged("ask"),
            {"answer": "promote", "decided_by": "ann"},
            None,
            "ann has answered promote, which has not been acted on yet (0 is inside).",
        ),
        (challenged("promote"), None, None, "this run is to become champion, which has not been done yet"),
        (
            challenged("promote", champion=False),
            None,
            closed("promoted", reason="0.750 is above the baseline"),
            "This run became the first champion. Decided by the rule: 0.750 is above the baseline.",
        ),
        (challenged("keep", champion=False), None, None, "this run is not to become champion (0.750 is above the baseline)."),
        (None, None, None, "Champion: not compared; this run has not been through challenge."),
    ],
)
def test_what_became_of_the_model_is_said(challenge, answer, decision, words):
    assert words in decided(challenge, answer, decision, "train")


def test_an_evaluation_changes_no_champion():
    assert (
        decided(None, None, None, "eval") == "Champion: not compared; this run loaded a stored model, and changes no champion."
    )


def test_only_music_that_has_moved_is_spoken_of():
    summary = "1 of 18 measures have drifted (rock: sadness 0.41)"
    assert moved({"drifted": True, "summary": summary})[0].endswith(f": {summary}.")
    assert moved({"drifted": False, "summary": "0 of 18 measures have drifted"}) == moved(None) == []


@pytest.mark.parametrize(
    ("split", "words"),
    [
        ({"group_by": "artist", "counters": {"without_artist": 0}}, "by artists that the model was not trained on"),
        ({"group_by": "artist", "counters": {"without_artist": 3}}, "test tracks that the model was not trained on"),
        ({"group_by": "track", "counters": {"without_artist": 0}}, "test tracks that the model was not trained on"),
        ({"group_by": "artist", "counters": {}}, "test tracks that the model was not trained on"),
        ({"group_by": "artist"}, "test tracks that the model was not trained on"),
        ({"counters": {"without_artist": 0}}, "test tracks that the model was not trained on"),
        ({}, "test tracks that the model was not trained on"),
    ],
)
def test_new_artists_are_spoken_of_only_where_all_are_known(split, words):
    found = sure({**line_of(0.75, 0.69, 0.81), "support": 35}, split)
    assert words in found
    assert found.endswith("; its 95 % interval is 69 to 81.")
    assert "too few groups" in sure({**line_of(0.75, None, None), "support": 1}, split)


@pytest.mark.parametrize(
    ("high", "panel", "words"),
    [
        (0.81, (0.92, 0.97), "below what all listeners together reach (92 to 97)"),
        (0.95, (0.92, 0.97), ""),
        (0.81, (None, None), ""),
        (None, (0.92, 0.97), ""),
    ],
)
def test_below_all_listeners_is_said_only_where_the_interval_is(high, panel, words):
    line = {**line_of(0.75, 0.69 if high else None, high), "panel_low": panel[0], "panel_high": panel[1], "support": 35}
    assert below_all(line) == words
    assert ("all listeners" in sure(line, {})) == bool(words)


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [
        (0.34, 0.50, "0.436 (95 % interval 0.340 to 0.500) and is not shown to be better than saying yes to everything"),
        (0.42, 0.50, "and is better than saying yes to everything, which gets 0.412;"),
        (0.34, 0.41, "and is worse than saying yes to everything"),
        (None, None, "of 0.436 and is not shown to be better than saying yes to everything"),
    ],
)
def test_decisions_are_called_better_than_yes_to_everything_only_where_the_interval_is(low, high, words):
    labels = np.eye(9, dtype=bool)[:3]
    judged = Judgement(tuple("abc"), labels, labels.astype(float), labels ^ np.eye(9, dtype=bool)[[1, 1, 1]])
    line = {"value": 0.436, "low": low, "high": high, "baseline": 0.412}
    assert words in answers(line, judged)[0]
    assert answers(line, judged)[0].endswith("none of the 3 test tracks has all nine right.")
    judged.decisions[0] = labels[0]
    assert answers(line, judged)[0].endswith("; 1 of the 3 test tracks has all nine right.")
    judged.decisions[:] = labels
    assert answers(line, judged)[0].endswith("; 3 of the 3 test tracks have all nine right.")
    assert answers(None, judged) == answers({**line, "value": None}, judged) == answers(line, None) == []


@pytest.mark.parametrize(
    ("line", "beside"),
    [((0.1, 0.12, 0.2), True), ((0.12, 0.12, 0.2), False), ((0.3, 0.12, 0.2), True), ((None, None, None), False)],
)
def test_a_value_beside_its_interval_is_noticed(line, beside):
    assert outside(line_of(*line)) is beside
