import pytest

from mer_tasks.report.blocks import Chart
from mer_tasks.report.plotly_charts import MEASURES, bars, training_curves


@pytest.mark.parametrize("kind", ["multi", "single"])
def test_the_training_figure_is_shown_whole(kind):
    values = {f"{part}{name}": [0.5, 0.6] for part in ("", "val_") for name in (*MEASURES[kind], "other")}
    assert not Chart("training", "", training_curves(values, 1)).scrolls


@pytest.mark.parametrize(("count", "scrolls"), [(12, False), (200, True)])
def test_a_long_chart_scrolls(count, scrolls):
    names = [f"label {number}" for number in range(count)]
    figure = bars({"tracks": [1.0] * count}, names, y="tracks", horizontal=True)
    assert Chart("labels", "", figure).scrolls is scrolls
