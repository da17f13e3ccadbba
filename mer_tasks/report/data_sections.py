"""What a report says on where a model comes from: maps of the tracks, data, certificate, balance, time.

In: the documents of a run. Out: the blocks of each section: what can be shown, and why the rest cannot.
"""

import itertools
from collections import Counter

import numpy as np
import pandas as pd

from mer_tasks.corpus.leak_certificate import UNLABELLED
from mer_tasks.corpus.segments import SegmentIndex
from mer_tasks.corpus.stratification import PARTS
from mer_tasks.corpus.usable_tracks import Corpus
from mer_tasks.emotions import EMOTIONS
from mer_tasks.errors import IntegrityError, ObjectMissing
from mer_tasks.report import plotly_charts
from mer_tasks.report.blocks import Block, Chart, Note, Table, named, shortened
from mer_tasks.report.run_documents import Documents
from mer_tasks.report.track_maps import described, drawn, maps
from mer_tasks.runs.artifacts import CERTIFICATE, DRIFT, GROUP_LINKS, REJECTED_FILES

ORDER = (*PARTS, UNLABELLED)
BINS = 20
"""Of numbers of listeners, at most."""
LISTED = 40
"""Rows of a table of rejected files or twins; the rest is counted."""
UNKNOWN = "(nobody asked)"
"""Emotion of a track without annotations."""
KINDS = {
    "tracks": "tracks",
    "groups": "groups of tracks that belong together",
    "contents": "files with equal bytes",
    "samples": "recordings with equal samples",
    "segments": "blobs of segments",
    "twins": "pairs of near-identical recordings",
    "artists": "artists",
}


def leading_emotions(labels: pd.DataFrame | None, tracks: list[str]) -> list[str]:
    """The emotion that most listeners of each track chose."""
    if labels is None:
        return [UNKNOWN] * len(tracks)
    shares = labels.set_index("track_id")[[f"share_{emotion}" for emotion in EMOTIONS]]
    leading = dict(zip(shares.index, (named(EMOTIONS[place]) for place in shares.to_numpy().argmax(axis=1)), strict=True))
    return [leading.get(track, UNKNOWN) for track in tracks]


def maps_of_tracks(documents: Documents) -> list[Block]:
    """Maps of the tracks."""
    if documents.corpus is None or len(documents.corpus.tracks) < 2:
        return [Note("No map: it takes two tracks with features.")]
    run, tracks = documents.run, documents.corpus.tracks
    chosen = tracks.iloc[drawn(len(tracks), run.config.seed)]
    try:
        found = described(SegmentIndex(run.store, run.config.scratch_dir, chosen))
    except (ObjectMissing, IntegrityError) as error:
        return [Note(f"No map: {error}.")]
    names, genres = chosen["track_id"].tolist(), chosen["genre"].tolist()
    emotions = leading_emotions(documents.labels, names)
    texts = [f"{track} · {genre} · {emotion}" for track, genre, emotion in zip(names, genres, emotions, strict=True)]
    colours = {"emotion": emotions, "genre": genres}
    blocks: list[Block] = []
    if len(chosen) < len(tracks):
        blocks.append(Note(f"Shown are {len(chosen)} of {len(tracks)} tracks, drawn at random."))
    for dimensions, words in ((2, "two dimensions"), (3, "three dimensions; drag to turn it")):
        places = maps(found, dimensions, run.config.seed)
        told = f"by {', '.join(places)}; coloured by the emotion that most listeners chose, or by genre"
        alt = f"{len(chosen)} tracks in {words}, {told}."
        blocks.append(
            Chart(f"map{dimensions}", alt, plotly_charts.scattered(places, colours, texts, [*map(named, EMOTIONS), UNKNOWN]))
        )
    blocks.append(
        Note(
            "A track is described by the mean and deviation of its 155 features, of which these methods keep what fits into two"
            " or three numbers. PCA keeps distances; t-SNE and UMAP keep neighbours, and how far apart their islands lie means"
            " nothing."
        )
    )
    return blocks


