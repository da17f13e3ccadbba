"""Pictures of a report that are looked at and not hovered over, made by matplotlib as SVG within the page.

In: metrics, labels and decisions, features. Out: SVGs whose texts stay texts, and whose lines and texts have the colour of the
page's text, light or dark. No text from outside is drawn: names of tracks and genres stand beside, in the page itself.
"""

import io
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import matplotlib as mpl
import numpy as np
import numpy.typing as npt
from markupsafe import Markup
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from sklearn.metrics import ConfusionMatrixDisplay, confusion_matrix

from mer_tasks.emotions import EMOTIONS
from mer_tasks.evaluation.metrics import Flags, Values
from mer_tasks.report.blocks import named
from mer_tasks.report.plotly_charts import COLOURS, GREY

INK = "#010203"
"""Stands for the colour of the page's text until the SVG is done."""
LOOK: dict[Any, Any] = {
    **dict.fromkeys(("text.color", "axes.edgecolor", "axes.labelcolor", "xtick.color", "ytick.color"), INK),
    "svg.fonttype": "none",
    "svg.hashsalt": "mer",
    "font.size": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "figure.facecolor": "none",
    "axes.facecolor": "none",
    "savefig.facecolor": "none",
}
NUMBERED = re.compile(r' id="[A-Za-z0-9.]+_\d+"')
"""Ids of groups, which would be in the page more than once."""
SHEET = re.compile(r"<defs>\s*<style.*?</style>\s*</defs>", re.DOTALL)
"""matplotlib's rule for all elements, which would hold for the page's others too."""
SIZE = re.compile(r' (?:width|height)="[^"]+"')
"""The first two are those of the SVG as a whole, which is as large as the page lets it be."""
ROOM = 0.1
"""Inches around a drawing: browsers may set its texts in a larger font than the one they were measured in."""
COLUMNS, BANDS = 500, 2
"""Of a spectrogram: columns at most, and mel bands that are shown as one."""


@contextmanager
def drawn(width: float, height: float) -> Iterator[tuple[Figure, list[Markup]]]:
    """A figure of so many inches, and a list that has its SVG when the block is over."""
    done: list[Markup] = []
    with mpl.rc_context(LOOK):
        figure = Figure(figsize=(width, height), layout=ConstrainedLayoutEngine(w_pad=ROOM, h_pad=ROOM))
        yield figure, done
        buffer = io.StringIO()
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    text = buffer.getvalue()
    text = SHEET.sub("", NUMBERED.sub("", text[text.index("<svg") :])).replace(INK, "currentColor")
    text = SIZE.sub("", text, count=2)
    shown = f'<svg aria-hidden="true" style="max-width: {width:g}in" stroke-linejoin="round"'
    # safe: nothing but numbers and words of this package is drawn
    done.append(Markup(text.replace("<svg", shown, 1)))  # noqa: S704


def ruler(rows: Sequence[tuple[str, float, float | None, float | None]]) -> Markup:
    """How far each of some gets on the way from guessing to perfect.

    Parameters
    ----------
    rows : sequence of (str, float, float or None, float or None)
        Name, value, and the ends of its interval; the model's row is the second one.
    """
    with drawn(5.2, 0.6 + 0.42 * len(rows)) as (figure, done):
        axes = figure.add_subplot()
        for place, (_, value, low, high) in enumerate(rows):
            model = place == 1
            colour = COLOURS[0] if model else GREY
            if low is not None and high is not None:
                axes.plot(
                    [low, high], [place, place], color=colour, linewidth=5 if model else 3, alpha=0.45, solid_capstyle="butt"
                )
            axes.plot(value, place, "o" if model else "D", color=colour, markersize=10 if model else 7)
            axes.annotate(
                f"{100 * value:.0f}",
                (value, place),
                (0, 8),
                textcoords="offset points",
                ha="center",
                fontsize=9,
                weight="bold" if model else "normal",
            )
        axes.set_yticks(range(len(rows)), [name for name, *_ in rows])
        axes.get_yticklabels()[1].set_fontweight("bold")
        axes.set_ylim(len(rows) - 0.5, -0.8)
        axes.set_xlim(min(0.45, *(row[1] if row[2] is None else row[2] for row in rows)) - 0.02, 1.01)
        axes.set_xticks([0.5, 0.6, 0.7, 0.8, 0.9, 1.0], ["50", "60", "70", "80", "90", "100"])
        axes.set_xlabel("pairs of tracks in the right order, of 100")
        axes.spines["left"].set_visible(False)
        axes.tick_params(axis="y", length=0)
        axes.grid(axis="x", color=INK, alpha=0.15)
    return done[0]


