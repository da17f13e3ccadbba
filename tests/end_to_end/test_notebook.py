"""The notebook, executed from top to bottom in a kernel of its own: on a whole run, on part of one, and on the views alone."""

import re
import sys
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace

import nbformat
import numpy as np
import pandas as pd
import pytest
from nbconvert.preprocessors import ExecutePreprocessor

from mer_tasks.config import CHECKOUT
from mer_tasks.corpus.segments import SegmentIndex
from mer_tasks.corpus.usable_tracks import Corpus
from mer_tasks.report.published_documents import Published
from mer_tasks.report.sections import CONTENTS
from mer_tasks.report.track_maps import SHOWN, drawn
from mer_tasks.runs.pipeline import run_stage
from mer_tasks.stages.labels import labels
from mer_tasks.stages.split import split
from tests.support.audio_files import encoded, music
from tests.support.learnable_runs import SEGMENTS, learnable
from tests.support.published_runs import annotations_of
from tests.support.run_documents import discovered, fanned_out, line, rejection, run_in

NOTEBOOK = CHECKOUT / "notebooks" / "visualization.ipynb"
ATTACK = "<img src=x onerror=alert(1)>"
NOTHING = "Nothing to show"
SCRIPTS = re.compile(r"<script\b.*?</script>", re.DOTALL)
"""Of which Plotly's own has markup in its texts."""
FIGURES = {
    "verdict": ["svg"],
    "metrics": ["table"],
    "emotions": ["plotly"],
    "training": ["plotly"],
    "confusion": [*["svg"] * 9, "svg"],
    "curves": ["plotly", "plotly"],
    "calibration": ["plotly"],
    "thresholds": ["plotly"],
    "maps": ["plotly", "plotly"],
    "data": ["plotly", "plotly", "table"],
    "certificate": ["table", "table", "table"],
    "balance": ["plotly"],
    "time": ["plotly"],
}
"""What each section shows of a complete run without rejected files and twins."""
STORED = {"maps", "certificate", "balance"}


def kinds(cell) -> list[str]:
    """What a cell shows, in its order."""
    found = []
    for output in cell.outputs:
        data = output.get("data", {})
        if "application/vnd.plotly.v1+json" in data:
            assert data["application/vnd.plotly.v1+json"]["data"]
            found.append("plotly")
        else:
            found += re.findall(r"<(svg|table|audio)\b", SCRIPTS.sub("", data.get("text/html", "")))
    return found


def words(cell) -> str:
    return " ".join(output.get("data", {}).get("text/html", "") + output.get("text", "") for output in cell.outputs)


@pytest.fixture
def executed(tmp_path, monkeypatch):
    """Executes the notebook with these variables; gives its cells, those of sections by their name."""
    for name in ("IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR"):
        monkeypatch.setenv(name, str(tmp_path / name))
    monkeypatch.setenv("JUPYTER_PREFER_ENV_PATH", "1")
    monkeypatch.setenv("no_proxy", "*")

    def execute(**variables: str):
        for name in ("MER_STORE_URL", "MER_READER_URL", "MER_DATABASE_URL", "MER_RUN_ID", "MER_SEGMENT_SECONDS"):
            monkeypatch.delenv(name, raising=False)
        for name, value in {"MER_SCRATCH_DIR": str(tmp_path / "scratch"), **variables}.items():
            monkeypatch.setenv(name, value)
        notebook = nbformat.read(NOTEBOOK, as_version=4)
        ExecutePreprocessor(timeout=300, kernel_name="python3").preprocess(
            notebook, {"metadata": {"path": str(NOTEBOOK.parent)}}
        )
        cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
        streams = [output for cell in cells for output in cell.outputs if output.output_type == "stream"]
        assert not streams, "the kernel has warned"
        named = {match[1]: cell for cell in cells if (match := re.fullmatch(r'section\("(\w+)"\)', cell.source))}
        verdict = next(cell for cell in cells if "verdict(documents)" in cell.source)
        return cells, {"verdict": verdict, **named}

    return execute


@pytest.fixture
def judged(database_url, tmp_path):
    """A published run whose model is the champion, on files that can be listened to."""
    run = learnable(tmp_path / "store", epochs=1, database_url=database_url)
    for place, sha256 in enumerate(run.read_table("discover", "catalogue.parquet")["sha256"]):
        run.store.put(f"blobs/reformat/{sha256}.flac", encoded(music(6, seed=place)[:, 0], container="FLAC", subtype="PCM_16"))
    for stage in ("balance", "train", "thresholds", "evaluate", "drift", "publish", "challenge", "promote"):
        run_stage(run, stage)
    return run


