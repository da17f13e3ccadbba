"""Annotation files of other label sets than the default one: names of labels, kind single, retired and unknown labels."""

import pytest

from mer_tasks.corpus.label_rules import count_votes
from mer_tasks.errors import AnnotationError
from mer_tasks.label_set import LABEL_SETS, Kind, LabelSet, label_set_of
from mer_tasks.landing.annotation_files import parse
from mer_tasks.landing.vote_merging import read_annotation_files
from tests.support.label_sets import EMOTIFY, make_label_set


def quadrants(kind: Kind = "single", *retired: str) -> LabelSet:
    """Four quadrants with names, of which some are retired."""
    return make_label_set(["q1", "q2", "q3", "q4"], kind, retired=retired, names=("Happy", "Tense", "Sad", "Calm"))


def votes(text: str, of: LabelSet) -> dict[str, list[int]]:
    """Listeners and votes of each track."""
    return count_votes(read_annotation_files({"a.csv": text.encode()}, of)).T.to_dict("list")


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("track id,q4,Q1,Q3,Q2\n1,0,1,0,0\n1,0,0,1,0\n2,0,0,0,1\n", id="ids in another order"),
        pytest.param("track id,calm,HAPPY,sad,q2\n1,0,1,0,0\n1,0,0,1,0\n2,0,0,0,1\n", id="names"),
        pytest.param("track id,label\n1,q1\n1,Sad\n2,TENSE\n", id="one column of labels"),
        pytest.param("track id,listeners,q1,q2,q3,q4\n1,2,1,0,1,0\n2,1,0,1,0,0\n", id="counts"),
        pytest.param("track id,listeners,share happy,share q2,share q3,share q4\n1,2,0.5,0,0.5,0\n2,1,0,1,0,0\n", id="shares"),
    ],
)
@pytest.mark.parametrize("kind", ["single", "multi"])
def test_columns_and_cells_have_ids_or_names_of_labels(text, kind):
    assert votes(text, quadrants(kind)) == {"1": [2, 1, 0, 1, 0], "2": [1, 0, 1, 0, 0]}


def test_a_label_with_the_name_of_a_known_column_is_found_by_its_id_only():
    labels = [{"id": "a", "name": "Genre"}, {"id": "b", "name": "Listener"}]
    of = label_set_of({"name": "moods", "kind": "multi", "labels": labels}, "moods.toml")
    file = parse(b"track id,genre,a,b\n1,rock,1,0\n", "a.csv", of)
    assert file.table[["genre", "a", "b"]].to_numpy().tolist() == [["rock", 1, 0]]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("track id,q1,q2,q3,q4\n1,1,0,0,0\n2,1,0,1,0\n3,1,1,0,0\n", r"line 3: 2 labels \(q1, q3\), expected exactly one,"
         r" because the label set moods gives each track one of q1, q2, q3, q4 \(and 1 more\)$"),
        ("track id,q1,q2,q3,q4\n1,0,0,0,0\n", "line 2: no label, expected exactly one, because the label set moods"),
        ("track id,label\n1,q1\n2,\n3,\n", "line 3, column 'label': '', expected one of q1, q2, q3, q4,"
         r" because the label set moods gives each track one \(and 1 more\)$"),
        ("track id,label\n1,q1\n2,q9\n", "line 3, column 'label': 'q9', expected one of q1, q2, q3, q4$"),
        ("track id,listeners,q1,q2,q3,q4\n1,3,1,0,1,0\n", "line 2: 2 votes of 3 listeners, expected as many as listeners"),
        ("track id,listeners,q1,q2,q3,q4\n1,3,2,0,2,0\n", "line 2: 4 votes of 3 listeners, expected as many as listeners"),
    ],
)  # fmt: skip
def test_a_row_with_two_labels_or_none_is_refused_where_each_track_has_one(text, message):
    with pytest.raises(AnnotationError, match=f"^a.csv: {message}"):
        parse(text.encode(), "a.csv", quadrants())
    if "column" not in message:
        parse(text.encode(), "a.csv", quadrants("multi"))


