"""Sections of a report on the data behind a model: data, leak certificate, balance, time.

In: the documents of a run. Out: the blocks of each section. Where something cannot be shown, a paragraph says why.
"""

import itertools
from collections import Counter
from typing import Any

import numpy as np
import pandas as pd

from mer_tasks.corpus.leak_certificate import UNLABELLED
from mer_tasks.corpus.stratification import PARTS
from mer_tasks.corpus.usable_tracks import Corpus
from mer_tasks.label_set import LabelSet
from mer_tasks.report import plotly_charts
from mer_tasks.report.blocks import Block, Chart, Paragraph, Table, shortened
from mer_tasks.report.label_styles import short_names, shown_together
from mer_tasks.report.label_texts import MAX_LISTED, name_of, named
from mer_tasks.report.run_documents import RunView
from mer_tasks.runs.artifacts import CERTIFICATE, DRIFT, GROUP_LINKS, REJECTED_FILES
from mer_tasks.wording import listed

ORDER = (*PARTS, UNLABELLED)
MAX_BINS = 20
"""Bars in the chart of numbers of listeners, at most."""
MAX_ROWS = 40
"""Rows that a table of rejected files, same recordings or drift shows at most."""
OVERLAP_NAMES = {
    "tracks": "tracks",
    "groups": "groups of tracks that belong together",
    "contents": "files with equal bytes",
    "samples": "recordings with equal samples",
    "segments": "stored segments",
    "twins": "pairs of near-identical recordings",
    "artists": "artists",
}
"""What the leak certificate counts in more than one part, in words."""


def _tracks(view: RunView, corpus: Corpus) -> list[Block]:
    """Show how many tracks each genre has in each part."""
    parts = dict(zip(view.split["track_id"], view.split["part"], strict=True)) if view.split is not None else {}
    table = corpus.tracks[["track_id", "genre"]].assign(
        part=[parts.get(track, "no part yet") for track in corpus.tracks["track_id"]]
    )
    table["genre"] = plotly_charts.group_rare_classes(table["genre"].tolist())
    counts = pd.crosstab(table["genre"], table["part"])
    order = [part for part in (*ORDER, "no part yet") if part in counts]
    series = {part: counts[part].tolist() for part in order}
    sizes = ", ".join(f"{sum(values)} {part}" for part, values in series.items())
    genres = corpus.tracks["genre"].nunique()
    more = ""
    if genres > plotly_charts.MAX_CLASSES:
        more = f"; only the {plotly_charts.MAX_CLASSES} with the most tracks have their own bar"
    alt = f"Usable tracks: {sizes}; {len(table)} in all. Genres: {genres}{more}."
    return [
        Paragraph(alt),
        Chart("genres", f"Tracks by genre and part. {alt}", plotly_charts.bars(series, list(counts.index), y="tracks")),
    ]