@pytest.mark.heavy
def test_every_view_of_a_published_run_is_there_from_its_artifacts_and_from_sql(judged, executed, reader_url, tmp_path):
    cells, sections = executed(MER_STORE_URL=judged.store.url, MER_READER_URL=reader_url)
    assert set(sections) == {"verdict", *CONTENTS}
    assert {name: kinds(sections[name]) for name in FIGURES} == FIGURES
    mistakes = kinds(sections["hardest"])
    assert mistakes[:3] == ["svg", "audio", "table"]
    assert len(mistakes) == 3 * mistakes.count("audio")
    assert not [cell.source for cell in cells if NOTHING in words(cell)]
    assert f"Run r1, from {judged.store.url}." in words(cells[2])
    track = next(place for place, cell in enumerate(cells) if cell.source.startswith("# The sound of a track"))
    assert [kinds(cell) for cell in cells[track : track + 3]] == [["svg"], ["audio"], ["table"]]
    (compared,) = [cell for cell in cells if '"runs_compared"' in cell.source]
    assert kinds(compared) == ["plotly", "table"]
    assert kinds(cells[-1]) == ["table"]
    assert "power_and_sadness" in words(cells[-1])
    assert sum(cell.outputs != [] for cell in cells) >= 30

    cells, sections = executed(MER_STORE_URL=(tmp_path / "empty").as_uri(), MER_READER_URL=reader_url)
    assert "Run r1, from the views of the database." in words(cells[2])
    assert {name: kinds(sections[name]) for name in FIGURES.keys() - STORED} == {
        name: shown for name, shown in FIGURES.items() if name not in STORED
    }
    assert all(f"{NOTHING}: this is in the object store only" in words(sections[name]) for name in STORED)
    assert kinds(sections["hardest"])[0] == "table"


def test_a_run_that_failed_half_way_goes_through_and_its_names_never_become_markup(executed, tmp_path):
    names = [f"{number}{ATTACK}" for number in range(9)]
    run = run_in(tmp_path / "store", reject_budget=0.9)
    lost = [{**rejection("x", genre=f"rock{ATTACK}"), "detail": ATTACK}]
    discovered(run, [line(name, f"rock{ATTACK}") for name in names], lost, {"votes.csv": annotations_of(names)})
    fanned_out(run, segments=SEGMENTS, sounds={names[1]: names[0]})
    labels(run)
    split(run)
    cells, sections = executed(MER_STORE_URL=run.store.url)
    assert "Not complete, without balance, train, thresholds, evaluate, drift, publish, challenge, promote." in words(cells[2])
    assert {name for name in CONTENTS if kinds(sections[name])} == {"data", "certificate", "time"}
    assert "No map: file://" in words(sections["maps"])
    assert all(len(cell.outputs) > 1 for cell in sections.values()), "the sentence, and why there is no more"
    assert len([cell for cell in cells if f"{NOTHING}: no database." in words(cell)]) == 3
    shown = " ".join(map(words, cells))
    assert shown.count("&lt;img src=x onerror") > 5
    assert not re.findall(r"<(?:img|script)[^>]*onerror", shown)
    texts = str([cell.outputs for cell in cells])
    assert "application/vnd.plotly.v1+json" in texts
    assert sys.executable not in shown


def test_of_a_large_corpus_the_notebook_takes_what_it_shows(tmp_path):
    cells = [cell.source for cell in nbformat.read(NOTEBOOK, as_version=4).cells if cell.cell_type == "code"]
    assert not [cell for cell in cells if "SELECT *" in cell]
    names = [f"{number:04}" for number in range(1_000)]
    tracks = pd.DataFrame({"track_id": names, "features_key": "none", "segments": 1})
    told = {
        **{"pd": pd, "drawn": drawn, "described": lambda index: np.zeros((len(index.tracks), 310)), "saying_why": nullcontext},
        **{"SegmentIndex": SegmentIndex, "Published": Published, "run": run_in(tmp_path)},
        "documents": SimpleNamespace(corpus=Corpus(tracks, [], ("rock",), {})),
    }
    (cell,) = [cell for cell in cells if "described(index)" in cell]
    exec(cell, told)  # noqa: S102  # of this checkout
    assert told["sound"].index.tolist() == [names[place] for place in drawn(1_000, told["run"].config.seed)]
    assert len(told["sound"]) == SHOWN


def test_the_notebook_is_kept_without_outputs_and_without_places_of_a_machine():
    text = NOTEBOOK.read_text(encoding="utf-8")
    notebook = nbformat.reads(text, as_version=4)
    nbformat.validate(notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert all(cell.outputs == [] and cell.execution_count is None for cell in code)
    assert all(cell.source.startswith(("# ", "section(")) for cell in code), "each begins with what to see"
    assert not re.findall(r"(?<![\w.:/])/(?:[\w.-]+/)+|[A-Z]:\\|file://", "\n".join(cell.source for cell in notebook.cells))
    assert str(Path.home()) not in text
    assert notebook.metadata.kernelspec.name == "python3"