def test_the_later_row_of_a_listener_counts_where_each_track_has_one_label():
    text = "track id,label,listener\n1,q1,Ann\n1,q2,Bob\n1,q3,Ann\n"
    annotations = read_annotation_files({"a.csv": text.encode()}, quadrants())
    assert count_votes(annotations).loc["1"].tolist() == [2, 0, 1, 1, 0]
    assert (annotations.rows_read, annotations.rows_counted, annotations.superseded) == (3, 2, 1)
    assert votes(text, quadrants("multi")) == {"1": [2, 1, 1, 1, 0]}


def test_labels_without_listeners_need_no_warning_where_each_track_has_one_label():
    files = {"a.csv": b"track id,label\n1,q1\n2,q2\n"}
    assert read_annotation_files(files, quadrants()).warnings == []
    assert len(read_annotation_files(files, quadrants("multi")).warnings) == 1


def test_a_track_in_two_rows_of_labels_without_listeners_has_two_listeners_and_a_warning_says_so():
    files = {"a.csv": b"track id,label\n1,q1\n2,q2\n1,q3\n", "b.csv": b"track id,label,listener\n3,q1,Ann\n3,q1,Bob\n"}
    annotations = read_annotation_files(files, quadrants())
    assert count_votes(annotations).loc["1"].tolist() == [2, 1, 0, 1, 0]
    (warning,) = annotations.warnings
    assert "have 1 tracks in several rows, such as track '1': each row counts as the answer of one listener" in warning
    assert warning.endswith(": a.csv")


@pytest.mark.parametrize("word", ["mood", "Label", "emotions", "quadrant"])
def test_a_column_that_was_meant_to_have_labels_is_named_beside_the_missing_label(word):
    of = make_label_set(["q1", "q2", "q3", "q4"], "single", noun=("quadrant", "quadrants"))
    with pytest.raises(AnnotationError) as caught:
        parse(f"track id,Q1,Q2,Q3,{word}\n1,1,0,0,0\n".encode(), "a.csv", of)
    message = str(caught.value)
    assert "no column 'q4' in" in message
    assert f"; the label set moods has no {word!r}" in message
    assert ("a column with one label in each row is called 'label'" in message) == (word != "Label")


def test_a_file_of_another_set_is_refused_with_missing_and_unknown_labels_and_the_set_that_fits():
    header = f"track id,{','.join(EMOTIFY.ids)},mood,age"
    with pytest.raises(AnnotationError) as caught:
        parse(f"{header}\n1{',0' * 9},3,20\n".encode(), "a.csv", quadrants())
    message = str(caught.value)
    assert "no column 'q1', 'q2', 'q3', 'q4' in" in message
    assert "; the label set moods has no 'amazement', 'solemnity'," in message
    assert "'age'" not in message
    assert message.endswith(f"; the label set emotify (MER_LABELS={LABEL_SETS / 'emotify.toml'}) would fit")


def test_a_file_of_many_labels_is_refused_with_some_of_them():
    labels = [f"l{number}" for number in range(200)]
    of = label_set_of({"name": "many", "kind": "multi", "labels": labels}, "many.toml")
    with pytest.raises(AnnotationError, match=r"no column 'l0', .* 'l11' and 188 more in 'track id,happy', expected tr"):
        parse(b"track id,happy\n1,1\n", "a.csv", of)
    with pytest.raises(
        AnnotationError, match=r"'other', expected one of l0, .* l11 and 188 more, or nothing for no label; mer"
    ):
        parse(b"track id,label\n1,other\n", "a.csv", of)


