"""Rendering of the MER pages: data prepared for the templates, and HTML or JSON responses.

In: rows of the database, and timelines. Out: HTML that escapes all data, or the same rows as JSON for programs. A page loads
only its own style sheet, script, audio and report.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from fastapi import Request
from fastapi.encoders import jsonable_encoder
from fastapi.responses import HTMLResponse, JSONResponse, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from mer_tasks.config import Config
from mer_tasks.label_set import SHORT_LIST, SHOWN_POSITIVES, LabelSet
from mer_tasks.wording import PART_MEANINGS, PROVISIONAL, decision_text, number

if TYPE_CHECKING:
    from mer_tasks.modelling.timelines import Timeline

TEMPLATES = Path(__file__).with_name("templates")


def minutes_and_seconds(seconds: float) -> str:
    """Format a duration or a position in a track.

    Examples
    --------
    >>> minutes_and_seconds(65.9)
    '1:05'
    """
    return f"{int(seconds) // 60}:{int(seconds) % 60:02}"


def date_and_time(value: datetime) -> str:
    """Format a point in time to the minute, with its time zone."""
    return f"{value:%Y-%m-%d %H:%M %Z}"


@cache
def _environment() -> Environment:
    """Make the Jinja environment of the templates, with their filters and globals."""
    environment = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    environment.filters |= {"number": number, "minutes_and_seconds": minutes_and_seconds, "date_and_time": date_and_time}
    environment.globals |= {"decided": decision_text, "most_probable": most_probable, "parts": PART_MEANINGS}
    environment.globals["provisional"] = PROVISIONAL
    environment.globals |= {"short_list": SHORT_LIST, "shown_positives": SHOWN_POSITIVES}
    return environment


def wants_json(request: Request) -> bool:
    """Whether the client wants JSON: it sent ``format=json``, or it accepts JSON and not HTML."""
    accepted = request.headers.get("accept", "")
    return request.query_params.get("format") == "json" or ("application/json" in accepted and "text/html" not in accepted)


def page(request: Request, name: str, data: Mapping[str, Any], status: int = 200, **only_html: Any) -> Response:
    """Answer a request with `data`: as JSON, or as HTML by the template `name`, which also gets `only_html`."""
    if wants_json(request):
        return JSONResponse(jsonable_encoder(data), status)
    if data.get("after"):
        only_html["next_page"] = "?" + urlencode({**request.query_params, "after": data["after"]})
    return HTMLResponse(_environment().get_template(f"{name}.html.j2").render(**data, **only_html), status)


def changed_parameters(config: Mapping[str, Any]) -> list[dict[str, Any]]:
    """List the parameters of a run that differ from their defaults.

    Returns
    -------
    list of dict
        ``name``, ``value``, ``default`` and ``meaning`` of each.

    Examples
    --------
    >>> [(row["name"], row["value"]) for row in changed_parameters({"epochs": 3, "mode": "train"})]
    [('epochs', 3)]
    """
    changed = []
    defaults = Config.model_construct().model_dump(mode="json")
    for name, value in sorted(config.items()):
        if name not in defaults or value != defaults[name]:
            field = Config.model_fields.get(name)
            meaning = field.description if field else "a parameter of an earlier version"
            changed.append({"name": name, "value": value, "default": defaults.get(name), "meaning": meaning})
    return changed


def most_probable(probabilities: Mapping[str, float | None], label_ids: Iterable[str]) -> list[str]:
    """Sort labels by their probability, highest first, without those that have none.

    Examples
    --------
    >>> most_probable({"calm": 0.2, "happy": 0.7, "sad": None}, ["calm", "happy", "sad"])
    ['happy', 'calm']
    """
    known = {label_id: probability for label_id in label_ids if (probability := probabilities[label_id]) is not None}
    return sorted(known, key=lambda label_id: -known[label_id])


def divide_labels(rows: Sequence[Mapping[str, Any]]) -> tuple[list[Mapping[str, Any]], list[Mapping[str, Any]]]:
    """Divide the rows of a track's labels into those that its page shows and those that it folds.

    Up to :data:`SHORT_LIST` rows are all shown, in their order. Of more, the most probable ones are shown, and all are sorted
    by probability.
    """
    if len(rows) <= SHORT_LIST:
        return [*rows], []
    ordered = sorted(rows, key=lambda row: -row["probability"])
    return ordered[:SHORT_LIST], ordered[SHORT_LIST:]


def probabilities_by_label(timeline: "Timeline", label_set: LabelSet) -> dict[str, list[float]]:
    """Convert a timeline to lists: ``starts`` of the segments in seconds, and by label the probability in each segment."""
    columns = zip(label_set.ids, timeline.probabilities.T.tolist(), strict=True)
    return {"starts": timeline.starts.tolist(), **dict(columns)}


def timeline_charts(
    by_label: Mapping[str, Sequence[float]], duration: float, rows: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """Prepare one small line chart (SVG) per label: the probability over the time of a track.

    Parameters
    ----------
    by_label : mapping
        Timeline of the track, as of :func:`probabilities_by_label`.
    duration : float
        Duration of the track, in seconds.
    rows : sequence of mapping
        For each label that gets a chart, its id (``emotion``) and its ``threshold``.

    Returns
    -------
    dict
        ``end``: end of the last segment, in seconds. ``lines``: for each label the points of its SVG line, where x is the
        time in seconds and y is 1 minus the probability. ``descriptions``: for each label a text that sums up its line.
    """
    starts = by_label["starts"]
    thresholds = {row["emotion"]: row["threshold"] for row in rows}
    segment_seconds = starts[1] if len(starts) > 1 else duration
    edges = list(pairwise([*starts, starts[-1] + segment_seconds]))
    lines = {
        name: " ".join(f"{x:g},{1 - value:.4f}" for edge, value in zip(edges, by_label[name], strict=True) for x in edge)
        for name in thresholds
    }
    descriptions = {label_id: describe_line(by_label[label_id], threshold) for label_id, threshold in thresholds.items()}
    return {"end": edges[-1][1], "lines": lines, "descriptions": descriptions}


def describe_line(values: Sequence[float], threshold: float | None) -> str:
    """Sum up the probabilities of one label over time, for users who cannot see the chart.

    Examples
    --------
    >>> describe_line([0.2, 0.7, 0.9], 0.5)
    'from 0.20 to 0.90; 2 of 3 segments reach the threshold'
    """
    value_range = f"from {min(values):.2f} to {max(values):.2f}"
    if threshold is None:
        return value_range
    reached = sum(value >= threshold for value in values)
    return f"{value_range}; {reached} of {len(values)} segments reach the threshold"
