"""The sections of a report in their order, each with its title and a sentence on how to read it.

In: the documents of a run. Out: the sections with their blocks.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from mer_tasks.label_set import LabelSet
from mer_tasks.report import certainty_section, data_sections, genre_section, map_section, model_sections
from mer_tasks.report.blocks import Block, Section
from mer_tasks.report.hardest_examples import hardest
from mer_tasks.report.label_texts import one
from mer_tasks.report.run_documents import RunView
from mer_tasks.runs.progress_log import progress_fields

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Plan:
    """What a section is.

    Attributes
    ----------
    title, how_to_read : str
        Texts in which {one}, {an_one} and {many} stand for the label set's words for a label and labels.
    make : function
        Makes the blocks from the documents of a run.
    how_to_read_single : str
        The sentence for label sets of kind single, where another one is needed.
    multi_only : bool
        Whether the section means nothing for label sets of kind single.
    """

    title: str
    how_to_read: str
    make: Callable[[RunView], Sequence[Block]]
    how_to_read_single: str = ""
    multi_only: bool = False

    def texts(self, label_set: LabelSet) -> tuple[str, str]:
        """Return the title and the sentence for a label set."""
        noun, nouns = label_set.noun
        words = {"one": noun, "an_one": one(noun), "many": nouns}
        how_to_read = self.how_to_read_single if label_set.single and self.how_to_read_single else self.how_to_read
        title = self.title.format(**words)
        return title[:1].upper() + title[1:], how_to_read.format(**words)


SECTIONS: dict[str, Plan] = {
    "metrics": Plan(
        "Overall metrics",
        "A good model is clearly better than the baseline, which only knows how common each {one} is, and comes close to the"
        " listeners.",
        model_sections.metrics,
    ),
    "labels": Plan(
        "{one} by {one}",
        "A high value with a short interval line means that the model recognises the {one}. If the interval line reaches down"
        " to the baseline, the model may not recognise it at all.",
        model_sections.labels,
    ),
    "training": Plan(
        "Training",
        "The train curve and the validation curve should move in the same direction. With cross-fitting, the validation curve"
        " is that of the out-of-fold predictions: each train track by a network that was not fitted to it. Where the validation"
        " loss rises again, the model begins to overfit: it memorises the train part.",
        model_sections.training,
    ),
    "confusion": Plan(
        "Confusion",
        "Dark squares on the diagonal from top left to bottom right are right decisions. In the matrix of pairs, dark squares"
        " elsewhere are pairs of {many} that the model confuses.",
        model_sections.confusion,
        how_to_read_single="Dark squares on the diagonal from top left to bottom right are right decisions. Dark squares"
        " elsewhere are pairs of {many} that the model confuses.",
    ),
    "curves": Plan(
        "ROC, precision and recall",
        "A good ROC curve bends towards the upper left, a good precision-recall curve towards the upper right. Dotted lines"
        " show guessing; for precision and recall, each {one} has its own.",
        model_sections.curves,
    ),
    "calibration": Plan(
        "Calibration",
        "On the dotted line, probabilities are exact: of the cases with a probability of 70 %, 70 in 100 have the {one}. The"
        " bars below show how many cases each point stands for.",
        model_sections.calibration,
    ),
    "thresholds": Plan(
        "Thresholds",
        "Each dot is the chosen threshold of {an_one}: the one with the highest expected F1. The curve shows the F1 that was"
        " reached on tracks that the network was not fitted to. The diamond is the best single threshold for all {many}. On a"
        " flat curve the choice matters little; a peak far from the dot is partly luck.",
        model_sections.thresholds,
        multi_only=True,
    ),
    "certainty": Plan(
        "Certainty: coverage against promise",
        "At least as many answers as promised should be right or unclear. Where the whole interval lies below the promise, the"
        " answers are less reliable on these tracks than promised. The fewer unclear answers, the more useful the model.",
        certainty_section.certainty,
    ),
    "unheard": Plan(
        "Genres that it never heard",
        "Where the value falls clearly below that of a model which heard the genre, expect poor answers on music unlike your"
        " annotated tracks.",
        genre_section.unheard_genres,
    ),
    "maps": Plan(
        "Maps of the tracks",
        "Tracks that sound alike lie close together. Where colours separate, the sound distinguishes genres or {many}; where"
        " colours mix, it does not.",
        map_section.maps_of_tracks,
    ),
    "hardest": Plan(
        "Hardest examples",
        "These are wrong decisions of which the model is most sure. Listen, and judge whether you agree with the model or with"
        " the listeners.",
        hardest,
        how_to_read_single="These are the wrong decisions where the model gives the listeners' {one} the lowest probability."
        " Listen, and judge whether you agree with the model or with the listeners.",
    ),
    "data": Plan(
        "Data",
        "Check that there is enough data: each genre in each part, enough listeners, few rejected files, and music like the"
        " music that the champion was trained on.",
        data_sections.data,
    ),
    "certificate": Plan(
        "Leak certificate",
        "Every number in the first table must be 0. Then nothing that the model was trained on is in the part that it is"
        " evaluated on.",
        data_sections.certificate,
    ),
    "balance": Plan(
        "Balance",
        "The chart shows how many train segments have each {one}, before and after balancing. Balancing should add to rare"
        " {many} and not to common ones.",
        data_sections.balance,
    ),
    "time": Plan(
        "Where the time went",
        "The stage with the longest bar is the first to make faster. If its CPU time is much shorter than its wall time, the"
        " stage was waiting.",
        data_sections.time,
    ),
}
"""The plan of each section, by its name in links."""


def sections(view: RunView) -> list[Section]:
    """Make all sections of a report, in their order."""
    label_set = view.label_set
    plans = {name: plan for name, plan in SECTIONS.items() if not (label_set.single and plan.multi_only)}
    result = []
    for number, (name, plan) in enumerate(plans.items()):
        logger.info("section %s", name, extra=progress_fields(number, len(plans)))
        result.append(Section(name, *plan.texts(label_set), plan.make(view)))
    return result
