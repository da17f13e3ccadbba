"""Web application of the MER pages: runs with their reports, tracks to search and play, and the history of champions.

Every address needs Airflow's session and the right to see the DAG `mer_train`, and only reads. Ids of runs and tracks are query
parameters, because they may contain any character. Programs get each list, run and track as JSON by ``format=json``.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any

from airflow.api_fastapi.core_api.security import requires_access_dag
from fastapi import Depends, FastAPI, HTTPException, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import FileResponse, Response
from pydantic import BeforeValidator
from sqlalchemy.exc import DBAPIError
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException as StarletteHTTPException

from mer_airflow.data_access import NotSetUp, audio_of, published_run, reader, report_of, unpublished_run
from mer_airflow.rendering import (
    TEMPLATES,
    changed_parameters,
    divide_labels,
    page,
    probabilities_by_label,
    timeline_charts,
)
from mer_tasks.errors import ConfigError, MerError, ObjectMissing, TransientError
from mer_tasks.runs.run import safe_name
from mer_tasks.track_names import track_name_with_id

DAG = "mer_train"
SAME_ORIGIN = "; ".join(f"{kind}-src 'self'" for kind in ("script", "style", "img", "media", "connect", "frame"))
HEADERS = {
    "content-security-policy": (
        f"default-src 'none'; {SAME_ORIGIN}; form-action 'self'; base-uri 'none'; frame-ancestors 'self'"
    ),
    "cache-control": "private, no-cache",
    "referrer-policy": "same-origin",
    "vary": "Accept, Authorization, Cookie",
    "x-content-type-options": "nosniff",
}
SANDBOX = "sandbox allow-scripts allow-downloads; default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline';"
REPORT_POLICY = f"{SANDBOX} img-src data: blob:; media-src data:; base-uri 'none'; frame-ancestors 'self'"
"""The sandbox gives a report its own origin: it can neither read Airflow's cookies nor call Airflow.

The report's own ``<meta>`` element restricts it further.
"""
STATIC_FILES = {"pages.css": "text/css", "pages.js": "text/javascript", "icon.svg": "image/svg+xml"}
"""Media type of each static file."""

SIMILAR = 6
"""Number of similar tracks on the page of a track."""

OptionalText = Annotated[str | None, BeforeValidator(lambda value: value or None)]
"""Query parameter that counts as missing if it is empty, as a form field is that nobody filled in."""
RunId = Annotated[str, Query(min_length=1, max_length=250)]
"""Query parameter with the id of a run; 250 characters are Airflow's own limit."""


class SecurityHeaders:
    """ASGI middleware that adds each of :data:`HEADERS` to an answer that has no such header."""

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Pass a request on, and add the headers to its answer."""

        async def with_headers(message: Any) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self.app(scope, receive, with_headers)


app = FastAPI(
    title="MER",
    openapi_url=None,
    dependencies=[Depends(requires_access_dag(method="GET", param_dag_id=DAG))],
)
app.add_middleware(SecurityHeaders)


@contextmanager
def wrong_query_is_400() -> Iterator[None]:
    """Turn an error in the query into HTTP status 400; errors of the database's set-up are no fault of the user and pass."""
    try:
        yield
    except ConfigError as error:
        if isinstance(error, NotSetUp) or isinstance(error.__context__, DBAPIError):
            raise
        raise HTTPException(400, str(error)) from None


def message(request: Request, status: int, text: str) -> Response:
    """Show a message of one line instead of a page."""
    outside = status in (401, 403)
    return page(request, "message", {"detail": text}, status, current_page="", without_navigation=outside, login=status == 401)


@app.exception_handler(StarletteHTTPException)
def show_http_error(request: Request, error: StarletteHTTPException) -> Response:
    """Show an HTTP error: the user is not signed in, is not allowed to see the page, or the page does not exist."""
    texts = {
        401: "Not signed in: log in to Airflow, then open this page again.",
        403: f"Forbidden: this page is for users who may see the DAG {DAG}.",
    }
    return message(request, error.status_code, texts.get(error.status_code, str(error.detail)))


@app.exception_handler(RequestValidationError)
def show_wrong_parameter(request: Request, error: RequestValidationError) -> Response:
    """Show which query parameter is missing or has a value of the wrong type."""
    return message(request, 400, "; ".join(f"{item['loc'][-1]}: {item['msg']}" for item in error.errors()))


@app.exception_handler(MerError)
def show_platform_error(request: Request, error: MerError) -> Response:
    """Show an error of the platform: the database or the object store is unavailable, refuses, or has damaged data."""
    status = 404 if isinstance(error, ObjectMissing) else 503 if isinstance(error, TransientError | NotSetUp) else 500
    return message(request, status, str(error))


@app.get("/")
def runs(request: Request, after: OptionalText = None) -> Response:
    """List the published runs, newest first."""
    with wrong_query_is_400():
        listed = reader().runs(after=after)
    data = {"rows": listed.rows, "after": listed.after}
    return page(request, "runs", data, current_page="runs", first=after is None, label_set=reader().labels().label_set)


