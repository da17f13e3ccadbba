"""Stage ``report``: what a run found, on one page that people can look at and listen to.

In: whatever documents the run has, and the FLACs of a few tracks. Out: ``report.html``, one file of less than 10 MB that opens
from a disk and needs no network: the verdict in a sentence, then metrics, curves, maps of the tracks, the hardest examples,
the data, the certificate of the split, and where the time went. Each section says what to see in it.

Of a run that failed half-way the page says which stages are missing, and shows the rest. Names of tracks, genres and files,
and texts of tags, may have anything in them: the template escapes them, :func:`mer_tasks.report.blocks.plain` does so once more
for Plotly, and the page's own policy lets no script run but the two whose hashes it has.
"""

import base64
import hashlib
import logging
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from plotly.offline import get_plotlyjs

from mer_tasks import __version__
from mer_tasks.errors import ObjectMissing
from mer_tasks.report.headline import verdict
from mer_tasks.report.run_documents import Documents
from mer_tasks.report.sections import sections
from mer_tasks.runs.artifacts import REPORT
from mer_tasks.runs.documents import reads_once
from mer_tasks.runs.run import Manifest, Run, Stopwatch
from mer_tasks.wording import number

logger = logging.getLogger(__name__)

STAGE = "report"
TEMPLATES = Path(__file__).parents[1] / "report" / "templates"
MODES = {
    "train": "a new model",
    "eval": "a stored model, evaluated again",
    "predict": "tracks, scored by the champion",
}


def cell(value: object) -> str:
    """`value` as text for a table."""
    return number(value) if value is None or isinstance(value, float) else str(value)


def told(documents: Documents) -> str:
    """What kind of run this is, and whether it has come to its end."""
    kind = "no new model" if "train" in documents.missing else MODES[documents.mode]
    return f"{kind}; this run has not finished" if documents.missing else kind


def policy(*scripts: str) -> str:
    """What a page may load: nothing from elsewhere, and no script but these.

    Content Security Policy Level 3, section 6.7.3.3: a script whose sha256 is named runs.
    """
    digests = (base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in scripts)
    run = " ".join(f"'sha256-{digest}'" for digest in digests)
    places = "style-src 'unsafe-inline'; img-src data: blob:; media-src data:; base-uri 'none'; form-action 'none'"
    return f"default-src 'none'; script-src {run}; {places}"


@cache
def _environment() -> Environment:
    """The templates, which escape whatever is not markup of this package's own making."""
    found = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    found.filters["cell"] = cell
    return found


def page(documents: Documents) -> str:
    """The page on a run."""
    run = documents.run
    plotly, script, css = (
        get_plotlyjs(),
        *((TEMPLATES / f"report.{kind}").read_text(encoding="utf-8") for kind in ("js", "css")),
    )
    shown = sections(documents)
    values: dict[str, Any] = {
        "run_id": run.run_id,
        "mode": told(documents),
        "verdict": verdict(documents),
        "missing": documents.missing,
        "problems": documents.problems,
        "sections": shown,
        "version": __version__,
        "digest": run.config.digest(),
        "policy": policy(plotly, script),
        # safe: files of this package, and of Plotly's
        "css": Markup(css),  # noqa: S704
        "script": Markup(script),  # noqa: S704
        "plotly": Markup(plotly),  # noqa: S704
    }
    return _environment().get_template("report.html.j2").render(values)


@reads_once
def report(run: Run) -> Manifest:
    """Make the page on a run.

    Raises
    ------
    ObjectMissing
        If the run has nothing at all.
    TransientError, AccessDenied
        When the store does not answer.
    """
    with Stopwatch() as watch:
        documents = Documents(run)
        if not documents.manifests:
            raise ObjectMissing(f"{run.store.uri(f'runs/{run.run_id}')}: no stage has closed, expected at least discover")
        data = page(documents).encode(errors="replace")
        key = run.key(STAGE, REPORT)
        run.store.put(key, data)
    logger.info("%s, %.1f MB", run.store.uri(key), len(data) / 1e6)
    counters = {"bytes": len(data), "missing_stages": len(documents.missing), **watch.counters()}
    return run.write_manifest(STAGE, {"report": key, "missing": documents.missing, "counters": counters})
