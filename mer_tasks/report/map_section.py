"""Section of a report with maps of the tracks in two and in three dimensions.

In: the features and votes of a run's tracks. Out: charts whose colours show the label that most listeners chose, or the genre.
"""

from typing import Any

import pandas as pd

from mer_tasks.corpus.segments import index_of
from mer_tasks.errors import IntegrityError, ObjectMissing
from mer_tasks.label_set import LabelSet
from mer_tasks.report import plotly_charts
from mer_tasks.report.blocks import Block, Chart, Paragraph
from mer_tasks.report.label_styles import label_looks, short_names, shown_together
from mer_tasks.report.run_documents import RunView
from mer_tasks.report.track_maps import project_tracks, sample_tracks, track_descriptions

NOT_ANNOTATED = "(not annotated)"
"""Shown as the label of a track without annotations."""
MAX_COLOURS = 6
"""Labels that have a colour of their own where one chart cannot show all labels; the other ones are grey."""


def leading_labels(labels: pd.DataFrame | None, tracks: list[str], label_set: LabelSet) -> list[str]:
    """Find the label that most listeners of each track chose, by its name for charts."""
    if labels is None:
        return [NOT_ANNOTATED] * len(tracks)
    shares = labels.set_index("track_id")[[f"share_{label_id}" for label_id in label_set.ids]]
    names = short_names(label_set)
    leading = dict(zip(shares.index, (names[index] for index in shares.to_numpy().argmax(axis=1)), strict=True))
    return [leading.get(track, NOT_ANNOTATED) for track in tracks]


def maps_of_tracks(view: RunView) -> list[Block]:
    """Make section "Maps of the tracks": the tracks in two and in three dimensions."""
    if view.corpus is None or len(view.corpus.tracks) < 2:
        return [Paragraph("No map: a map needs at least two tracks with features.")]
    run = view.run
    label_set = view.label_set
    noun = label_set.noun[0]
    tracks = view.corpus.tracks
    chosen = tracks.iloc[sample_tracks(len(tracks), run.config.seed)]
    try:
        descriptions = track_descriptions(index_of(run, chosen))
    except (ObjectMissing, IntegrityError) as error:
        return [Paragraph(f"No map: {error}.")]
    ids = chosen["track_id"].tolist()
    genres = chosen["genre"].tolist()
    leading = leading_labels(view.labels, ids, label_set)
    facts = zip(view.track_names(ids), genres, leading, strict=True)
    texts = [f"{name} · {genre} · {label}" for name, genre, label in facts]
    blocks: list[Block] = []
    if len(chosen) < len(tracks):
        blocks.append(Paragraph(f"The maps show {len(chosen)} of {len(tracks)} tracks, chosen at random."))
    if not shown_together(label_set):
        blocks.append(
            Paragraph(f"The {MAX_COLOURS} most common {label_set.noun[1]} have colours. Point at a dot to read its {noun}.")
        )
        leading = plotly_charts.group_rare_classes(leading, MAX_COLOURS)
    colours = {noun: leading, "genre": genres}
    for dimensions, words in ((2, "two dimensions"), (3, "three dimensions (drag to turn the map)")):
        positions = project_tracks(descriptions, dimensions, run.config.seed)
        alt = (
            f"{len(chosen)} tracks in {words} by {', '.join(positions)}. Colours show the {noun} that most listeners chose, or"
            " the genre."
        )
        figure = plotly_charts.scatter_map(positions, colours, texts, _looks(label_set))
        blocks.append(Chart(f"map{dimensions}", alt, figure))
    blocks.append(
        Paragraph(
            "Each track is described by the mean and the standard deviation of its 155 features. The three methods reduce these"
            " numbers to two or three. PCA preserves distances. t-SNE and UMAP preserve neighbours: how far apart their groups"
            " lie means nothing."
        )
    )
    return blocks


def _looks(label_set: LabelSet) -> dict[str, dict[str, Any]]:
    """Choose colours and symbols of the labels and of tracks without annotations; none if the labels are too many."""
    if not shown_together(label_set):
        return {}
    names = (*short_names(label_set), NOT_ANNOTATED)
    looks = zip(names, label_looks(label_set), strict=True)
    return {name: {"colour": look.colour, "symbol": look.symbol} for name, look in looks}