def test_cells_of_another_set_are_refused_with_the_set_that_fits():
    with pytest.raises(AnnotationError, match=r"'q1', expected one of .*; the label set quadrants \(MER_.*\) would fit$"):
        parse(b"track id,label\n1,q1\n2,q4\n", "a.csv", EMOTIFY)
    with pytest.raises(AnnotationError, match=r"'q1', expected one of .*\(and 1 more\); mer import-csv makes a label set of"):
        parse(b"track id,label\n1,q1\n2,none\n", "a.csv", EMOTIFY)
    with pytest.raises(AnnotationError, match=r"'none', expected one of .*nothing for no emotion$"):
        parse(b"track id,label\n1,power\n2,none\n", "a.csv", EMOTIFY)


def test_a_file_that_fits_no_label_set_of_the_platform_is_refused_with_the_importer():
    with pytest.raises(AnnotationError, match="; the label set emotify has no 'happy', 'focus'; mer import-csv makes a label"):
        parse(b"track id,happy,focus\n1,1,0\n", "a.csv", EMOTIFY)
    with pytest.raises(AnnotationError, match=r"has no 'happy'$"):
        parse(b"track id,power,happy\n1,1,0\n", "a.csv", EMOTIFY)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        pytest.param("track id,q1,q2,q3,q4,party,liked,note\n1,1,0,0,0,1,1,x\n", "'party'", id="answers"),
        pytest.param("track id,listeners,q1,q2,q3,q4,party,year\n1,2,1,0,1,0,2,1999\n", "'party'", id="counts"),
        pytest.param(
            "track id,listeners,share q1,share q2,share q3,share q4,share party\n1,1,1,0,0,0,x\n", "'share party'", id="sh"
        ),
    ],
)
def test_a_column_of_votes_for_no_label_is_named_and_does_not_count(text, named):
    annotations = read_annotation_files({"a.csv": text.encode()}, quadrants())
    (warning,) = annotations.warnings
    assert warning == (
        "1 annotation files have 1 columns of votes for no label of the label set moods, so they do not count:"
        f" {named}; such as in a.csv"
    )


@pytest.mark.parametrize(
    "text",
    [
        "track id,q1,q2,q3,q4\n1,1,0,0,0\n1,0,1,0,0\n2,0,1,0,0\n",
        "track id,label\n1,q1\n1,q2\n2,Tense\n",
        "track id,listeners,q1,q2,q3,q4\n1,2,1,1,0,0\n2,1,0,1,0,0\n",
    ],
)
def test_votes_for_a_retired_label_do_not_count_and_are_counted(text):
    of = quadrants("single", "q2")
    annotations = read_annotation_files({"a.csv": text.encode()}, of)
    assert count_votes(annotations).T.to_dict("list") == {"1": [1, 1, 0, 0], "2": [0, 0, 0, 0]}
    warning = annotations.warnings[-1]
    assert warning == "2 votes in 1 annotation files do not count, because their labels are retired (q2); such as in a.csv"
    multi = read_annotation_files({"a.csv": text.encode()}, quadrants("multi", "q2"))
    assert count_votes(multi).T.to_dict("list") == {"1": [2, 1, 0, 0], "2": [1, 0, 0, 0]}


def test_a_file_may_lack_a_retired_label():
    assert votes("track id,q1,q3,q4\n1,1,0,0\n", quadrants("single", "q2")) == {"1": [1, 1, 0, 0]}


@pytest.mark.parametrize("form", ["answers", "counts", "shares", "labels"])
def test_files_of_two_hundred_labels_are_read(form):
    labels = [f"l{number}" for number in range(200)]
    of = label_set_of({"name": "many", "kind": "multi", "labels": labels}, "many.toml")
    cells = ",".join("1" if number == 7 else "0" for number in range(200))
    texts = {
        "answers": f"track id,{','.join(labels)}\n1,{cells}\n",
        "counts": f"track id,listeners,{','.join(labels)}\n1,1,{cells}\n",
        "shares": f"track id,listeners,{','.join(f'share {label}' for label in labels)}\n1,1,{cells}\n",
        "labels": "track id,listener,label\n1,Ann,l7\n",
    }
    assert votes(texts[form], of) == {"1": [1, *(int(number == 7) for number in range(200))]}
