from types import SimpleNamespace

import pandas as pd
import pytest

from mer_tasks.report.blocks import Paragraph
from mer_tasks.report.data_sections import data
from tests.support.label_sets import make_label_set


@pytest.mark.parametrize(
    ("sizes", "words"),
    [([1, 1], "1 listener each, 2 in"), ([3, 3], "3 listeners each, 6 in"), ([1, 3], "1 to 3 listeners each,")],
)
def test_the_number_of_listeners_is_a_range_only_if_tracks_differ(sizes, words):
    label_set = make_label_set(2)
    cells = {f"{kind}_{label_id}": [1, 0] for kind in ("votes", "label") for label_id in label_set.ids}
    labels = pd.DataFrame({"annotators": sizes, **cells})
    view = SimpleNamespace(
        corpus=None, labels=labels, label_set=label_set, json=lambda *_: None, table=lambda *_: None, manifests={}, encoder=None
    )
    texts = [block.text for block in data(view) if isinstance(block, Paragraph)]
    assert any(f"2 annotated tracks have {words}" in text for text in texts)
