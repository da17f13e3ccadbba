import re
from xml.etree import ElementTree

import numpy as np
import pytest

from mer_tasks.report.confusion_section import Confusion
from mer_tasks.report.plotly_charts import COLOURS
from mer_tasks.report.svg_figures import (
    INK,
    LabelCurve,
    confusion,
    matrix,
    ruler,
    spectrogram_with_probabilities,
)
from tests.support.label_sets import EMOTIFY


@pytest.fixture
def flags():
    random = np.random.default_rng(1)
    labels, decisions = random.random((2, 30, 9)) < 0.4
    labels[:, 8] = False
    return labels, decisions


def test_confusion_between_two_labels_counts_tracks_with_one_and_without_the_other(flags):
    labels, decisions = flags
    shares = Confusion.of(labels, decisions).shares
    for row in range(9):
        for column in range(9):
            tracks = labels[:, row] & (~labels[:, column] if row != column else True)
            expected = decisions[tracks, column].mean() if tracks.any() else np.nan
            np.testing.assert_allclose(shares[row, column], expected)
    assert np.isnan(shares[8]).all()


def pictures(flags):
    labels, decisions = flags
    mel = np.random.default_rng(0).random((40, 44, 128)).astype(np.float32)
    yield ruler([("guessing", 0.5, None, None), ("this model", 0.75, 0.7, 0.8), ("all listeners", 0.9, 0.85, 0.95)])
    yield confusion(labels[:, 0], decisions[:, 0])
    shares = Confusion.of(labels, decisions).shares
    yield matrix(shares, shares.round(2).astype(str).tolist(), EMOTIFY.names, "model", "listeners")
    yield spectrogram_with_probabilities(mel, [LabelCurve("power", np.linspace(0, 1, 40), 0.4, "#0072B2")], 1.0, (10.0, 20.0))


def test_pictures_are_complete_svgs_and_have_the_colour_of_the_pages_text(flags):
    for svg in pictures(flags):
        ElementTree.fromstring(svg)  # noqa: S314  # made by this package
        assert svg.startswith('<svg aria-hidden="true" style="max-width: ')
        assert INK not in svg
        assert "currentColor" in svg
        assert "<style" not in svg
        assert not re.search(r"<svg[^>]* (width|height)=", svg)
        assert not re.search(r'(href|src)="(?!#|data:image/png)', svg)
        assert "<text" in svg


def test_a_picture_is_the_same_when_it_is_drawn_again(flags):
    assert list(pictures(flags)) == list(pictures(flags))


@pytest.mark.parametrize(("shown", "words"), [(1, "threshold"), (3, "thresholds")])
def test_the_legend_explains_the_dotted_lines_once(shown, words):
    curves = [LabelCurve(name, np.linspace(0, 1, 4), 0.4, COLOURS[index]) for index, name in enumerate(EMOTIFY.names[:shown])]
    mel = np.zeros((4, 44, 128), np.float32)
    svg = spectrogram_with_probabilities(mel, curves, 1.0, None)
    assert re.findall(r">([^<]*threshold[^<]*)</text>", svg) == [words]


def test_the_svg_of_a_spectrogram_does_not_grow_with_the_length_of_the_track():
    sizes = []
    for segments in (20, 600):
        mel = np.random.default_rng(0).random((segments, 44, 128)).astype(np.float32)
        svg = spectrogram_with_probabilities(mel, [LabelCurve("power", np.full(segments, 0.5), 0.4, "#0072B2")], 1.0, None)
        sizes.append(len(svg))
    assert sizes[1] < 1.5 * sizes[0]
