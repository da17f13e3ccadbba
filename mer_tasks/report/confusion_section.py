"""Section of a report on confusion: which labels the model predicts for tracks that have others.

In: labels and decisions of the test tracks. Out: matrices and tables. A matrix shows at most 12 labels: of more, those with the
most confused tracks, without labels that no test track has. The table of decisions has all labels, for sets of kind multi.
"""

from collections import Counter
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mer_tasks.evaluation.metrics import Flags
from mer_tasks.label_set import LabelSet
from mer_tasks.report import svg_figures
from mer_tasks.report.blocks import Block, Group, Paragraph, Picture, Table
from mer_tasks.report.label_styles import MAX_TOGETHER, short_names, shown_together
from mer_tasks.report.label_texts import name_of, one
from mer_tasks.report.run_documents import LabelledPredictions

MAX_PAIRS = 15
"""Rows of the table of confused pairs at most."""
MAX_SAME = 3
"""Rows of that table at most that have the same label in the same column."""


@dataclass(frozen=True)
class Confusion:
    """How often the model predicts one label for tracks that have another.

    Attributes
    ----------
    cases : np.ndarray [shape=(labels, labels), dtype=float64]
        Row i, column j: number of tracks with label i and without j. On the diagonal: of tracks with label i.
    confused : np.ndarray [shape=(labels, labels), dtype=float64]
        Of these tracks, those for which the model predicts j.
    """

    cases: npt.NDArray[np.float64]
    confused: npt.NDArray[np.float64]

    @classmethod
    def of(cls, labels: Flags, decisions: Flags) -> "Confusion":
        """Count the cases of every pair of labels.

        Parameters
        ----------
        labels, decisions : np.ndarray [shape=(tracks, labels), dtype=bool]

        Examples
        --------
        >>> labels = np.eye(3, dtype=bool)[[0, 0]]  # two tracks with the first label only
        >>> decisions = np.eye(3, dtype=bool)[[0, 1]]  # the second track gets the second label instead
        >>> Confusion.of(labels, decisions).shares[0, :2].tolist()
        [0.5, 0.5]
        """
        present = labels.astype(np.float64)
        absent = 1 - present
        predicted = decisions.astype(np.float64)
        cases = present.T @ absent
        confused = present.T @ (absent * predicted)
        np.fill_diagonal(cases, present.sum(axis=0))
        np.fill_diagonal(confused, (present * predicted).sum(axis=0))
        return cls(cases, confused)

    @property
    def shares(self) -> npt.NDArray[np.float64]:
        """Share of the cases that are confused [shape=(labels, labels)]; NaN where there are no cases."""
        return np.divide(self.confused, self.cases, out=np.full_like(self.cases, np.nan), where=self.cases > 0)

    def pairs(self) -> list[tuple[int, int]]:
        """List the pairs of different labels that the model confuses, those with the most confused tracks first."""
        counts = self.confused.copy()
        np.fill_diagonal(counts, 0)
        shares = np.nan_to_num(self.shares)
        rows, columns = np.nonzero(counts)
        order = np.lexsort((columns, rows, -shares[rows, columns], -counts[rows, columns]))
        return [(int(rows[index]), int(columns[index])) for index in order]

    def leading(self, most: int) -> list[int]:
        """Choose the labels of the pairs with the most confused tracks, in the order of the labels.

        If these are fewer than `most` labels, the ones that most tracks have follow. All are chosen if there are at most
        `most`; else a label that no track has is not chosen, because its row would be empty.
        """
        sizes = self.cases.diagonal()
        if len(sizes) <= most:
            return list(range(len(sizes)))
        by_size = np.argsort(-sizes, kind="stable").tolist()
        order = dict.fromkeys(label for pair in self.pairs() for label in pair) | dict.fromkeys(by_size)
        return sorted([label for label in order if sizes[label]][:most])

    def leading_pairs(self, most: int, same: int) -> list[tuple[int, int]]:
        """Choose up to `most` of the confused pairs, at most `same` of them with one label in the same place of the pair."""
        counts: Counter[tuple[int, int]] = Counter()
        chosen: list[tuple[int, int]] = []
        for pair in self.pairs():
            places = list(enumerate(pair))
            if len(chosen) < most and all(counts[place] < same for place in places):
                counts.update(places)
                chosen.append(pair)
        return chosen


def confusion_blocks(predictions: LabelledPredictions, label_set: LabelSet) -> list[Block]:
    """Make the matrices and tables of section "Confusion"."""
    counts = Confusion.of(predictions.labels, predictions.decisions)
    blocks: list[Block] = []
    if not label_set.single:
        blocks.append(_each_label(predictions, label_set))
    leading = counts.leading(MAX_TOGETHER)
    if len(leading) < len(label_set):
        left_out = f"{len(label_set) - len(leading)} are left out"
        also = "" if label_set.single else f" The table above has all {len(label_set)}."
        absent = int((counts.cases.diagonal() == 0).sum())
        without = f", {absent} of them because no test track has them" if absent else ""
        sentence = (
            f"The matrix shows the {len(leading)} {label_set.noun[1]} with the most confused tracks; {left_out}{without}."
        )
        blocks.append(Paragraph(sentence + also))
    if leading:
        blocks += [_matrix(counts, leading, label_set), Paragraph(_how_to_read_matrix(label_set))]
    if not shown_together(label_set):
        blocks.append(_pairs(counts, label_set))
    return blocks


