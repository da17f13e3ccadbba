import pytest

from mer_tasks.verdict import compared, judged, sure


def line_of(value, low, high, half=0.78):
    return {"value": value, "low": low, "high": high, "baseline": 0.5, "split_half": half}


@pytest.mark.parametrize(
    ("line", "tone", "words"),
    [
        (line_of(0.52, 0.47, 0.57), "poor", "Not shown to be better than guessing"),
        (line_of(0.60, 0.50, 0.70), "poor", "Not shown to be better than guessing"),
        (line_of(0.65, 0.60, 0.70), "fair", "Better than guessing, but not as good as listeners"),
        (line_of(0.75, 0.69, 0.81), "fair", "the test tracks are too few to tell"),
        (line_of(0.79, 0.73, 0.85), "good", "as good as half of the listeners, as far as the test tracks tell"),
        (line_of(0.88, 0.80, 0.95), "good", "Very good: closer to the listeners than half of them are to the other half"),
        (line_of(0.75, 0.69, 0.81, half=None), "fair", "how well listeners agree is not known"),
        (line_of(0.95, None, None), "unknown", "Not known to be better than guessing"),
    ],
)
def test_nothing_is_claimed_that_the_interval_does_not_exclude(line, tone, words):
    found = judged(line)
    assert found[0] == tone
    assert words in found[1]


@pytest.mark.parametrize(
    ("challenge", "words"),
    [
        (None, ["Against the champion: no comparison in this run."]),
        (
            {"verdict": "promote", "reason": "first model"},
            ["Against the champion: This model becomes the champion: first model."],
        ),
        ({"verdict": "keep"}, ["Against the champion: The champion stays."]),
        (
            {"verdict": "ask", "reason": "0 is inside.", "value": 0.01, "low": None, "high": None},
            [
                "Against the champion: A person is asked whether this model becomes the champion: 0 is inside.",
                "Macro ROC-AUC less that of the champion, on the same test tracks: +0.010.",
            ],
        ),
        ({}, ["Against the champion: No answer is known."]),
    ],
)
def test_the_champion_is_named_if_there_was_a_comparison(challenge, words):
    assert compared(challenge) == words


@pytest.mark.parametrize(
    ("split", "words"),
    [
        ({"group_by": "artist", "counters": {"without_artist": 0}}, "by artists that the model was not trained on"),
        ({"group_by": "artist", "counters": {"without_artist": 3}}, "test tracks that the model was not trained on"),
        ({"group_by": "track", "counters": {"without_artist": 0}}, "test tracks that the model was not trained on"),
        ({}, "test tracks that the model was not trained on"),
    ],
)
def test_new_artists_are_spoken_of_only_where_all_are_known(split, words):
    found = sure({**line_of(0.75, 0.69, 0.81), "support": 35}, split)
    assert words in found
    assert found.endswith("; its 95 % interval is 69 to 81.")
    assert "too few groups" in sure({**line_of(0.75, None, None), "support": 1}, split)
