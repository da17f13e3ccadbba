import pytest

from mer_tasks.label_set import label_set_of
from mer_tasks.report.label_styles import MAX_CHART_NAME, curves_height, is_visible, label_looks, short_names
from mer_tasks.report.plotly_charts import COLOURS, HEIGHT, style
from tests.support.judged_runs import HARD_NAMES
from tests.support.label_sets import EMOTIFY, make_label_set


def test_the_emotions_have_the_colours_and_dashes_of_the_chart_colours_in_their_order():
    looks = label_looks(EMOTIFY)
    expected = [style(index) for index in range(len(EMOTIFY) + 1)]
    assert [(look.colour, look.dash, look.symbol) for look in looks] == [tuple(look.values()) for look in expected]
    assert looks[-1].short == "all emotions"


def test_a_label_has_the_colour_of_the_label_file_unless_a_background_hides_it():
    labels = [{"id": "a", "colour": "#AA3377"}, {"id": "b", "colour": "#FFFFFF"}, {"id": "c", "colour": "#aa3377"}, {"id": "d"}]
    looks = label_looks(label_set_of({"name": "own", "kind": "multi", "labels": labels}, "a test"))
    assert [(look.colour, look.dash) for look in looks[:4]] == [
        ("#AA3377", "solid"),
        (COLOURS[1], "solid"),
        ("#aa3377", "dash"),
        (COLOURS[3], "solid"),
    ]
    assert all(map(is_visible, COLOURS))


def test_short_names_are_never_equal_and_charts_show_names_as_text():
    names = (*(f"{'very ' * 10}long {number}" for number in range(12)), *HARD_NAMES)
    label_set = make_label_set(30, names=names)
    shown = short_names(label_set)
    assert len(set(shown)) == 30
    assert max(map(len, shown)) <= MAX_CHART_NAME
    looks = label_looks(label_set)
    assert not [look for look in looks if set("<>") & set(look.short + look.name)]
    assert not [look for look in looks if "%{" in look.name]


@pytest.mark.parametrize(("label_set", "higher"), [(EMOTIFY, False), (make_label_set(12, names=HARD_NAMES), True)])
def test_charts_are_higher_where_long_names_make_the_legend_high(label_set, higher):
    assert (curves_height(label_set) > HEIGHT) == higher


def test_many_labels_have_no_look_in_common():
    looks = label_looks(make_label_set(12, "multi"))
    assert len({(look.colour, look.dash) for look in looks}) == 13
