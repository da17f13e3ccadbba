import numpy as np
import pytest

from mer_tasks.evaluation.grade import below_all, grade
from mer_tasks.report.headline import (
    accuracy_of_decisions,
    champion_comparison,
    decision_quality,
    decision_sentence,
    drift_sentences,
    evaluated_tracks,
)
from mer_tasks.report.run_documents import LabelledPredictions
from tests.support.label_sets import EMOTIFY, QUARTERS


def auc_line(value, low, high, half=0.78):
    return {"value": value, "low": low, "high": high, "baseline": 0.5, "split_half": half}


@pytest.mark.parametrize(
    ("line", "tone", "words"),
    [
        (auc_line(0.52, 0.47, 0.57), "poor", "Not good: not shown to be better than guessing"),
        (auc_line(0.60, 0.50, 0.70), "poor", "Not good: not shown to be better than guessing"),
        (auc_line(0.60, 0.55, 0.65), "poor", "Weak: better than guessing, but closer to that than to half of the listeners"),
        (auc_line(0.65, 0.60, 0.70), "fair", "Fair: better than guessing, but not as good as half of the listeners"),
        (
            auc_line(0.75, 0.69, 0.81),
            "fair",
            "whether as good as half of the listeners, the test tracks are too few to tell",
        ),
        (auc_line(0.79, 0.73, 0.85), "good", "as good as half of the listeners, as far as the test tracks tell"),
        (auc_line(0.88, 0.80, 0.95), "good", "Very good: closer to the listeners than half of them are to the other half"),
        (auc_line(0.75, 0.69, 0.81, half=None), "fair", "how well listeners agree is not known"),
        (auc_line(0.95, None, None), "unknown", "Not known to be better than guessing"),
    ],
)
def test_grade_claims_only_what_the_interval_supports(line, tone, words):
    result = grade(line)
    assert result[0] == tone
    assert words in result[1]


@pytest.mark.parametrize(
    ("value", "low", "high", "words"),
    [
        (
            0.021,
            0.004,
            0.04,
            "2.1 more of 100 pairs in the right order than the champion (95 % interval +0.4 to +4.0): the model is better",
        ),
        (-0.03, -0.05, -0.01, "3.0 fewer of 100 pairs"),
        (-0.03, -0.05, -0.01, "the model is worse."),
        (0.012, -0.01, 0.03, "it is not known which of the two is better."),
        (0.012, None, None, "1.2 more of 100 pairs in the right order than the champion."),
    ],
)
def test_comparison_calls_a_model_better_or_worse_only_if_the_interval_supports_it(value, low, high, words):
    (sentence,) = champion_comparison({"difference": value, "low": low, "high": high})
    assert words in sentence


def test_headline_has_no_comparison_without_a_champion():
    assert champion_comparison(None) == champion_comparison({"difference": None, "low": None, "high": None}) == []


def challenged(headline, champion=True):
    model = {"run_id": "r0", "key": "k", "sha256": "s"}
    first = "0.750 is above the baseline"
    return {"verdict": headline, "reason": "0 is inside." if champion else first, "champion_model": model if champion else None}


def promote_manifest(outcome, by="rule", reason="0 is inside"):
    return {"outcome": outcome, "decided_by": by, "reason": reason}


@pytest.mark.parametrize(
    ("challenge", "answer", "decision", "words"),
    [
        (
            challenged("promote"),
            None,
            promote_manifest("promoted"),
            "This run became champion, in place of run r0. Decided by the rule: 0 is inside.",
        ),
        (challenged("keep"), None, promote_manifest("kept"), "This run did not take the place of run r0, which stayed"),
        (challenged("ask"), {}, promote_manifest("promoted", "ann"), "in place of run r0. Decided by ann: 0 is inside."),
        (
            challenged("ask"),
            {},
            promote_manifest("kept", "timeout"),
            "which stayed champion. Nobody answered in time: 0 is inside.",
        ),
        (
            challenged("ask"),
            None,
            promote_manifest("kept", "nobody", "x; nobody has answered"),
            "which stayed champion. Nobody decided: x; nobody has answered.",
        ),
        (challenged("ask"), None, None, "a person must decide whether this run's model becomes champion, and has not answered"),
        (
            challenged("ask"),
            {"answer": "promote", "decided_by": "ann"},
            None,
            "ann answered promote, but this has not been carried out yet (0 is inside).",
        ),
        (challenged("promote"), None, None, "this run's model will become champion, but this has not happened yet"),
        (
            challenged("promote", champion=False),
            None,
            promote_manifest("promoted", reason="0.750 is above the baseline"),
            "This run became the first champion. Decided by the rule: 0.750 is above the baseline.",
        ),
        (challenged("keep", champion=False), None, None, "this run's model will not become champion (0.750 is above the"),
        (None, None, None, "Not compared with the champion: stage challenge of this run has not finished."),
    ],
)
def test_headline_says_what_was_decided_about_the_model(challenge, answer, decision, words):
    assert words in decision_sentence(challenge, answer, decision, "train")


