"""The sections of a report in their order, each with its title and a sentence on how to read it.

In: the documents of a run. Out: the sections with their blocks.
"""

import logging
from collections.abc import Callable, Sequence

from mer_tasks.report import data_sections, model_sections
from mer_tasks.report.blocks import Block, Section
from mer_tasks.report.hardest_examples import hardest
from mer_tasks.report.run_documents import RunView
from mer_tasks.runs.progress_log import progress_fields

logger = logging.getLogger(__name__)

SECTIONS: dict[str, tuple[str, str, Callable[[RunView], Sequence[Block]]]] = {
    "metrics": (
        "Overall metrics",
        "A good model is clearly better than the baseline, which only knows how common each emotion is, and comes close to the"
        " listeners.",
        model_sections.metrics,
    ),
    "emotions": (
        "Emotion by emotion",
        "A high bar with a short interval line means that the model recognises the emotion. If the interval line reaches down"
        " to the baseline, the model may not recognise it at all.",
        model_sections.emotions,
    ),
    "training": (
        "Training",
        "The train curve and the validation curve should move in the same direction. Where the validation loss rises again, the"
        " model begins to overfit: it memorises the train part.",
        model_sections.training,
    ),
    "confusion": (
        "Confusion",
        "Dark squares on the diagonal from top left to bottom right are right decisions. In the large matrix, dark squares"
        " elsewhere are pairs of emotions that the model confuses.",
        model_sections.confusion,
    ),
    "curves": (
        "ROC, precision and recall",
        "A good ROC curve bends towards the upper left, a good precision-recall curve towards the upper right. Dotted lines"
        " show guessing; the second chart has one for each emotion.",
        model_sections.curves,
    ),
    "calibration": (
        "Calibration",
        "On the dotted line, probabilities are exact: of the cases with a probability of 70 %, 70 in 100 have the emotion. The"
        " bars below show how many cases each point stands for.",
        model_sections.calibration,
    ),
    "thresholds": (
        "Thresholds",
        "Each dot is the chosen threshold of an emotion, where F1 on the validation tracks is highest. The diamond is the best"
        " single threshold for all emotions. On a flat curve the choice matters little; on a jagged curve it is partly luck.",
        model_sections.thresholds,
    ),
    "maps": (
        "Maps of the tracks",
        "Tracks that sound alike lie close together. Where colours separate, the sound distinguishes genres or emotions; where"
        " colours mix, it does not.",
        data_sections.maps_of_tracks,
    ),
    "hardest": (
        "Hardest examples",
        "These are wrong decisions of which the model is most sure. Listen, and judge whether you agree with the model or with"
        " the listeners.",
        hardest,
    ),
    "data": (
        "Data",
        "Check that there is enough data: each genre in each part, enough listeners, few rejected files, and music like the"
        " music that the champion was trained on.",
        data_sections.data,
    ),
    "certificate": (
        "Leak certificate",
        "Every number in the first table must be 0. Then nothing that the model was trained on is in the part that it is"
        " evaluated on.",
        data_sections.certificate,
    ),
    "balance": (
        "Balance",
        "The chart shows how many train segments have each emotion, before and after balancing. Balancing should add to rare"
        " emotions and not to common ones.",
        data_sections.balance,
    ),
    "time": (
        "Where the time went",
        "The stage with the longest bar is the first to make faster. If its CPU time is much shorter than its wall time, the"
        " stage was waiting.",
        data_sections.time,
    ),
}
"""Title, sentence on how to read it, and the function that makes the blocks, for each section. Keys are used in links."""


def sections(view: RunView) -> list[Section]:
    """Make all sections of a report, in their order."""
    result = []
    for number, (name, (title, how_to_read, make)) in enumerate(SECTIONS.items()):
        logger.info("section %s", name, extra=progress_fields(number, len(SECTIONS)))
        result.append(Section(name, title, how_to_read, make(view)))
    return result
