import io
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import soundfile

from mer_tasks.audio.clips import FADE, clip
from mer_tasks.errors import AudioError
from mer_tasks.modelling.test_data import memory_mapped_array
from mer_tasks.report.hardest_examples import Examples, surest_wrong_decisions, worst_segments_start
from mer_tasks.report.run_documents import LabelledPredictions
from mer_tasks.stages.evaluate import write_npz
from tests.support.audio_files import encoded
from tests.support.label_sets import EMOTIFY, make_label_set

RATE = 22_050


def predictions_of(probabilities, labels, limits):
    return LabelledPredictions(
        tuple("abcd"[: len(labels)]), labels, probabilities, probabilities >= np.array(list(limits.values()))
    )


def test_the_surest_wrong_decision_is_the_one_furthest_from_its_threshold():
    limits = {emotion: 0.1 if emotion == "power" else 0.5 for emotion in EMOTIFY.ids}
    labels = np.zeros((4, 9), bool)
    probabilities = np.full((4, 9), 0.02)
    probabilities[0, 0] = 0.6  # a little above 0.5
    probabilities[1, 5] = 0.6  # far above 0.1
    labels[2, 3], probabilities[2, 3] = True, 0.4  # a little below
    labels[2, 5], probabilities[2, 5] = True, 0.01  # far below
    mistakes = surest_wrong_decisions(predictions_of(probabilities, labels, limits), limits, EMOTIFY)
    assert mistakes == [(1, 5), (2, 5), (0, 0)]  # the fourth track has no wrong decision


@pytest.mark.parametrize(("size", "first"), [(1, 4), (2, 1), (3, 0), (9, 0)])
def test_a_clip_starts_where_the_model_is_furthest_from_the_listeners(size, first):
    assert worst_segments_start(np.array([0.5, 0.7, 0.7, 0.1, 0.9]), size) == first


def test_features_are_mapped_from_the_archive_without_loading_it(tmp_path):
    large = np.random.default_rng(0).random((7, 3, 155)).astype(np.float32)
    write_npz(tmp_path / "x.npz", "X_test", large.shape, iter([large[:4], large[4:]]), track_ids=np.array(["a", "b"]))
    features = memory_mapped_array(tmp_path / "x.npz", "X_test")
    assert isinstance(features, np.memmap)
    np.testing.assert_array_equal(features, large)


def tone(seconds):
    """A tone that rises by 100 Hz each second."""
    time = np.arange(round(seconds * RATE)) / RATE
    samples = 0.5 * np.sin(2 * np.pi * np.cumsum(200 + 100 * np.floor(time)) / RATE)
    return encoded(samples.astype(np.float32), container="FLAC")


@pytest.mark.parametrize(("start", "seconds"), [(3.0, 2.0), (0.0, 10.0), (7.0, 1.0), (9.9, 0.1)])
def test_a_clip_has_the_requested_start_and_length(start, seconds):
    mp3 = clip(tone(8), start, seconds)
    samples, rate = soundfile.read(io.BytesIO(mp3))
    assert (rate, samples.ndim) == (RATE, 1)
    if start < 8 and seconds <= 2:
        assert len(samples) / RATE == pytest.approx(seconds, abs=0.1)
        spectrum = np.abs(np.fft.rfft(samples[: RATE // 2]))
        assert np.argmax(spectrum) / len(samples[: RATE // 2]) * RATE == pytest.approx(200 + 100 * start, abs=30)
    assert len(mp3) < 10_000 * max(1, len(samples) / RATE)


def test_a_clip_fades_in_and_out():
    samples, _ = soundfile.read(io.BytesIO(clip(tone(8), 2.0, 2.0)))
    loud = np.abs(samples[RATE // 2 : RATE]).max()
    assert np.abs(samples[: FADE // 8]).max() < loud / 2
    assert loud > 0.4


@pytest.mark.parametrize("data", [b"", b"fLaC", b"no audio"])
def test_data_that_is_not_flac_raises_an_audio_error(data):
    with pytest.raises(AudioError, match=r"^truncated: "):
        clip(data, 0.0)


def example_of(label_set, *, annotators=1, votes=1, limits=None):
    """Examples of the first two labels of a track that has the first one, for which the model decides for the second one."""
    count = len(label_set)
    probabilities = np.where(np.arange(count) == 1, 0.7, 0.3 / (count - 1))[None]
    of_segments = SimpleNamespace(
        of_track=lambda _: slice(0, 4),
        probabilities=np.repeat(probabilities, 4, 0),
        features=np.zeros((4, 44, 128), np.float32),
    )
    view = SimpleNamespace(
        run=SimpleNamespace(config=SimpleNamespace(segment_seconds=1.0)),
        label_set=label_set,
        track_names=list,
        store_unavailable="no store",
        segments=of_segments,
        corpus=None,
    )
    labels = np.eye(count, dtype=bool)[:1]
    predictions = LabelledPredictions(("t1",), labels, probabilities, np.eye(count, dtype=bool)[1:2])
    row = {"track_id": "t1", "annotators": annotators, **{f"votes_{label_id}": 0 for label_id in label_set.ids}}
    table = pd.DataFrame([{**row, f"votes_{label_set.ids[0]}": votes}])
    examples = Examples(view, predictions, table, limits)
    return [examples.example(0, 0), examples.example(0, 1)]


def test_an_example_speaks_of_an_only_listener_and_of_several_by_number():
    label_set = make_label_set(3, "single")
    assert example_of(label_set)[0].text.startswith("The only listener chose mood 1, but the model gives it only")
    assert example_of(label_set, annotators=4, votes=3)[0].text.startswith("3 of 4 listeners chose mood 1, but the model")
    multi = make_label_set(3)
    limits = dict.fromkeys(multi.ids, 0.5)
    assert example_of(multi, limits=limits)[1].text.endswith(", but the only listener did not choose mood 2.")


def test_the_curves_of_an_example_have_the_colours_of_the_label_set():
    colours = {"mood_1": {"colour": "#AA3377"}, "mood_2": {"colour": "#009944"}}
    svg = example_of(make_label_set(3, "single", **colours))[0].picture.svg
    assert "stroke: #aa3377" in svg
    assert "stroke: #009944" in svg
    many = example_of(make_label_set(13, "single", **colours))[0].picture.svg
    assert "#aa3377" not in many
