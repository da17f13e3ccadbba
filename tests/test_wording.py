import pytest

from mer_tasks.wording import decision_text, number


def promotion_row(outcome, champion=None, by="rule", reason="it beats the baseline"):
    return {"outcome": outcome, "run_id": "r2", "champion_run_id": champion, "decided_by": by, "reason": reason}


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (promotion_row("promoted"), "Run r2 became the first champion. Decided by the rule: it beats the baseline."),
        (
            promotion_row("promoted", "r1"),
            "Run r2 became champion, in place of run r1. Decided by the rule: it beats the baseline.",
        ),
        (promotion_row("kept"), "Run r2 did not become champion. Decided by the rule: it beats the baseline."),
        (
            promotion_row("kept", "r1"),
            "Run r2 did not take the place of run r1, which stayed champion. Decided by the rule: it beats",
        ),
        (promotion_row("rolled_back"), "Run r2 was made champion by hand. Decided by"),
        (
            promotion_row("rolled_back", "r1", "ann", "{run_id} is bad."),
            "by hand, in place of run r1. Decided by ann: {run_id} is bad.",
        ),
        (promotion_row("kept", "r1", "timeout", "0 is inside"), "stayed champion. Nobody answered in time: 0 is inside."),
        (
            promotion_row("kept", "r1", "nobody", "0 is inside; nobody has answered"),
            "champion. Nobody decided: 0 is inside; nobody has",
        ),
    ],
)
def test_a_decision_is_described_in_one_sentence_with_its_reason(row, words):
    text = decision_text(row).format_map(row)
    assert words in text
    assert text.endswith(".")
    assert not text.endswith("..")
    assert decision_text(row, own=True).format_map(row) == text.replace("Run r2", "This run")


@pytest.mark.parametrize(
    ("value", "text"), [(None, "–"), (float("nan"), "–"), (float("-inf"), "–"), (0.12345, "0.123"), (1.0, "1.000")]
)
def test_an_undefined_number_is_shown_as_a_dash(value, text):
    assert number(value) == text
