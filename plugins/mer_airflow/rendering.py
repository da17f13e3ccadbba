"""How the MER pages look: templates, and what they show made ready for them.

In: rows of the database, timelines. Out: HTML in which whatever came from outside is escaped, or the same rows as JSON for
machines. A page loads nothing but its own style, script, audio and report.
"""

from collections.abc import Mapping, Sequence
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
from mer_tasks.emotions import EMOTIONS
from mer_tasks.wording import PARTS, decided, number

if TYPE_CHECKING:
    from mer_tasks.modelling.timelines import Timeline

TEMPLATES = Path(__file__).with_name("templates")


def clock(seconds: float) -> str:
    """As ``minutes:seconds``."""
    return f"{int(seconds) // 60}:{int(seconds) % 60:02}"


def moment(value: datetime) -> str:
    """To the minute."""
    return f"{value:%Y-%m-%d %H:%M %Z}"


@cache
def _environment() -> Environment:
    found = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    found.filters |= {"number": number, "clock": clock, "moment": moment}
    found.globals |= {"decided": decided, "emotions": EMOTIONS, "parts": PARTS}
    return found


def wants_json(request: Request) -> bool:
    """Whether a machine asks: by ``format=json``, or because it accepts JSON and no HTML."""
    accepted = request.headers.get("accept", "")
    return request.query_params.get("format") == "json" or ("application/json" in accepted and "text/html" not in accepted)


def page(request: Request, name: str, data: Mapping[str, Any], status: int = 200, **shown: Any) -> Response:
    """`data` as JSON, or by the template `name`, which gets `shown` too."""
    if wants_json(request):
        return JSONResponse(jsonable_encoder(data), status)
    if data.get("after"):
        shown["next_page"] = "?" + urlencode({**request.query_params, "after": data["after"]})
    return HTMLResponse(_environment().get_template(f"{name}.html.j2").render(**data, **shown), status)


def changed(config: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Parameters of a run that are not at their defaults, each with ``name``, ``value``, ``default`` and ``meaning``."""
    found = []
    defaults = Config.model_construct().model_dump(mode="json")
    for name, value in sorted(config.items()):
        if name not in defaults or value != defaults[name]:
            field = Config.model_fields.get(name)
            meaning = field.description if field else "of an earlier version"
            found.append({"name": name, "value": value, "default": defaults.get(name), "meaning": meaning})
    return found


def by_emotion(timeline: "Timeline") -> dict[str, list[float]]:
    """A timeline as lists: ``starts``, and the probabilities by emotion."""
    named = zip(EMOTIONS, timeline.probabilities.T.tolist(), strict=True)
    return {"starts": timeline.starts.tolist(), **dict(named)}


def strips(timeline: "Timeline", duration: float, rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """A track's emotions over time, for drawing.

    Parameters
    ----------
    timeline : Timeline
    duration : float
        Of the track, in seconds.
    rows : sequence of mapping
        Of each ``emotion``, its ``threshold``.

    Returns
    -------
    dict
        ``end`` of the last segment in seconds; by emotion in ``lines`` its points for SVG (x in seconds, y from 1 down to 0 as
        the probability goes from 0 to 1), and in ``words`` what they show.
    """
    said = by_emotion(timeline)
    starts = said.pop("starts")
    seconds = starts[1] if len(starts) > 1 else duration
    edges = list(pairwise([*starts, starts[-1] + seconds]))
    lines = {
        emotion: " ".join(f"{x:g},{1 - value:.4f}" for edge, value in zip(edges, values, strict=True) for x in edge)
        for emotion, values in said.items()
    }
    words = {row["emotion"]: in_words(said[row["emotion"]], row["threshold"]) for row in rows}
    return {"end": edges[-1][1], "lines": lines, "words": words}


def in_words(values: Sequence[float], threshold: float | None) -> str:
    """What a strip shows."""
    found = f"from {min(values):.2f} to {max(values):.2f}"
    if threshold is None:
        return found
    reached = sum(value >= threshold for value in values)
    return f"{found}; {reached} of {len(values)} segments reach the threshold"