def confusion(labels: npt.NDArray[np.bool_], decisions: npt.NDArray[np.bool_]) -> Markup:
    """Two by two: whether tracks carry an emotion, and whether the model says so."""
    with drawn(2.1, 1.9) as (figure, done):
        axes = figure.add_subplot()
        counts = confusion_matrix(labels, decisions, labels=[False, True])
        ConfusionMatrixDisplay(counts, display_labels=["no", "yes"]).plot(ax=axes, cmap="Blues", colorbar=False)
        axes.set(xlabel="the model says", ylabel="listeners say")
    return done[0]


def pairwise(shares: npt.NDArray[np.float64]) -> Markup:
    """The shares of :func:`taken_for` as a matrix."""
    names = [named(emotion) for emotion in EMOTIONS]
    with drawn(7.2, 6.0) as (figure, done):
        axes = figure.add_subplot()
        image = axes.imshow(np.ma.masked_invalid(shares), cmap="Blues", vmin=0, vmax=1)
        for row, column in np.ndindex(shares.shape):
            value = shares[row, column]
            text, colour = ("–", INK) if np.isnan(value) else (f"{100 * value:.0f}", "#ffffff" if value > 0.55 else "#111111")
            axes.text(column, row, text, ha="center", va="center", color=colour, weight="bold" if row == column else "normal")
        axes.set_xticks(range(len(names)), names, rotation=40, ha="right", rotation_mode="anchor")
        axes.set_yticks(range(len(names)), names)
        axes.set(xlabel="… the model says, in % of them", ylabel="of tracks that carry …")
        axes.spines[:].set_visible(False)
        figure.colorbar(image, ax=axes, shrink=0.7, format=lambda value, _: f"{100 * value:.0f} %")
    return done[0]


def taken_for(labels: Flags, decisions: Flags) -> npt.NDArray[np.float64]:
    """How often one emotion is taken for another.

    Parameters
    ----------
    labels, decisions : np.ndarray [shape=(tracks, 9), dtype=bool]

    Returns
    -------
    np.ndarray [shape=(9, 9), dtype=float64]
        Row i, column j: of the tracks that carry i and not j, the share that the model gives j; on the diagonal, of those that
        carry i the share that it gives i. NaN where there is no such track.
    """
    there, said = labels.astype(np.float64), decisions.astype(np.float64)
    absent = 1 - there
    cases, taken = there.T @ absent, there.T @ (absent * said)
    np.fill_diagonal(cases, there.sum(axis=0))
    np.fill_diagonal(taken, (there * said).sum(axis=0))
    return np.divide(taken, cases, out=np.full_like(cases, np.nan), where=cases > 0)


def over_time(
    mel: Values, said: Mapping[str, Values], limits: Mapping[str, float], seconds: float, heard: tuple[float, float] | None
) -> Markup:
    """The mel spectrogram of a track above what the model says of each of its segments.

    Parameters
    ----------
    mel : np.ndarray [shape=(segments, frames, 128)]
        In dB.
    said : mapping of str to np.ndarray [shape=(segments,)]
        Probabilities by emotion.
    limits : mapping of str to float
        Threshold by emotion.
    seconds : float
        Length of a segment.
    heard : tuple of float, optional
        From when to when the clip is, in seconds.
    """
    end = len(mel) * seconds
    frames = mel.reshape(-1, mel.shape[-1])
    step = -(-len(frames) // COLUMNS)
    picture = frames[: len(frames) // step * step].reshape(-1, step, mel.shape[-1] // BANDS, BANDS).mean(axis=(1, 3)).T
    with drawn(7.4, 3.4) as (figure, done):
        top, below = figure.subplots(2, 1, sharex=True, height_ratios=[1.2, 1])
        top.imshow(
            picture, origin="lower", aspect="auto", cmap="magma", extent=(0, end, 0, mel.shape[-1]), interpolation="none"
        )
        top.set_ylabel("mel band")
        edges = np.arange(len(mel) + 1) * seconds
        dotted = [None] * (len(said) - 1) + ["its threshold" if len(said) == 1 else "their thresholds"]
        for place, (emotion, values) in enumerate(said.items()):
            below.stairs(values, edges, baseline=None, color=COLOURS[place], linewidth=2, label=f"{named(emotion)}")
            below.axhline(limits[emotion], color=COLOURS[place], linestyle=":", linewidth=1.2, label=dotted[place])
        if heard:
            below.axvspan(*heard, color=GREY, alpha=0.25, linewidth=0, label="the clip")
        below.set(xlim=(0, end), ylim=(0, 1), xlabel="seconds", ylabel="probability")
        figure.legend(*below.get_legend_handles_labels(), loc="outside lower center", ncols=4, frameon=False, fontsize=9)
    return done[0]