def _votes(labels: pd.DataFrame, label_set: LabelSet) -> list[Block]:
    """Show how many listeners the tracks have, and which labels the listeners chose."""
    sizes = labels["annotators"].to_numpy()
    width = -(-(int(np.ptp(sizes)) + 1) // MAX_BINS)
    counts, edges = np.histogram(sizes, np.arange(sizes.min(), sizes.max() + width + 1, width))
    names = [f"{low}–{min(high - 1, sizes.max())}" if width > 1 else str(low) for low, high in itertools.pairwise(edges)]
    rows = []
    for label_id, name in zip(label_set.ids, label_set.names, strict=True):
        votes = int(labels[f"votes_{label_id}"].sum())
        positives = int(labels[f"label_{label_id}"].sum())
        rows.append((name, votes, positives, positives / len(labels)))
    caption, search = "Votes and labels", ""
    if not shown_together(label_set):
        rows.sort(key=lambda row: (-row[2], -row[1]))
        caption, search = f"Votes and labels, most common {label_set.noun[0]} first", f"Search {label_set.noun[1]}"
    fewest, most = sizes.min(), sizes.max()
    each = f"{fewest} to {most} listeners" if fewest < most else "1 listener" if most == 1 else f"{most} listeners"
    summary = f"{len(labels)} annotated tracks have {each} each, {sizes.sum()} in all"
    return [
        Paragraph(f"{summary}."),
        Chart(
            "listeners",
            f"Tracks by their number of listeners. {summary}.",
            plotly_charts.bars({"tracks": counts.tolist()}, names, x="listeners", y="tracks"),
        ),
        Table(caption, (label_set.noun[0], "votes", "tracks that have it", "share of tracks"), rows, search),
    ]


def _rejected(rejected: list[dict[str, object]]) -> list[Block]:
    """List the rejected files with their reasons."""
    if not rejected:
        return [Paragraph("No file was rejected.")]
    reasons = ", ".join(
        f"{reason} {count}" for reason, count in sorted(Counter(str(line["reason"]) for line in rejected).items())
    )
    rows = [tuple(shortened(line[name]) for name in ("key", "stage", "reason", "detail")) for line in rejected[:MAX_ROWS]]
    more = f"; the first {MAX_ROWS} of them" if len(rejected) > MAX_ROWS else ""
    return [Table(f"Rejected files: {len(rejected)} ({reasons}){more}", ("file", "stage", "reason", "detail"), rows)]


def _same_recordings(view: RunView) -> list[Block]:
    """List the pairs of tracks that are the same recording."""
    links = view.table("split", GROUP_LINKS)
    if links is None:
        return [Paragraph("Same recordings were not searched for: stage `split` of this run has not finished.")]
    pairs = links[links["other_track_id"].notna()]
    if pairs.empty:
        return [Paragraph("No two tracks are the same recording.")]
    shown = pairs.head(MAX_ROWS)
    tracks, others = (list(map(shortened, _named(view, shown[column].tolist()))) for column in ("track_id", "other_track_id"))
    reasons = shown["reason"].str.replace("_", " ")
    shares = [None if pd.isna(share) else float(share) for share in shown["share"]]
    rows = list(zip(tracks, others, reasons, shares, strict=True))
    more = f"; the first {MAX_ROWS} of them" if len(pairs) > MAX_ROWS else ""
    caption = (
        f"Pairs of tracks that are the same recording: {len(pairs)}{more}. Both tracks of a pair are in the same part, each"
        " with its own labels"
    )
    return [Table(caption, ("track", "other track", "reason", "share of peaks in common"), rows)]


def _named(view: RunView, track_ids: list[str]) -> list[str]:
    """Write each track id, and after it the name of the track if that is another text."""
    names = zip(track_ids, view.track_names(track_ids), strict=True)
    return [
        name if name == track_id or name.startswith(f"{track_id} · ") else f"{track_id}: {name}" for track_id, name in names
    ]


def _drift(view: RunView) -> list[Block]:
    """Show how far the music has drifted from the music that the champion was trained on."""
    manifest = view.manifests.get("drift")
    document = view.json("drift", DRIFT)
    if manifest is None or document is None:
        return []
    lines = sorted(document["metrics"], key=lambda line: (-line["drifted"], -line["psi"]))
    rows = [
        (
            shortened(line["genre"] or "all genres"),
            _label_or_id(view.label_set, line["emotion"]) if line["emotion"] else f"sound: {line['statistic']}",
            *(line[name] for name in ("psi", "threshold", "chance", "tracks")),
            "yes" if line["drifted"] else "no",
        )
        for line in lines[:MAX_ROWS]
    ]
    summary = Paragraph(f"Drift: {manifest['summary']}.")
    columns = ("genre", "measure", "population stability index", "allowed up to", "by chance up to", "tracks", "has drifted")
    more = f"; the first {MAX_ROWS} of {len(lines)}" if len(lines) > MAX_ROWS else ""
    caption = f"How far the music has drifted from the music that the champion was trained on, largest drift first{more}"
    return [summary, Table(caption, columns, rows)] if rows else [summary]


def _label_or_id(label_set: LabelSet, label_id: str) -> str:
    """Return the name of a label, which the label set of this run may not have: a champion keeps its own."""
    return label_set.by_id[label_id].name if label_id in label_set.by_id else label_id


def data(view: RunView) -> list[Block]:
    """Make section "Data": tracks, votes, rejected files, same recordings and drift."""
    blocks: list[Block] = []
    if view.corpus is not None:
        blocks += _tracks(view, view.corpus)
    else:
        blocks.append(Paragraph("The tracks are not complete: stages `reformat` and `features` have not finished every shard."))
    if view.labels is not None and len(view.labels):
        blocks += _votes(view.labels, view.label_set)
    else:
        blocks.append(Paragraph("No votes: stage `labels` of this run has not finished, or no track has annotations."))
    by_discover = (view.json("discover", REJECTED_FILES) or {"rejected": []})["rejected"]
    if view.encoder:
        blocks.append(Paragraph(f"Embeddings are by the pretrained encoder {view.encoder}."))
    blocks += _rejected(view.corpus.rejected if view.corpus else by_discover)
    return [*blocks, *_same_recordings(view), *_drift(view)]


def certificate(view: RunView) -> list[Block]:
    """Make section "Leak certificate": what is in more than one part, and what the parts contain."""
    document = view.json("split", CERTIFICATE)
    if document is None:
        return [Paragraph("No certificate: stage `split` of this run has not finished.")]
    overlap = [(OVERLAP_NAMES.get(kind, kind), number) for kind, number in document["overlap"].items()]
    rows = [(name, digest) for name, digest in sorted(document["proven_from"].items())]
    blocks: list[Block] = [
        Table("How much is in more than one part", ("what", "in more than one part"), overlap),
        *_parts(document["parts"], view.label_set),
        Table("The documents that the certificate was checked on, with their sha256", ("document", "sha256"), rows),
    ]
    if document["too_few"]:
        blocks.insert(0, Paragraph(f"Not every part has a track with {named(view.label_set, document['too_few'])}."))
    return blocks


def _parts(parts: dict[str, dict[str, Any]], label_set: LabelSet) -> list[Table]:
    """List how many tracks, groups and tracks with each label a part has; many labels have a table of their own."""
    order = sorted(parts, key=ORDER.index)
    sizes = [(part, parts[part]["tracks"], parts[part]["groups"]) for part in order]
    noun, nouns = label_set.noun
    if shown_together(label_set):
        rows = [(*row, *(parts[row[0]]["positives"][label_id] for label_id in label_set.ids)) for row in sizes]
        caption = f"Tracks and groups in each part, and how many of the tracks have each {noun}"
        return [Table(caption, ("part", "tracks", "groups", *label_set.names), rows)]
    of_labels: list[tuple[str | int, ...]] = [
        (name, *(parts[part]["positives"][label_id] for part in order))
        for label_id, name in zip(label_set.ids, label_set.names, strict=True)
    ]
    of_labels.sort(key=lambda row: min(row[1:]))
    return [
        Table("Tracks and groups in each part", ("part", "tracks", "groups"), sizes),
        Table(f"Tracks that have each {noun} in each part, fewest first", (noun, *order), of_labels, f"Search {nouns}"),
    ]


def balance(view: RunView) -> list[Block]:
    """Make section "Balance": the real and the synthetic train segments with each label."""
    manifest = view.manifests.get("balance")
    if manifest is None or "positives" not in manifest:
        return [Paragraph("Nothing was balanced: no network was trained in this run.")]
    label_set = view.label_set
    noun = label_set.noun[0]
    before, added = (manifest["positives"][name] for name in ("before", "added"))
    order = list(label_set.ids)
    if not shown_together(label_set):
        order.sort(key=lambda label_id: before[label_id])
    segments = int(manifest["counters"]["segments"])
    synthetic = int(manifest["counters"]["synthetic"])
    without_segments = {
        "weights": f"No segments were added: with balance=weights, missing a rare {noun} costs more in the loss.",
        "none": "No segments were added: balance=none.",
    }
    note = without_segments.get(
        manifest["balance"],
        f"balance={manifest['balance']}: {synthetic} synthetic segments were added to {segments} real segments.",
    )
    counts = listed([f"{name_of(label_set, label_id)} {before[label_id]}+{added[label_id]}" for label_id in order], MAX_LISTED)
    series = {"real segments": [before[label_id] for label_id in order]}
    if synthetic:
        series["synthetic segments"] = [added[label_id] for label_id in order]
    short = dict(zip(label_set.ids, short_names(label_set), strict=True))
    rows = not shown_together(label_set)
    chart = Chart(
        "balance",
        f"Train segments with each {noun}, real + added: {counts}.",
        plotly_charts.bars(series, [short[label_id] for label_id in order], y="train segments", horizontal=rows),
    )
    return [Paragraph(note), chart]


def time(view: RunView) -> list[Block]:
    """Make section "Where the time went": wall time and CPU time of each stage."""
    names = [stage for stage, counters in view.counters.items() if "seconds" in counters]
    if not names:
        return [Paragraph("No stage has finished, so no times are known.")]
    wall = [view.counters[stage].get("seconds", 0.0) for stage in names]
    cpu = [view.counters[stage].get("cpu_seconds", 0.0) for stage in names]
    seconds = ", ".join(f"{stage} {value:.1f} s" for stage, value in zip(names, wall, strict=True))
    figure = plotly_charts.bars({"wall": wall, "CPU": cpu}, names, y="seconds", stacked=False, horizontal=True)
    note = Paragraph(
        "The time of a stage that processes shards is the sum over its shards, some of which may have run in parallel."
    )
    return [Chart("time", f"Seconds of each stage: {seconds}.", figure), note]