def _tracks(documents: Documents, corpus: Corpus) -> list[Block]:
    """Tracks by genre and part."""
    parts = dict(zip(documents.split["track_id"], documents.split["part"], strict=True)) if documents.split is not None else {}
    table = corpus.tracks[["track_id", "genre"]].assign(
        part=[parts.get(track, "no part yet") for track in corpus.tracks["track_id"]]
    )
    table["genre"] = plotly_charts.classes(table["genre"].tolist())
    counts = pd.crosstab(table["genre"], table["part"])
    order = [part for part in (*ORDER, "no part yet") if part in counts]
    series = {part: counts[part].tolist() for part in order}
    said = ", ".join(f"{sum(values)} {part}" for part, values in series.items())
    genres = corpus.tracks["genre"].nunique()
    more = f", the {plotly_charts.OTHER} largest of which have a bar of their own" if genres > plotly_charts.OTHER else ""
    alt = f"Usable tracks: {said}; {len(table)} in all. Genres: {genres}{more}."
    return [
        Note(alt),
        Chart("genres", f"Tracks by genre and part. {alt}", plotly_charts.bars(series, list(counts.index), y="tracks")),
    ]


def _votes(labels: pd.DataFrame) -> list[Block]:
    """How many listeners tracks have, and what they chose."""
    sizes = labels["annotators"].to_numpy()
    width = -(-(int(np.ptp(sizes)) + 1) // BINS)
    counts, edges = np.histogram(sizes, np.arange(sizes.min(), sizes.max() + width + 1, width))
    names = [f"{low}–{min(high - 1, sizes.max())}" if width > 1 else str(low) for low, high in itertools.pairwise(edges)]
    carried = [int(labels[f"label_{emotion}"].sum()) for emotion in EMOTIONS]
    votes = [int(labels[f"votes_{emotion}"].sum()) for emotion in EMOTIONS]
    emotions = [named(emotion) for emotion in EMOTIONS]
    asked = f"{len(labels)} annotated tracks have {sizes.min()} to {sizes.max()} listeners, {sizes.sum()} in all"
    rows = list(zip(emotions, votes, carried, [number / len(labels) for number in carried], strict=True))
    return [
        Note(f"{asked}."),
        Chart(
            "listeners",
            f"Tracks by their number of listeners. {asked}.",
            plotly_charts.bars({"tracks": counts.tolist()}, names, x="listeners", y="tracks"),
        ),
        Table("Votes and labels", ("emotion", "votes", "tracks that carry it", "share"), rows),
    ]


def _rejected(rejected: list[dict[str, object]]) -> list[Block]:
    """Files that are left out, and why."""
    if not rejected:
        return [Note("No file was rejected.")]
    reasons = ", ".join(
        f"{reason} {count}" for reason, count in sorted(Counter(str(line["reason"]) for line in rejected).items())
    )
    rows = [tuple(shortened(line[name]) for name in ("key", "stage", "reason", "detail")) for line in rejected[:LISTED]]
    more = f"; the first {LISTED} of them" if len(rejected) > LISTED else ""
    return [Table(f"Rejected files: {len(rejected)} ({reasons}){more}", ("file", "stage", "reason", "detail"), rows)]


def _twins(links: pd.DataFrame | None) -> list[Block]:
    """Recordings that are there more than once."""
    if links is None:
        return [Note("Twins were not looked for: this run has not been through `split`.")]
    pairs = links[links["other_track_id"].notna()]
    if pairs.empty:
        return [Note("No two tracks are one recording.")]
    rows = [
        (shortened(one), shortened(other), reason.replace("_", " "), None if pd.isna(share) else float(share))
        for one, other, reason, share in pairs[["track_id", "other_track_id", "reason", "share"]]
        .head(LISTED)
        .itertuples(index=False)
    ]
    more = f"; the first {LISTED} of them" if len(pairs) > LISTED else ""
    caption = f"Pairs of tracks that are one recording: {len(pairs)}{more}; both are in one part, each with its own labels"
    return [Table(caption, ("track", "other track", "why", "share of peaks in common"), rows)]


def _drift(documents: Documents) -> list[Block]:
    """How far the music has moved from what the champion was made with."""
    closed, found = documents.manifests.get("drift"), documents.json("drift", DRIFT)
    if closed is None or found is None:
        return []
    lines = sorted(found["metrics"], key=lambda line: (-line["drifted"], -line["psi"]))
    rows = [
        (
            shortened(line["genre"] or "all genres"),
            named(line["emotion"]) if line["emotion"] else f"sound: {line['statistic']}",
            *(line[name] for name in ("psi", "threshold", "chance", "tracks")),
            "yes" if line["drifted"] else "no",
        )
        for line in lines[:LISTED]
    ]
    about = Note(f"Drift: {closed['summary']}.")
    columns = ("genre", "what", "stability index", "allowed", "by chance up to", "tracks", "has drifted")
    more = f"; the first {LISTED} of {len(lines)}" if len(lines) > LISTED else ""
    caption = f"How far the music has moved from what the champion was made with, the largest moves first{more}"
    return [about, Table(caption, columns, rows)] if rows else [about]


def data(documents: Documents) -> list[Block]:
    """Tracks, votes, rejected files and twins."""
    blocks: list[Block] = []
    if documents.corpus is not None:
        blocks += _tracks(documents, documents.corpus)
    else:
        blocks.append(Note("The corpus is not complete: not every shard has been through `reformat` and `features`."))
    if documents.labels is not None and len(documents.labels):
        blocks += _votes(documents.labels)
    else:
        blocks.append(Note("No votes: this run has not been through `labels`."))
    early = (documents.json("discover", REJECTED_FILES) or {"rejected": []})["rejected"]
    blocks += _rejected(documents.corpus.rejected if documents.corpus else early)
    return [*blocks, *_twins(documents.table("split", GROUP_LINKS)), *_drift(documents)]


def certificate(documents: Documents) -> list[Block]:
    """The leak certificate."""
    found = documents.json("split", CERTIFICATE)
    if found is None:
        return [Note("No certificate: this run has not been through `split`.")]
    overlap = [(KINDS.get(kind, kind), number) for kind, number in found["overlap"].items()]
    parts = [
        (part, of["tracks"], of["groups"], *(of["positives"][emotion] for emotion in EMOTIONS))
        for part, of in sorted(found["parts"].items(), key=lambda item: ORDER.index(item[0]))
    ]
    rows = [(name, digest) for name, digest in sorted(found["proven_from"].items())]
    blocks: list[Block] = [
        Table("How much is in more than one part", ("what", "in more than one part"), overlap),
        Table(
            "What the parts are like: tracks that carry each emotion",
            ("part", "tracks", "groups", *map(named, EMOTIONS)),
            parts,
        ),
        Table("Proven from the documents with these sha256", ("document", "sha256"), rows),
    ]
    if found["too_few"]:
        blocks.insert(0, Note(f"Not every part has a track with {', '.join(map(named, found['too_few']))}."))
    return blocks


def balance(documents: Documents) -> list[Block]:
    """What was added to the train part."""
    found = documents.manifests.get("balance")
    if found is None or "positives" not in found:
        return [Note("Nothing was balanced: no network was trained in this run.")]
    before, added = ([found["positives"][name][emotion] for emotion in EMOTIONS] for name in ("before", "added"))
    segments, synthetic = (int(found["counters"][name]) for name in ("segments", "synthetic"))
    ways = {
        "weights": "No segments were added: with balance=weights, the presence of a rare emotion counts for more in the loss.",
        "none": "No segments were added: balance=none.",
    }
    about = ways.get(
        found["balance"], f"balance={found['balance']}: {synthetic} synthetic segments beside {segments} real ones."
    )
    said = ", ".join(f"{named(name)} {old}+{new}" for name, old, new in zip(EMOTIONS, before, added, strict=True))
    series = {"real segments": before, "added": added} if synthetic else {"real segments": before}
    chart = Chart(
        "balance",
        f"Train segments with each emotion, before and added: {said}.",
        plotly_charts.bars(series, list(map(named, EMOTIONS)), y="train segments"),
    )
    return [Note(about), chart]


def time(documents: Documents) -> list[Block]:
    """Where the time went."""
    names = [stage for stage, counters in documents.counters.items() if "seconds" in counters]
    if not names:
        return [Note("No stage has closed, so no time is known.")]
    wall, cpu = ([documents.counters[stage].get(name, 0.0) for stage in names] for name in ("seconds", "cpu_seconds"))
    said = ", ".join(f"{stage} {seconds:.1f} s" for stage, seconds in zip(names, wall, strict=True))
    figure = plotly_charts.bars({"wall": wall, "CPU": cpu}, names, y="seconds", stacked=False, across=True)
    about = Note("Stages that work through shards are summed up over these, which may have run side by side.")
    return [Chart("time", f"Seconds of each stage: {said}.", figure), about]
