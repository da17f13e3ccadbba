import re

import pytest
from rich.console import Console

from mer_tasks.terminal.run_tables import SHOWN_LABELS, Metric, examples, metric_tables


def metrics_of(labels: int, **overall: float) -> dict:
    """Metrics of a run: of labels l1, l2, ... with as many test tracks as their number, and over all labels."""
    of_labels = {
        (name, f"l{number}"): Metric(0.7, 0.5, number) for number in range(1, labels + 1) for name in ("roc_auc", "f1")
    }
    return {**{(name, None): Metric(value, 0.25, 300) for name, value in overall.items()}, **of_labels}


def printed(of_run: dict, width: int = 120) -> str:
    console = Console(width=width)
    with console.capture() as captured:
        for table in metric_tables(of_run):
            console.print(table)
    return captured.get()


def shown_labels(text: str) -> list[str]:
    return re.findall(r"^ *(l[0-9]+) ", text, re.MULTILINE)


def test_few_labels_are_all_shown_in_the_order_of_the_metrics():
    text = printed(metrics_of(SHOWN_LABELS))
    assert shown_labels(text) == [f"l{number}" for number in range(1, SHOWN_LABELS + 1)]
    assert "more" not in text


@pytest.mark.parametrize("labels", [56, 200])
def test_of_many_labels_those_with_most_tracks_are_shown_and_a_line_says_where_the_others_are(labels):
    text = printed(metrics_of(labels))
    assert shown_labels(text) == [f"l{number}" for number in range(labels, labels - SHOWN_LABELS, -1)]
    assert f"and {labels - SHOWN_LABELS} more: mer query model_and_baseline" in " ".join(text.split())
    assert len(text.splitlines()) < 40


def test_what_equals_the_accuracy_is_not_shown_beside_it():
    with_accuracy = printed(metrics_of(4, accuracy=0.75, f1_micro=0.75, f1_samples=0.75, f1_macro=0.5))
    assert [name in with_accuracy for name in ("accuracy", "f1_macro", "f1_micro", "f1_samples")] == [True, True, False, False]
    without = printed(metrics_of(4, f1_micro=0.75, f1_macro=0.5))
    assert [name in without for name in ("accuracy", "f1_macro", "f1_micro")] == [False, True, True]


def test_labels_have_their_names():
    assert "Für die Arbeit " in printed({**metrics_of(2), ("roc_auc", "l1"): Metric(0.7, 0.5, 1, name="Für die Arbeit")})


def test_the_example_queries_ask_for_the_label_of_most_tracks():
    assert examples(metrics_of(4))["tracks_for_emotion"] == {"emotion": "l4", "certainty": None, "rows": 5}
    assert "emotions_together" in examples(metrics_of(4))
    assert "emotions_together" not in examples(metrics_of(4, accuracy=0.5))


def test_a_value_outside_its_interval_has_a_star_and_a_note_that_calls_no_metric_an_error():
    of_run = metrics_of(2, pr_auc_macro=0.449, f1_macro=0.3)
    of_run["pr_auc_macro", None] = Metric(0.449, 0.25, 8, low=0.469, high=0.627)
    text = " ".join(printed(of_run).split())
    assert "0.469 to 0.627*" in text
    assert "* The value of pr_auc_macro lies outside its interval." in text
    assert "*" not in printed(metrics_of(2, f1_macro=0.3))
