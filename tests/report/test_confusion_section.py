import numpy as np

from mer_tasks.report.blocks import Group, Paragraph, Picture, Table
from mer_tasks.report.confusion_section import MAX_PAIRS, MAX_SAME, Confusion, confusion_blocks
from mer_tasks.report.run_documents import LabelledPredictions
from tests.support.label_sets import EMOTIFY, make_label_set


def predictions_of(labels, decisions):
    return LabelledPredictions(tuple(map(str, range(len(labels)))), labels, decisions.astype(float), decisions)


def random_predictions(count, seed=0):
    labels, decisions = np.random.default_rng(seed).random((2, 60, count)) < 0.2
    return predictions_of(labels, decisions)


def test_few_labels_have_a_matrix_each_and_all_share_one():
    blocks = confusion_blocks(random_predictions(9), EMOTIFY)
    assert [type(block) for block in blocks] == [Group, Picture, Paragraph]
    assert [picture.caption for picture in blocks[0].blocks] == list(EMOTIFY.names)


def test_of_many_labels_the_matrix_shows_the_most_confused_and_tables_have_all():
    label_set = make_label_set(56)
    predictions = random_predictions(56)
    predictions.decisions[:, 7] |= predictions.labels[:, 50]  # the model takes mood 51 for mood 8
    predictions.labels[:40, 50] = predictions.decisions[:40, 7] = True
    predictions.labels[:59, 7] = False
    predictions.labels[59, 7] = True
    table, note, picture, how_to_read, pairs = confusion_blocks(predictions, label_set)
    assert isinstance(table, Table)
    assert table.search == "Search moods"
    assert {row[0] for row in table.rows} == set(label_set.names)
    assert {sum(row[1:]) for row in table.rows} == {60}
    wrong = [row[2] + row[3] for row in table.rows]
    assert wrong == sorted(wrong, reverse=True)
    assert "The matrix shows the 12 moods with the most confused tracks; 44 are left out." in note.text
    names = [name for name in label_set.names if f">{name}</text>" in picture.svg]
    assert len(names) == 12
    assert {"mood 8", "mood 51"} <= set(names)
    assert pairs.rows[0][:2] == ("mood 51", "mood 8")
    assert len(pairs.rows) == MAX_PAIRS
    assert f"; {MAX_PAIRS} of " in pairs.caption
    assert "matrix of pairs" in how_to_read.text


def test_the_matrix_of_a_single_label_set_counts_the_tracks_by_true_and_predicted_label():
    label_set = make_label_set(3, "single", noun=("quadrant", "quadrants"), names=("<b>north</b>", "so_uth $1 $2", "_west"))
    true, predicted = [0, 0, 0, 1, 2, 2], [0, 0, 1, 1, 0, 2]
    picture, how_to_read = confusion_blocks(
        predictions_of(np.eye(3, dtype=bool)[true], np.eye(3, dtype=bool)[predicted]), label_set
    )
    assert "a row has the tracks whose quadrant, by the listeners, is that of the row" in how_to_read.text
    texts = [text.partition("</text>")[0].rpartition(">")[2] for text in picture.svg.split("<text")[1:]]
    assert [text for text in texts if text.isdigit()][:9] == ["2", "1", "0", "0", "1", "0", "1", "0", "1"]
    assert texts.count("&lt;b&gt;north&lt;/b&gt;") == texts.count("so_uth $1 $2") == 2
    assert "with &lt;" not in picture.alt  # the template escapes it
    assert "for 50 % of the tracks with _west and without <b>north</b>, the model predicts <b>north</b>" in picture.alt


def test_labels_without_confused_tracks_follow_by_their_number_of_tracks():
    labels = np.zeros((10, 5), bool)
    labels[:6, 4] = labels[:2, 2] = True
    assert Confusion.of(labels, labels).leading(2) == [2, 4]


def test_a_label_that_no_track_has_gets_no_row_among_many_labels_and_the_note_counts_it():
    label_set = make_label_set(56)
    predictions = random_predictions(56)
    predictions.labels[:, 4:50] = False
    predictions.decisions[:, 4] = True  # the most confused label is one that no track has
    _, note, picture, _, pairs = confusion_blocks(predictions, label_set)
    names = [name for name in label_set.names if f">{name}</text>" in picture.svg]
    assert names == [*label_set.names[:4], *label_set.names[50:]]
    assert "shows the 10 moods with the most confused tracks; 46 are left out, 46 of them because no test track" in note.text
    assert "mood 5" in [row[1] for row in pairs.rows]
    predictions.labels[:] = False
    assert [type(block) for block in confusion_blocks(predictions, label_set)] == [Table, Paragraph, Table]


def test_few_labels_are_all_in_the_matrix_also_without_tracks():
    labels = np.eye(4, dtype=bool)[[0, 1]]
    assert Confusion.of(labels, np.eye(4, dtype=bool)[[0, 3]]).leading(12) == [0, 1, 2, 3]


def test_one_label_does_not_fill_the_table_of_pairs():
    label_set = make_label_set(56)
    predictions = random_predictions(56)
    predictions.labels[:, 3] = predictions.decisions[:, 9] = True  # all tracks have mood 4, and get mood 10
    predictions.decisions[:, 3] = False
    pairs = confusion_blocks(predictions, label_set)[-1]
    assert len(pairs.rows) == MAX_PAIRS
    assert pairs.rows[0][:2] == ("mood 4", "mood 10")
    for column in (0, 1):
        shown = [row[column] for row in pairs.rows]
        assert max(map(shown.count, shown)) == MAX_SAME
    assert f"at most {MAX_SAME} with the same mood in the same column" in pairs.caption
