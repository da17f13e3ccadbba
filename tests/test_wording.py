import pytest

from mer_tasks.wording import decided, number


def row(outcome, champion=None, by="rule", reason="it beats the baseline"):
    return {"outcome": outcome, "run_id": "r2", "champion_run_id": champion, "decided_by": by, "reason": reason}


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (row("promoted"), "Run r2 became the first champion. Decided by the rule: it beats the baseline."),
        (row("promoted", "r1"), "Run r2 became champion, in place of run r1. Decided by the rule: it beats the baseline."),
        (row("kept"), "Run r2 did not become champion. Decided by the rule: it beats the baseline."),
        (row("kept", "r1"), "Run r2 did not take the place of run r1, which stayed champion. Decided by the rule: it beats"),
        (row("rolled_back"), "Run r2 was made champion by hand. Decided by"),
        (row("rolled_back", "r1", "ann", "{run_id} is bad."), "by hand, in place of run r1. Decided by ann: {run_id} is bad."),
        (row("kept", "r1", "timeout", "0 is inside"), "stayed champion. Nobody answered in time: 0 is inside."),
        (row("kept", "r1", "nobody", "0 is inside; nobody has answered"), "champion. Nobody decided: 0 is inside; nobody has"),
    ],
)
def test_a_decision_is_told_in_a_sentence_with_its_reason(found, words):
    said = decided(found).format_map(found)
    assert words in said
    assert said.endswith(".")
    assert not said.endswith("..")
    assert decided(found, own=True).format_map(found) == said.replace("Run r2", "This run")


@pytest.mark.parametrize(
    ("value", "text"), [(None, "–"), (float("nan"), "–"), (float("-inf"), "–"), (0.12345, "0.123"), (1.0, "1.000")]
)
def test_what_is_not_defined_is_a_dash(value, text):
    assert number(value) == text