def run_row(run_id: str) -> dict[str, Any] | None:
    """Read the database row of a run by its id or that of its DAG run; returns None if the run is not published."""
    with wrong_query_is_400():
        row = reader().run(run_id)
        return row if row or safe_name(run_id) == run_id else reader().run(safe_name(run_id))


@app.get("/run")
def run(request: Request, id: RunId) -> Response:
    """Show a run with its report; a run that failed before it was published has only the report."""
    row = run_row(id)
    if row:
        data = {"run": row, "changed": changed_parameters(row["config"])}
        return page(request, "run", data, current_page="runs", label_set=reader().labels().label_set)
    if report_of(unpublished_run(id)) is None:
        raise HTTPException(
            404,
            f"run {id!r}: it is not published and has no report. Perhaps it is still running, was skipped because nothing new"
            " had landed, failed in stage discover, or belongs to another DAG.",
        )
    return page(request, "unpublished", {"run_id": safe_name(id)}, current_page="runs")


@app.get("/report")
def report(run: RunId) -> Response:
    """Show the stored report of a run."""
    row = run_row(run)
    data = report_of(published_run(row) if row else unpublished_run(run))
    if data is None:
        raise HTTPException(
            404,
            f"run {run!r} has no report; if its stage discover has succeeded, this command makes one:"
            f" python -m mer_tasks report --run-id {safe_name(run)}",
        )
    return Response(data, media_type="text/html; charset=utf-8", headers={"content-security-policy": REPORT_POLICY})


@app.get("/tracks")
def tracks(
    request: Request,
    emotion: OptionalText = None,
    genre: OptionalText = None,
    text: OptionalText = None,
    positive: bool = False,
    after: OptionalText = None,
) -> Response:
    """List tracks with their served predictions, sorted by the probability of the label `emotion`, or by id without one."""
    with wrong_query_is_400():
        listed = reader().tracks(emotion=emotion, genre=genre, text=text, positive=positive, after=after)
    data = {"rows": listed.rows, "after": listed.after}
    filters = {"emotion": emotion, "genre": genre, "text": text or "", "positive": positive}
    lists = {"genres": reader().genres(), "label_set": reader().labels().label_set}
    return page(request, "tracks", data, current_page="tracks", first=after is None, filters=filters, **lists)


def track_row(track_id: str) -> dict[str, Any]:
    """Read the database row of a track with its served predictions; raises HTTPException 404 if there is none."""
    with wrong_query_is_400():
        row = reader().track(track_id)
    if row is None:
        raise HTTPException(404, f"track {track_id!r}: no prediction of it is published")
    return row


def similar_tracks(track_id: str) -> tuple[list[dict[str, Any]], str | None]:
    """Read the tracks that are most similar to a track; without vectors there are none, and a line that says why."""
    try:
        return reader().similar(track_id, SIMILAR), None
    except ConfigError as error:
        return [], str(error)


@app.get("/track")
def track(request: Request, id: str) -> Response:
    """Show a track: predicted probabilities, also over time, beside the listeners' votes."""
    from mer_tasks.modelling.timelines import timeline

    row = track_row(id)
    by_label = None
    timeline_error = None
    try:
        run = published_run(row)
        probabilities = timeline(run, row["genre"], id)
        by_label = probabilities and probabilities_by_label(probabilities, run.label_set)
    except MerError as error:
        timeline_error = str(error)
    shown, folded = divide_labels(row["emotions"])
    similar, no_similar = similar_tracks(id)
    only_html = {
        "shown": shown,
        "folded": folded,
        "charts": by_label and timeline_charts(by_label, row["duration_seconds"], shown),
        "timeline_error": timeline_error,
        "no_similar": no_similar,
        "full_name": track_name_with_id(id, row["title"], row["artist"]),
        "label_set": reader().labels().label_set,
    }
    return page(request, "track", {"track": row, "timeline": by_label, "similar": similar}, current_page="tracks", **only_html)


@app.get("/audio")
def audio(id: str) -> Response:
    """Send the audio of a track, in the form that was scored; a player may request a part of it by a range header."""
    row = track_row(id)
    path = audio_of(published_run(row), row["genre"], id)
    return FileResponse(path, media_type="audio/flac")


@app.get("/decisions")
def decisions(request: Request, after: OptionalText = None) -> Response:
    """List the promotion decisions: which model became champion, which did not, and why."""
    with wrong_query_is_400():
        listed = reader().decisions(after=after)
        champion = reader().champion()
    data = {"rows": listed.rows, "after": listed.after, "champion": champion}
    return page(request, "decisions", data, current_page="decisions", first=after is None)


@app.get("/look/{name}")
def static_file(name: str) -> Response:
    """Send the style sheet, the script or the icon of the pages."""
    if name not in STATIC_FILES:
        raise HTTPException(404, f"{name!r}: expected one of {', '.join(STATIC_FILES)}")
    return FileResponse(TEMPLATES / name, media_type=STATIC_FILES[name])
