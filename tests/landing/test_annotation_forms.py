"""Recognition of the form of an annotation file by its header."""

import pytest

from mer_tasks.errors import AnnotationError
from mer_tasks.landing.annotation_forms import NAMES, read_header
from tests.support.label_sets import EMOTIFY

EMOTIONS = EMOTIFY.ids

VOTES, SHARES = [f"votes {emotion}" for emotion in EMOTIONS], [f"Share_{emotion}" for emotion in EMOTIONS]


@pytest.mark.parametrize(
    ("names", "form"),
    [
        pytest.param(["track id", *EMOTIONS], "answers", id="no genre"),
        pytest.param(["Track_ID", "Genre", *(emotion.title() for emotion in EMOTIONS), "User"], "answers", id="other case"),
        pytest.param(["track id", *EMOTIONS, "label", "emotion"], "answers", id="a record label beside the emotions"),
        pytest.param(["track id", *EMOTIONS, "share power"], "answers", id="a share beside the emotions"),
        pytest.param(["trackId", "label"], "labels", id="labels"),
        pytest.param(["track-id", "Emotion", "WorkerId", "genre"], "labels", id="labels of workers"),
        pytest.param(["track id", "listeners", *EMOTIONS], "counts", id="counts"),
        pytest.param(["track_id", "annotators", *VOTES], "counts", id="counts with a word before"),
        pytest.param(["track id", "n_listeners", *EMOTIONS], "counts", id="counts with n before listeners"),
        pytest.param(["track id", "Number of listeners", *EMOTIONS], "counts", id="counts with number of before listeners"),
        pytest.param(["track id", "n annotators", *SHARES], "shares", id="shares with n before annotators"),
        pytest.param(["track id", "listeners", *SHARES], "shares", id="shares"),
    ],
)
def test_the_header_alone_decides_the_form(names, form):
    header = read_header(names, "a.csv: line 1", EMOTIFY)
    assert header.form == form
    expected = {"labels": {"track id", "label"}, "answers": {"track id", *EMOTIONS}}.get(
        form, {"track id", "listeners", *EMOTIONS}
    )
    assert expected <= {*header.columns}
    assert len(header.columns) == len(names)


@pytest.mark.parametrize("name", [*NAMES["listener"], "LISTENER", "worker_id", "UserID"])
def test_every_name_of_a_listener_is_known(name):
    assert read_header(["track id", name, *EMOTIONS], "a", EMOTIFY).columns[1] == "listener"
    assert read_header(["track id", name, "label"], "a", EMOTIFY).columns[1] == "listener"


@pytest.mark.parametrize(
    ("names", "message"),
    [
        pytest.param(
            ["track id", "label", "user", "Annotator"], "columns 'user' and 'Annotator' for 'listener', exp", id="two"
        ),
        pytest.param(["track id", "track_id", *EMOTIONS], "columns 'track id' and 'track_id' for 'track id'", id="two ids"),
        pytest.param(
            ["track id", *EMOTIONS, "Power"], "columns 'power' and 'Power' for 'power', expected one of", id="emotion"
        ),
        pytest.param(
            ["track id", "listeners", "annotators", *EMOTIONS], "columns 'listeners' and 'annotators' for", id="sizes"
        ),
        pytest.param(["track id", "x", "x", *EMOTIONS], "column 'x' 2 times, expected once", id="repeated"),
        pytest.param(
            ["track id", "listeners", *SHARES, "power"],
            "column 'power' has counts in a file of shares, expected only",
            id="mixed",
        ),
        pytest.param(["track id", "listeners", *VOTES, *SHARES], "column 'votes amazement' has counts in a file of", id="both"),
        pytest.param(
            ["track id", "listeners", "listener", *EMOTIONS], "column 'listener' in a file of counts, where a row has", id="one"
        ),
        pytest.param(["track id", *SHARES], "no column 'listeners' in .* expected track id, listeners, share am", id="no size"),
        pytest.param(["track id", "listeners", *SHARES[1:]], "no column 'share amazement' in", id="no share"),
        pytest.param(["track id", "emotion", "Score"], "column 'Score' in a file of labels, where each row is one", id="score"),
        pytest.param(["song", "label"], "no column 'track id' in 'song,label', expected track id, label, with commas", id="id"),
        pytest.param(["track id", "genre", *EMOTIONS[1:]], "no column 'amazement' in", id="no emotion"),
    ],
)
def test_a_header_that_fits_no_form_is_refused(names, message):
    with pytest.raises(AnnotationError, match=f"^a.csv: line 1: {message}"):
        read_header(names, "a.csv: line 1", EMOTIFY)
