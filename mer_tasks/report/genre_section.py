"""Section of a report on genres that a model never heard, from the newest cross-validation that left out each genre in turn.

In: the scores that stage `crossval` wrote for all reports of a label set, and the settings of the run. Out: a table with a row
per genre. If there are no such scores, a paragraph says how to get them.
"""

from typing import Any

from mer_tasks.report.blocks import Block, Paragraph, Table, shortened
from mer_tasks.report.run_documents import RunView
from mer_tasks.runs.crossval_runs import training_settings
from mer_tasks.wording import number_with_interval

NOT_MEASURED = Paragraph(
    "Not measured for this label set: run `mer crossval --leave-one-genre-out`, or DAG `mer_crossval` with this param, and then"
    " stage `report` again. It trains without each genre in turn."
)
COLUMNS = ("genre", "tracks", "{many} judged", "never heard", "heard", "difference")
SEARCHED = 20
"""A table of more genres has a search field."""


def _values(line: dict[str, Any]) -> list[str]:
    """Format macro ROC-AUC of both sides and their difference, each with its interval."""
    sides = [
        number_with_interval(line[side], line[low], line[high])
        for side, low, high in (("value", "low", "high"), ("heard", "heard_low", "heard_high"))
    ]
    difference = number_with_interval(line["difference"], line["difference_low"], line["difference_high"], sign="+")
    return [text or "not defined" for text in (*sides, difference)]


def unheard_genres(view: RunView) -> list[Block]:
    """Make section "Genres that it never heard": macro ROC-AUC on each genre, against a model that was trained on the genre."""
    scores = view.genre_scores
    if scores is None:
        return [Paragraph(f"Not shown: {view.store_unavailable}.") if view.store_unavailable else NOT_MEASURED]
    wanted = training_settings(view.run)
    # a run of mode eval has a model that another run trained, with other settings than its own
    equal = [name for name, settings in scores["settings"].items() if settings == wanted and view.mode == "train"]
    name = equal[0] if equal else scores["candidates"][0]
    lines = [line for line in scores["genres"] if line["candidate"] == name]
    rows = [
        (
            shortened(line["genre"]) if line["genre"] is not None else "mean over genres",
            line["tracks"],
            line["labels"],
            *_values(line),
        )
        for line in lines
    ]
    noun, nouns = view.label_set.noun
    caption = (
        f"Macro ROC-AUC of candidate {name} within each genre (95 % interval), by cross-validation {scores['run_id']} of"
        f" {scores['made_at'][:10]}: {scores['tracks']} tracks, {scores['folds']} folds, repeats: {scores['repeats']}"
    )
    blocks: list[Block] = [
        Table(caption, [column.format(many=nouns) for column in COLUMNS], rows, "Search genres" if len(rows) > SEARCHED else "")
    ]
    if not equal:
        text = (
            "No candidate is known to be trained as the model of this run, so that model may be better or worse on such music."
        )
        blocks.append(Paragraph(text))
    if any(line["value"] is None for line in lines):
        text = f"Not defined: the tracks of the genre have no {noun} that some of them have and others lack in one test part."
        blocks.append(Paragraph(text))
    return blocks
