"""The sections of a report in their order, each with a sentence that says what to see in it.

In: the documents of a run. Out: the sections, filled.
"""

from collections.abc import Callable, Sequence

from mer_tasks import provenance, quality
from mer_tasks.blocks import Block, Section
from mer_tasks.documents import Documents
from mer_tasks.hardest import hardest

CONTENTS: dict[str, tuple[str, str, Callable[[Documents], Sequence[Block]]]] = {
    "metrics": (
        "Overall metrics",
        "The model should lie clearly above the baseline, which only knows how common each emotion is, and reach for the"
        " listeners.",
        quality.metrics,
    ),
    "emotions": (
        "Emotion by emotion",
        "A tall bar with a short whisker is an emotion that the model knows; a whisker down to the baseline is one that it may"
        " not.",
        quality.emotions,
    ),
    "training": (
        "Training",
        "Both curves should fall together; where the validation curve turns up again, the model begins to learn by heart.",
        quality.training,
    ),
    "confusion": (
        "Confusion",
        "Dark squares from top left to bottom right are right answers; in the large matrix, dark squares beside the diagonal"
        " are pairs that the model mixes up.",
        quality.confusion,
    ),
    "curves": (
        "ROC, precision and recall",
        "Curves that bend towards the upper left (ROC) or the upper right (precision and recall) are good; the dotted line is"
        " guessing.",
        quality.curves,
    ),
    "calibration": (
        "Calibration",
        "On the dotted line, what the model calls 70 % happens 70 times in 100; bars below say how many cases each point rests"
        " on.",
        quality.calibration,
    ),
    "thresholds": (
        "Thresholds",
        "The dots are the chosen thresholds, at the highest F1 of the validation tracks; on a flat curve the choice hardly"
        " matters, on a jagged one it is luck.",
        quality.thresholds,
    ),
    "maps": (
        "Maps of the tracks",
        "Tracks that sound alike lie close together; where colours separate, sound tells genre or emotion apart, where they"
        " mix, it does not.",
        provenance.maps_of_tracks,
    ),
    "hardest": (
        "Hardest examples",
        "Listen to what the model is most wrongly sure of, and judge whether you would side with it or with the listeners.",
        hardest,
    ),
    "data": (
        "Data",
        "Whether there is enough of everything: each genre in each part, enough listeners, and few files lost.",
        provenance.data,
    ),
    "certificate": (
        "Leak certificate",
        "Every number has to be 0: nothing that a model was trained on is in the part that judges it.",
        provenance.certificate,
    ),
    "balance": (
        "Balance",
        "The upper parts of the bars are synthetic segments: they should lift the rare emotions and not the common ones.",
        provenance.balance,
    ),
    "time": (
        "Where the time went",
        "The longest bar is the stage to make faster; where CPU is much shorter than wall time, it waited.",
        provenance.time,
    ),
}
"""Title, sentence and maker of each section, by its name in addresses."""


def sections(documents: Documents) -> list[Section]:
    """All sections, in their order."""
    return [Section(name, title, see, make(documents)) for name, (title, see, make) in CONTENTS.items()]