def test_headline_of_an_eval_run_says_that_it_cannot_change_the_champion():
    sentence = decision_sentence(None, None, None, "eval")
    assert sentence == ("Not compared with the champion: this run evaluates a stored model and never changes the champion.")


def test_headline_mentions_drift_only_if_the_music_has_drifted():
    summary = "1 of 18 measures have drifted (rock: sadness 0.41)"
    assert drift_sentences({"drifted": True, "summary": summary})[0].endswith(f". {summary}.")
    assert drift_sentences({"drifted": False, "summary": "0 of 18 measures have drifted"}) == drift_sentences(None) == []


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
def test_headline_mentions_new_artists_only_if_every_track_names_its_artist(split, words):
    sentence = evaluated_tracks({**auc_line(0.75, 0.69, 0.81), "support": 35}, split)
    assert words in sentence
    assert sentence.endswith("; the 95 % interval is 69 to 81 times in 100.")
    assert "too few groups" in evaluated_tracks({**auc_line(0.75, None, None), "support": 1}, split)


@pytest.mark.parametrize(
    ("high", "panel", "words"),
    [
        (0.81, (0.92, 0.97), "below what all listeners together reach (92 to 97)"),
        (0.95, (0.92, 0.97), ""),
        (0.81, (None, None), ""),
        (None, (0.92, 0.97), ""),
    ],
)
def test_headline_says_below_all_listeners_only_if_the_whole_interval_is(high, panel, words):
    line = {**auc_line(0.75, 0.69 if high else None, high), "panel_low": panel[0], "panel_high": panel[1], "support": 35}
    assert below_all(line) == words
    assert ("all listeners" in evaluated_tracks(line, {})) == bool(words)


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [
        (
            0.34,
            0.50,
            "0.436 (95 % interval 0.340 to 0.500). This is not shown to be better than answering yes to every emotion",
        ),
        (0.42, 0.50, "This is better than answering yes to every emotion, which has a macro F1 of 0.412."),
        (0.34, 0.41, "This is worse than answering yes to every emotion"),
        (None, None, "of 0.436. This is not shown to be better than answering yes to every emotion"),
    ],
)
def test_headline_calls_decisions_better_than_yes_to_everything_only_if_the_interval_supports_it(low, high, words):
    labels = np.eye(9, dtype=bool)[:3]
    judged = LabelledPredictions(tuple("abc"), labels, labels.astype(float), labels ^ np.eye(9, dtype=bool)[[1, 1, 1]])
    line = {"value": 0.436, "low": low, "high": high, "baseline": 0.412}
    assert words in decision_quality(line, judged, EMOTIFY)[0]
    assert decision_quality(line, judged, EMOTIFY)[0].endswith("All 9 decisions are right for none of the 3 test tracks.")
    judged.decisions[0] = labels[0]
    assert decision_quality(line, judged, EMOTIFY)[0].endswith(" All 9 decisions are right for 1 of the 3 test tracks.")
    judged.decisions[:] = labels
    assert decision_quality(line, judged, EMOTIFY)[0].endswith(" All 9 decisions are right for 3 of the 3 test tracks.")
    assert (
        decision_quality(None, judged, EMOTIFY)
        == decision_quality({**line, "value": None}, judged, EMOTIFY)
        == decision_quality(line, None, EMOTIFY)
        == []
    )


@pytest.mark.parametrize(
    ("low", "words"),
    [
        (0.45, "This is better than always deciding for the most common mood, which has an accuracy of 0.400."),
        (0.30, "This is not shown to be better than always deciding for the most common mood"),
    ],
)
def test_headline_of_a_single_label_set_says_how_often_the_decision_is_right(low, words):
    labels = np.eye(4, dtype=bool)[[0, 1, 2, 3]]
    decisions = np.eye(4, dtype=bool)[[0, 1, 2, 0]]
    judged = LabelledPredictions(tuple("abcd"), labels, decisions.astype(float), decisions)
    line = {"value": 0.75, "low": low, "high": 0.9, "baseline": 0.4}
    (sentence,) = accuracy_of_decisions(line, judged, QUARTERS)
    assert sentence.startswith("The model decides for the right mood for 3 of the 4 test tracks: its accuracy is 0.750 (95 %")
    assert words in sentence
    assert accuracy_of_decisions(None, judged, QUARTERS) == accuracy_of_decisions(line, None, QUARTERS) == []