def _each_label(predictions: LabelledPredictions, label_set: LabelSet) -> Block:
    """Show right and wrong decisions on each label: as small matrices or, for many labels, as a table."""
    labels, decisions = predictions.labels, predictions.decisions
    kinds = {
        "found": labels & decisions,
        "missed": labels & ~decisions,
        "false alarms": ~labels & decisions,
        "correctly not predicted": ~labels & ~decisions,
    }
    counts = np.stack([flags.sum(axis=0) for flags in kinds.values()], axis=1)
    if not shown_together(label_set):
        order = np.argsort(-counts[:, [1, 2]].sum(axis=1), kind="stable").tolist()
        rows = [(label_set.names[index], *map(int, counts[index])) for index in order]
        caption = f"Test tracks of each {label_set.noun[0]}, most wrong decisions first"
        return Table(caption, (label_set.noun[0], *kinds), rows, f"Search {label_set.noun[1]}")
    pictures = []
    for index, label_id in enumerate(label_set.ids):
        words = ", ".join(f"{number} {kind}" for kind, number in zip(kinds, counts[index], strict=True))
        svg = svg_figures.confusion(labels[:, index], decisions[:, index])
        pictures.append(Picture(f"{name_of(label_set, label_id)}: {words}", svg, label_set.names[index], "small"))
    return Group(pictures)


def _matrix(counts: Confusion, leading: list[int], label_set: LabelSet) -> Picture:
    """Draw the matrix of some labels."""
    chosen = np.ix_(leading, leading)
    shares = counts.shares[chosen]
    names = [short_names(label_set)[index] for index in leading]
    texts = [["–" if np.isnan(share) else f"{100 * share:.0f}" for share in row] for row in shares]
    x, y = "the model predicts, in % of them …", "of the tracks with …"
    if label_set.single:
        texts = [[f"{number:.0f}" for number in row] for row in counts.confused[chosen]]
        x, y = f"decision of the model: {label_set.noun[0]}", f"{label_set.noun[0]} by the listeners"
    return Picture(_worst_pair(counts, label_set), svg_figures.matrix(shares, texts, names, x, y))


def _how_to_read_matrix(label_set: LabelSet) -> str:
    noun = label_set.noun[0]
    if label_set.single:
        return (
            f"How to read the matrix: a row has the tracks whose {noun}, by the listeners, is that of the row. The number says"
            f" for how many of them the model decides for the {noun} of the column; the colour shows their share of the row."
        )
    return (
        f"How to read the matrix of pairs: take the tracks that have the {noun} of the row but not the {noun} of the column."
        f" The number is the percentage of them for which the model predicts the {noun} of the column. On the diagonal, take"
        f" all tracks with the {noun}: the number is the percentage for which the model predicts it. A track may have several"
        f" {label_set.noun[1]}."
    )


def _pairs(counts: Confusion, label_set: LabelSet) -> Table:
    """List the pairs with the most confused tracks."""
    pairs = counts.leading_pairs(MAX_PAIRS, MAX_SAME)
    rows = [
        (
            label_set.names[row],
            label_set.names[column],
            int(counts.confused[row, column]),
            int(counts.cases[row, column]),
            float(counts.shares[row, column]),
        )
        for row, column in pairs
    ]
    number = len(counts.pairs())
    same = f"at most {MAX_SAME} with the same {label_set.noun[0]} in the same column"
    more = f"; {len(pairs)} of {number}, {same}" if number > len(pairs) else ""
    columns = ("tracks have", "and not, but the model predicts", "confused", "such tracks", "share")
    return Table(f"Pairs of {label_set.noun[1]} with the most confused tracks{more}", columns, rows)


def _worst_pair(counts: Confusion, label_set: LabelSet) -> str:
    noun = label_set.noun[0]
    first = f"How often the model confuses {one(noun)} with another."
    shares = np.where(np.eye(len(label_set), dtype=bool), np.nan, counts.shares)
    if np.isnan(shares).all():
        return f"{first} No pair of {label_set.noun[1]} can be compared."
    row, column = np.unravel_index(np.nanargmax(shares), shares.shape)
    present, absent = (name_of(label_set, label_set.ids[index]) for index in (row, column))
    return (
        f"{first} Most often: for {100 * shares[row, column]:.0f} % of the tracks with {present} and without {absent},"
        f" the model predicts {absent}."
    )
