"""The sections of a report in their order, each with a sentence that says what to see in it.

In: the documents of a run. Out: the sections, filled.
"""

import logging
from collections.abc import Callable, Sequence

from mer_tasks.report import data_sections, model_sections
from mer_tasks.report.blocks import Block, Section
from mer_tasks.report.hardest_examples import hardest
from mer_tasks.report.run_documents import Documents
from mer_tasks.runs.progress_log import part

logger = logging.getLogger(__name__)

CONTENTS: dict[str, tuple[str, str, Callable[[Documents], Sequence[Block]]]] = {
    "metrics": (
        "Overall metrics",
        "The model should lie clearly above the baseline, which only knows how common each emotion is, and reach for the"
        " listeners.",
        model_sections.metrics,
    ),
    "emotions": (
        "Emotion by emotion",
        "A tall bar with a short whisker is an emotion that the model knows; a whisker down to the baseline is one that it may"
        " not.",
        model_sections.emotions,
    ),
    "training": (
        "Training",
        "The curves of both parts should go the same way; where the validation loss turns up again, the model begins to learn"
        " by heart.",
        model_sections.training,
    ),
    "confusion": (
        "Confusion",
        "Dark squares from top left to bottom right are right answers; in the large matrix, dark squares beside the diagonal"
        " are pairs that the model mixes up.",
        model_sections.confusion,
    ),
    "curves": (
        "ROC, precision and recall",
        "Curves that bend towards the upper left (ROC) or the upper right (precision and recall) are good; dotted lines are"
        " guessing, in the second chart one of each emotion.",
        model_sections.curves,
    ),
    "calibration": (
        "Calibration",
        "On the dotted line, what the model calls 70 % happens 70 times in 100; bars below say how many cases each point rests"
        " on.",
        model_sections.calibration,
    ),
    "thresholds": (
        "Thresholds",
        "The dots are the chosen thresholds, at the highest F1 of the validation tracks, the diamond the best one for all of"
        " them; on a flat curve the choice hardly matters, on a jagged one it is luck.",
        model_sections.thresholds,
    ),
    "maps": (
        "Maps of the tracks",
        "Tracks that sound alike lie close together; where colours separate, sound tells genre or emotion apart, where they"
        " mix, it does not.",
        data_sections.maps_of_tracks,
    ),
    "hardest": (
        "Hardest examples",
        "Listen to what the model is most wrongly sure of, and judge whether you would side with it or with the listeners.",
        hardest,
    ),
    "data": (
        "Data",
        "Whether there is enough of everything: each genre in each part, enough listeners, few files lost, and music like that"
        " which the champion knows.",
        data_sections.data,
    ),
    "certificate": (
        "Leak certificate",
        "Every number of the first table has to be 0: nothing that a model was trained on is in the part that judges it.",
        data_sections.certificate,
    ),
    "balance": (
        "Balance",
        "How many train segments carry each emotion, before and after rare ones were made up for: what was added should lift"
        " the rare emotions and not the common ones.",
        data_sections.balance,
    ),
    "time": (
        "Where the time went",
        "The longest bar is the stage to make faster; where CPU is much shorter than wall time, it waited.",
        data_sections.time,
    ),
}
"""Title, sentence and maker of each section, by its name in addresses."""


def sections(documents: Documents) -> list[Section]:
    """All sections, in their order."""
    found = []
    for done, (name, (title, see, make)) in enumerate(CONTENTS.items()):
        logger.info("section %s", name, extra=part(done, len(CONTENTS)))
        found.append(Section(name, title, see, make(documents)))
    return found
