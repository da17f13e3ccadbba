"""Execute the notebook from top to bottom in its own kernel: on a complete run, on a failed run, and on the views alone."""

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
from mer_tasks.report.published_documents import PublishedRunView
from mer_tasks.report.sections import SECTIONS
from mer_tasks.report.track_maps import MAX_TRACKS, sample_tracks
from mer_tasks.runs.pipeline import run_stage
from mer_tasks.stages.labels import labels
from mer_tasks.stages.split import split
from tests.support.audio_files import encoded, music
from tests.support.label_sets import EMOTIFY
from tests.support.learnable_runs import SEGMENTS, learnable
from tests.support.published_runs import annotations_of
from tests.support.run_documents import discovered, fanned_out, line, rejection, run_in

NOTEBOOK = CHECKOUT / "notebooks" / "visualization.ipynb"
ATTACK = "<img src=x onerror=alert(1)>"
NOTHING = "Nothing to show"
SCRIPTS = re.compile(r"<script\b.*?</script>", re.DOTALL)
"""Scripts; Plotly's own script has markup in its texts."""
FIGURES = {
    "headline": ["svg"],
    "metrics": ["table"],
    "labels": ["plotly"],
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
"""What each section shows of a complete run without rejected files and without pairs of the same recording."""
IN_STORE = {"maps", "certificate", "balance"}
"""Sections whose data is only in the object store."""


def shown_by(cell) -> list[str]:
    """List the kinds of figures and tables that a cell shows, in their order."""
    kinds = []
    for output in cell.outputs:
        data = output.get("data", {})
        if "application/vnd.plotly.v1+json" in data:
            assert data["application/vnd.plotly.v1+json"]["data"]
            kinds.append("plotly")
        else:
            kinds += re.findall(r"<(svg|table|audio)\b", SCRIPTS.sub("", data.get("text/html", "")))
    return kinds


def texts_of(cell) -> str:
    return " ".join(output.get("data", {}).get("text/html", "") + output.get("text", "") for output in cell.outputs)


@pytest.fixture
def executed(tmp_path, monkeypatch):
    """A function that executes the notebook with environment variables; returns its cells, and those of sections by name."""
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
        assert not streams, "the kernel printed warnings"
        sections = {match[1]: cell for cell in cells if (match := re.fullmatch(r'section\("(\w+)"\)', cell.source))}
        headline = next(cell for cell in cells if "headline(view)" in cell.source)
        return cells, {"headline": headline, **sections}

    return execute


@pytest.fixture
def champion_run(database_url, tmp_path):
    """A published run whose model is the champion, with audio that can be played."""
    run = learnable(tmp_path / "store", epochs=1, database_url=database_url)
    for seed, sha256 in enumerate(run.read_table("discover", "catalogue.parquet")["sha256"]):
        run.store.put(f"blobs/reformat/{sha256}.flac", encoded(music(6, seed=seed)[:, 0], container="FLAC", subtype="PCM_16"))
    for stage in ("balance", "train", "thresholds", "evaluate", "drift", "publish", "challenge", "promote"):
        run_stage(run, stage)
    return run


@pytest.mark.heavy
def test_the_notebook_shows_every_section_of_a_published_run_from_the_store_and_from_sql(
    champion_run, executed, reader_url, tmp_path
):
    cells, sections = executed(MER_STORE_URL=champion_run.store.url, MER_READER_URL=reader_url)
    assert set(sections) == {"headline", *SECTIONS}
    assert {name: shown_by(sections[name]) for name in FIGURES} == FIGURES
    examples = shown_by(sections["hardest"])
    assert examples[:3] == ["svg", "audio", "table"]
    assert len(examples) == 3 * examples.count("audio")
    assert not [cell.source for cell in cells if NOTHING in texts_of(cell)]
    assert f"Run r1, from {champion_run.store.url}." in texts_of(cells[2])
    track = next(index for index, cell in enumerate(cells) if cell.source.startswith("# The sound of a track"))
    assert [shown_by(cell) for cell in cells[track : track + 3]] == [["svg"], ["audio"], ["table"]]
    (runs_compared,) = [cell for cell in cells if '"runs_compared"' in cell.source]
    assert shown_by(runs_compared) == ["plotly", "table"]
    assert shown_by(cells[-1]) == ["table"]
    assert "_and_".join(EMOTIFY.ids[:2]) in texts_of(cells[-1])
    assert sum(cell.outputs != [] for cell in cells) >= 30

    cells, sections = executed(MER_STORE_URL=(tmp_path / "empty").as_uri(), MER_READER_URL=reader_url)
    assert "Run r1, from the views of the database." in texts_of(cells[2])
    assert {name: shown_by(sections[name]) for name in FIGURES.keys() - IN_STORE} == {
        name: shown for name, shown in FIGURES.items() if name not in IN_STORE
    }
    assert all(f"{NOTHING}: this is only in the object store" in texts_of(sections[name]) for name in IN_STORE)
    assert shown_by(sections["hardest"])[0] == "table"


def test_the_notebook_shows_a_failed_run_and_its_names_never_become_markup(executed, tmp_path):
    names = [f"{number}{ATTACK}" for number in range(9)]
    run = run_in(tmp_path / "store", reject_budget=0.9)
    lost = [{**rejection("x", genre=f"rock{ATTACK}"), "detail": ATTACK}]
    discovered(run, [line(name, f"rock{ATTACK}") for name in names], lost, {"votes.csv": annotations_of(names)})
    fanned_out(run, segments=SEGMENTS, sounds={names[1]: names[0]})
    labels(run)
    split(run)
    cells, sections = executed(MER_STORE_URL=run.store.url)
    missing = "balance, train, thresholds, evaluate, drift, publish, challenge, promote"
    assert f"The run is not complete: {missing} not finished." in texts_of(cells[2])
    assert {name for name in SECTIONS if shown_by(sections[name])} == {"data", "certificate", "time"}
    assert "No map: file://" in texts_of(sections["maps"])
    assert all(len(cell.outputs) > 1 for cell in sections.values()), "the sentence on how to read it, and why it is empty"
    assert len([cell for cell in cells if f"{NOTHING}: no database." in texts_of(cell)]) == 3
    shown = " ".join(map(texts_of, cells))
    assert shown.count("&lt;img src=x onerror") > 5
    assert not re.findall(r"<(?:img|script)[^>]*onerror", shown)
    texts = str([cell.outputs for cell in cells])
    assert "application/vnd.plotly.v1+json" in texts
    assert sys.executable not in shown


def test_the_notebook_reads_only_a_sample_of_a_large_corpus(tmp_path):
    cells = [cell.source for cell in nbformat.read(NOTEBOOK, as_version=4).cells if cell.cell_type == "code"]
    assert not [cell for cell in cells if "SELECT *" in cell]
    names = [f"{number:04}" for number in range(1_000)]
    tracks = pd.DataFrame({"track_id": names, "features_key": "none", "segments": 1})
    variables = {
        "pd": pd,
        "sample_tracks": sample_tracks,
        "track_descriptions": lambda index: np.zeros((len(index.tracks), 310)),
        "errors_shown": nullcontext,
        "SegmentIndex": SegmentIndex,
        "PublishedRunView": PublishedRunView,
        "run": run_in(tmp_path),
        "view": SimpleNamespace(corpus=Corpus(tracks, [], ("rock",), {})),
    }
    (cell,) = [cell for cell in cells if "track_descriptions(index)" in cell]
    exec(cell, variables)  # noqa: S102  # code of this checkout
    sample = sample_tracks(1_000, variables["run"].config.seed)
    assert variables["descriptions"].index.tolist() == [names[index] for index in sample]
    assert len(variables["descriptions"]) == MAX_TRACKS


def test_the_notebook_is_stored_without_outputs_and_without_absolute_paths():
    text = NOTEBOOK.read_text(encoding="utf-8")
    notebook = nbformat.reads(text, as_version=4)
    nbformat.validate(notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert all(cell.outputs == [] and cell.execution_count is None for cell in code)
    assert all(cell.source.startswith(("# ", "section(")) for cell in code), "each cell begins with a comment on what it shows"
    assert not re.findall(r"(?<![\w.:/])/(?:[\w.-]+/)+|[A-Z]:\\|file://", "\n".join(cell.source for cell in notebook.cells))
    assert str(Path.home()) not in text
    assert notebook.metadata.kernelspec.name == "python3"
