"""Stage ``report``: write the HTML report of a run, one page with metrics, charts and clips of tracks.

Input: the documents that the run has, and the FLAC blobs of a few tracks.

Output: ``report.html``, one file of less than 10 MB that a browser opens from a disk and that needs no network. It begins with
the main result in a sentence. Then it shows metrics, curves, maps of the tracks, the hardest examples, the data, the
certificate of the split, and the time that each stage took. Each section explains what it shows. The sections are listed in
:mod:`mer_tasks.report.sections`; the first screen is :mod:`mer_tasks.report.headline`.

If a run has failed half-way, the page names the stages that are missing and shows the other sections.

Names of tracks, genres and files, and the texts of tags, may contain HTML or scripts. The template escapes them, and
:func:`mer_tasks.report.blocks.escaped` escapes them again for Plotly. The content security policy of the page allows only the
two scripts whose hashes it names.
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
from mer_tasks.report.headline import headline
from mer_tasks.report.run_documents import RunView
from mer_tasks.report.sections import sections
from mer_tasks.runs.artifacts import REPORT
from mer_tasks.runs.documents import reads_once
from mer_tasks.runs.run import Manifest, Run, Stopwatch
from mer_tasks.wording import cell

logger = logging.getLogger(__name__)

STAGE = "report"
TEMPLATES = Path(__file__).parents[1] / "report" / "templates"
MODES = {
    "train": "a new model",
    "eval": "a stored model, evaluated again",
    "predict": "tracks, scored by the champion",
}
"""Description of a run for each mode."""


def describe_run(view: RunView) -> str:
    """Describe the kind of the run, and whether it has finished."""
    kind = "no new model" if "train" in view.missing else MODES[view.mode]
    return f"{kind}; this run has not finished" if view.missing else kind


def content_security_policy(*scripts: str) -> str:
    """Build the content security policy of a page: it loads nothing from elsewhere, and runs no script but `scripts`.

    A browser runs a script whose sha256 the policy names: Content Security Policy Level 3, section 6.7.3.3.

    Examples
    --------
    >>> content_security_policy("alert(1)").split("; ")[:2]
    ["default-src 'none'", "script-src 'sha256-bhHHL3z2vDgxUt0W3dWQOrprscmda2Y5pLsLg4GF+pI='"]
    """
    digests = (base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in scripts)
    sources = " ".join(f"'sha256-{digest}'" for digest in digests)
    others = "style-src 'unsafe-inline'; img-src data: blob:; media-src data:; base-uri 'none'; form-action 'none'"
    return f"default-src 'none'; script-src {sources}; {others}"


@cache
def _environment() -> Environment:
    """Load the templates; they escape every text that is not the markup of this package."""
    environment = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    environment.filters["cell"] = cell
    return environment


def page(view: RunView) -> str:
    """Render the HTML page of a run."""
    run = view.run
    plotly = get_plotlyjs()
    script = (TEMPLATES / "report.js").read_text(encoding="utf-8")
    css = (TEMPLATES / "report.css").read_text(encoding="utf-8")
    page_sections = sections(view)  # before ``problems`` is read, because sections read the documents
    values: dict[str, Any] = {
        "run_id": run.run_id,
        "mode": describe_run(view),
        "headline": headline(view),
        "missing": view.missing,
        "problems": view.problems,
        "sections": page_sections,
        "label_set": view.label_set,
        "version": __version__,
        "digest": run.config.digest(),
        "policy": content_security_policy(plotly, script),
        # Markup is safe here: these are files of this package and of Plotly
        "css": Markup(css),  # noqa: S704
        "script": Markup(script),  # noqa: S704
        "plotly": Markup(plotly),  # noqa: S704
    }
    return _environment().get_template("report.html.j2").render(values)


@reads_once
def report(run: Run) -> Manifest:
    """Write the HTML report of a run.

    Raises
    ------
    ObjectMissing
        If no stage of the run has finished.
    TransientError, AccessDenied
        When the store does not answer.
    """
    with Stopwatch() as watch:
        view = RunView(run)
        if not view.manifests:
            raise ObjectMissing(f"{run.store.uri(f'runs/{run.run_id}')}: no stage has finished, expected at least discover")
        data = page(view).encode(errors="replace")
        key = run.key(STAGE, REPORT)
        run.store.put(key, data)
    logger.info("%s, %.1f MB", run.store.uri(key), len(data) / 1e6)
    counters = {"bytes": len(data), "missing_stages": len(view.missing), **watch.counters()}
    return run.write_manifest(STAGE, {"report": key, "missing": view.missing, "counters": counters})
