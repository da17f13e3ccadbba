"""The MER pages: runs with their reports, tracks to search and to listen to, and which model was champion when.

Every address needs Airflow's session and the right to see the DAG `mer_train`; all of them only read. Ids of runs and tracks
may have anything in them, and so are query parameters. Each list, run and track is JSON too, for machines: ``format=json``.
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
from mer_airflow.rendering import TEMPLATES, by_emotion, changed, page, strips
from mer_tasks.errors import ConfigError, MerError, ObjectMissing, TransientError
from mer_tasks.runs.run import safe_name

DAG = "mer_train"
OWN = "; ".join(f"{kind}-src 'self'" for kind in ("script", "style", "img", "media", "connect", "frame"))
HEADERS = {
    "content-security-policy": f"default-src 'none'; {OWN}; form-action 'self'; base-uri 'none'; frame-ancestors 'self'",
    "cache-control": "private, no-cache",
    "referrer-policy": "same-origin",
    "vary": "Accept, Authorization, Cookie",
    "x-content-type-options": "nosniff",
}
SANDBOX = "sandbox allow-scripts allow-downloads; default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline';"
REPORT_POLICY = f"{SANDBOX} img-src data: blob:; media-src data:; base-uri 'none'; frame-ancestors 'self'"
"""A report has an origin of its own: it can neither read Airflow's cookies nor call Airflow. Its ``<meta>`` narrows this."""
LOOK = {"pages.css": "text/css", "pages.js": "text/javascript", "icon.svg": "image/svg+xml"}

Text = Annotated[str | None, BeforeValidator(lambda value: value or None)]
"""A field of a form that is left empty is one that is not there."""
RunId = Annotated[str, Query(min_length=1, max_length=250)]
"""Airflow has no longer ones."""


class Headers:
    """Gives every answer :data:`HEADERS`, unless it has its own."""

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Pass a request on."""

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
app.add_middleware(Headers)


@contextmanager
def asked() -> Iterator[None]:
    """What is wrong in a question is told to who asks; a database that is not set up is not their fault."""
    try:
        yield
    except ConfigError as error:
        if isinstance(error, NotSetUp) or isinstance(error.__context__, DBAPIError):
            raise
        raise HTTPException(400, str(error)) from None


def message(request: Request, status: int, text: str) -> Response:
    """One line instead of a page."""
    return page(request, "message", {"detail": text}, status, here="", apart=status in (401, 403), login=status == 401)


@app.exception_handler(StarletteHTTPException)
def refused(request: Request, error: StarletteHTTPException) -> Response:
    """Not signed in, not allowed, not there."""
    words = {
        401: "Not signed in: log in to Airflow, then open this page again.",
        403: f"Forbidden: this page is for users who may see the DAG {DAG}.",
    }
    return message(request, error.status_code, words.get(error.status_code, str(error.detail)))


@app.exception_handler(RequestValidationError)
def misread(request: Request, error: RequestValidationError) -> Response:
    """A parameter is missing, or not of its kind."""
    return message(request, 400, "; ".join(f"{item['loc'][-1]}: {item['msg']}" for item in error.errors()))


@app.exception_handler(MerError)
def failed(request: Request, error: MerError) -> Response:
    """The database or the store: away, refusing, or damaged."""
    status = 404 if isinstance(error, ObjectMissing) else 503 if isinstance(error, TransientError | NotSetUp) else 500
    return message(request, status, str(error))


@app.get("/")
def runs(request: Request, after: Text = None) -> Response:
    """Published runs, newest first."""
    with asked():
        found = reader().runs(after=after)
    return page(request, "runs", {"rows": found.rows, "after": found.after}, here="runs", first=after is None)


def run_row(run_id: str) -> dict[str, Any] | None:
    """What is published of a run, by its name or that of its DAG run."""
    with asked():
        found = reader().run(run_id)
        return found if found or safe_name(run_id) == run_id else reader().run(safe_name(run_id))


@app.get("/run")
def run(request: Request, id: RunId) -> Response:
    """A run with its report; one that has failed half-way has no more than that."""
    found = run_row(id)
    if found:
        return page(request, "run", {"run": found, "changed": changed(found["config"])}, here="runs")
    if report_of(unpublished_run(id)) is None:
        raise HTTPException(
            404,
            f"run {id!r}: nothing of it is published, and it has no report. It goes on, or was not due since nothing new had"
            " landed, or has failed in discover, or is of another DAG.",
        )
    return page(request, "unpublished", {"run_id": safe_name(id)}, here="runs")


@app.get("/report")
def report(run: RunId) -> Response:
    """The report on a run, as the run has left it."""
    found = run_row(run)
    data = report_of(published_run(found) if found else unpublished_run(run))
    if data is None:
        raise HTTPException(
            404,
            f"run {run!r} has no report; if it has got past discover, this makes one:"
            f" python -m mer_tasks report --run-id {safe_name(run)}",
        )
    return Response(data, media_type="text/html; charset=utf-8", headers={"content-security-policy": REPORT_POLICY})


@app.get("/tracks")
def tracks(
    request: Request,
    emotion: Text = None,
    genre: Text = None,
    text: Text = None,
    positive: bool = False,
    after: Text = None,
) -> Response:
    """Tracks with what is served of them: by an emotion's probability, or by their ids."""
    with asked():
        found = reader().tracks(emotion=emotion, genre=genre, text=text, positive=positive, after=after)
    data = {"rows": found.rows, "after": found.after}
    chosen = {"emotion": emotion, "genre": genre, "text": text or "", "positive": positive}
    return page(request, "tracks", data, here="tracks", first=after is None, genres=reader().genres(), chosen=chosen)


def track_row(track_id: str) -> dict[str, Any]:
    """What is served of a track."""
    with asked():
        found = reader().track(track_id)
    if found is None:
        raise HTTPException(404, f"track {track_id!r}: nothing is published of it")
    return found


@app.get("/track")
def track(request: Request, id: str) -> Response:
    """A track: what the model says of it, also over time, and what listeners said."""
    from mer_tasks.modelling.timelines import timeline

    found, line, trouble = track_row(id), None, None
    try:
        line = timeline(published_run(found), found["genre"], id)
    except MerError as error:
        trouble = str(error)
    data = {"track": found, "timeline": line and by_emotion(line)}
    drawn = line and strips(line, found["duration_seconds"], found["emotions"])
    return page(request, "track", data, here="tracks", drawn=drawn, trouble=trouble)


@app.get("/audio")
def audio(id: str) -> Response:
    """The audio of a track, as the run that scored it heard it; parts of it where a player asks for them."""
    found = track_row(id)
    path = audio_of(published_run(found), found["genre"], id)
    return FileResponse(path, media_type="audio/flac")


@app.get("/decisions")
def decisions(request: Request, after: Text = None) -> Response:
    """Which model became champion, or did not, and why."""
    with asked():
        found = reader().decisions(after=after)
    return page(request, "decisions", {"rows": found.rows, "after": found.after}, here="decisions", first=after is None)


@app.get("/look/{name}")
def look(name: str) -> Response:
    """Style, script and icon of the pages."""
    if name not in LOOK:
        raise HTTPException(404, f"{name!r}: expected one of {', '.join(LOOK)}")
    return FileResponse(TEMPLATES / name, media_type=LOOK[name])
