"""SVG pictures of a report, made by matplotlib: the headline's ruler, confusion matrices, and probabilities over time.

In: metrics, labels, decisions and features. Out: SVGs for the page. Their texts stay texts, and lines and texts have the text
colour of the page's light or dark theme. Of texts from outside only the names of labels are drawn, as plain texts; the page
itself shows the names of tracks and genres.
"""

import io
import re
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import matplotlib as mpl
import numpy as np
import numpy.typing as npt
from markupsafe import Markup
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from sklearn.metrics import ConfusionMatrixDisplay, confusion_matrix

from mer_tasks.evaluation.metrics import Values
from mer_tasks.report.plotly_charts import COLOURS, GREY

INK = "#010203"
"""Placeholder colour; in the finished SVG it is replaced by the text colour of the page."""
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
GROUP_IDS = re.compile(r' id="[A-Za-z0-9.]+_\d+"')
"""Ids of matplotlib's groups. They are removed, since several pictures in one page would have the same ids."""
STYLE_SHEET = re.compile(r"<defs>\s*<style.*?</style>\s*</defs>", re.DOTALL)
"""matplotlib's style sheet. It is removed, since its rule would also apply to the other elements of the page."""
SIZE = re.compile(r' (?:width|height)="[^"]+"')
"""Width or height. The first two matches are those of the whole SVG; they are removed, so that the page sets its size."""
MARGIN = 0.1
"""Margin around a picture in inches. Browsers may use a larger font than the one that matplotlib measured."""
MAX_COLUMNS = 500
"""Columns of a spectrogram at most."""
BANDS_PER_ROW = 2
"""Mel bands that a row of a spectrogram averages."""
LINES = {"solid": "-", "dash": "--", "dot": ":", "dashdot": "-."}
"""Plotly's dashes in matplotlib's words."""


@contextmanager
def svg_figure(width: float, height: float) -> Iterator[tuple[Figure, list[Markup]]]:
    """Give a matplotlib figure to draw on, and write it as SVG when the block ends.

    Parameters
    ----------
    width, height : float
        In inches.

    Yields
    ------
    figure : matplotlib.figure.Figure
    result : list of Markup
        Empty within the block; its only member is the SVG after the block.
    """
    result: list[Markup] = []
    with mpl.rc_context(LOOK):
        figure = Figure(figsize=(width, height), layout=ConstrainedLayoutEngine(w_pad=MARGIN, h_pad=MARGIN))
        yield figure, result
        buffer = io.StringIO()
        with warnings.catch_warnings():
            # the browser has more fonts than matplotlib, which only measures the texts
            warnings.filterwarnings("ignore", "Glyph .* missing from font|Matplotlib currently does not support")
            figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    text = buffer.getvalue()
    text = STYLE_SHEET.sub("", GROUP_IDS.sub("", text[text.index("<svg") :])).replace(INK, "currentColor")
    text = SIZE.sub("", text, count=2)
    opening = f'<svg aria-hidden="true" style="max-width: {width:.3g}in; --width: {width:.3g}in" stroke-linejoin="round"'
    # safe: the picture contains only numbers and words of this package
    result.append(Markup(text.replace("<svg", opening, 1)))  # noqa: S704


def ruler(rows: Sequence[tuple[str, float, float | None, float | None]]) -> Markup:
    """Draw values of ROC-AUC on a scale from guessing to perfect, as pairs of 100 in the right order.

    Parameters
    ----------
    rows : sequence of (str, float, float or None, float or None)
        Name, value, and the ends of its interval. The second row is the model's.
    """
    with svg_figure(5.2, 0.6 + 0.42 * len(rows)) as (figure, result):
        axes = figure.add_subplot()
        for row, (_, value, low, high) in enumerate(rows):
            model = row == 1
            colour = COLOURS[0] if model else GREY
            if low is not None and high is not None:
                axes.plot([low, high], [row, row], color=colour, linewidth=5 if model else 3, alpha=0.45, solid_capstyle="butt")
            axes.plot(value, row, "o" if model else "D", color=colour, markersize=10 if model else 7)
            axes.annotate(
                f"{100 * value:.0f}",
                (value, row),
                (0, 8),
                textcoords="offset points",
                ha="center",
                fontsize=9,
                weight="bold" if model else "normal",
            )
        axes.set_yticks(range(len(rows)), [name for name, *_ in rows])
        axes.get_yticklabels()[1].set_fontweight("bold")
        axes.set_ylim(len(rows) - 0.5, -0.8)
        left_ends = [value if low is None else low for _, value, low, _ in rows]
        axes.set_xlim(min(0.45, *left_ends) - 0.02, 1.01)
        axes.set_xticks([0.5, 0.6, 0.7, 0.8, 0.9, 1.0], ["50", "60", "70", "80", "90", "100"])
        axes.set_xlabel("pairs of tracks in the right order, of 100")
        axes.spines["left"].set_visible(False)
        axes.tick_params(axis="y", length=0)
        axes.grid(axis="x", color=INK, alpha=0.15)
    return result[0]


def plain(name: str) -> str:
    """Write a name so that matplotlib draws it as it is: ``$`` begins no formula, and a leading ``_`` does not hide it.

    Examples
    --------
    >>> plain("$100"), plain("_x")
    ('\\\\$100', ' _x')
    """
    return (f" {name}" if name.startswith("_") else name).replace("$", r"\$")


def confusion(labels: npt.NDArray[np.bool_], decisions: npt.NDArray[np.bool_]) -> Markup:
    """Draw the confusion matrix of one label: labels of listeners against decisions of the model.

    Parameters
    ----------
    labels, decisions : np.ndarray [shape=(tracks,), dtype=bool]
    """
    with svg_figure(2.1, 1.9) as (figure, result):
        axes = figure.add_subplot()
        counts = confusion_matrix(labels, decisions, labels=[False, True])
        ConfusionMatrixDisplay(counts, display_labels=["no", "yes"]).plot(ax=axes, cmap="Blues", colorbar=False)
        axes.set(xlabel="model", ylabel="listeners")
    return result[0]


def matrix(shares: Values, texts: Sequence[Sequence[str]], names: Sequence[str], x: str, y: str) -> Markup:
    """Draw a matrix of shares with a row and a column for each label.

    Parameters
    ----------
    shares : np.ndarray [shape=(n, n)]
        They decide the colours; NaN has none.
    texts : sequence of sequence of str [shape=(n, n)]
    names : sequence of str [shape=(n,)]
        Names of the rows and columns, at most about 28 characters each.
    x, y : str
        Titles of the columns and of the rows.
    """
    names = [plain(name) for name in names]
    margin = 1.2 + 0.05 * max(map(len, names))
    with svg_figure(margin + 1.2 + 0.46 * len(names), margin + 0.42 * len(names)) as (figure, result):
        axes = figure.add_subplot()
        image = axes.imshow(np.ma.masked_invalid(shares), cmap="Blues", vmin=0, vmax=1)
        for row, column in np.ndindex(shares.shape):
            value = shares[row, column]
            colour = INK if np.isnan(value) else "#ffffff" if value > 0.55 else "#111111"
            weight = "bold" if row == column else "normal"
            axes.text(column, row, texts[row][column], ha="center", va="center", color=colour, weight=weight)
        axes.set_xticks(range(len(names)), names, rotation=40, ha="right", rotation_mode="anchor")
        axes.set_yticks(range(len(names)), names)
        axes.set(xlabel=x, ylabel=y)
        axes.spines[:].set_visible(False)
        figure.colorbar(image, ax=axes, shrink=0.7, format=lambda value, _: f"{100 * value:.0f} %")
    return result[0]


@dataclass(frozen=True)
class LabelCurve:
    """Probability of a label over the segments of a track.

    Attributes
    ----------
    name : str
        Name of the label.
    probabilities : np.ndarray [shape=(segments,)]
    threshold : float, optional
        From it on, the model predicts the label; None if the most probable label is the decision.
    colour, dash : str
        In Plotly's words.
    """

    name: str
    probabilities: Values
    threshold: float | None
    colour: str
    dash: str = "solid"


def spectrogram_with_probabilities(
    mel: Values, curves: Sequence[LabelCurve], seconds: float, clip_range: tuple[float, float] | None
) -> Markup:
    """Draw the mel spectrogram of a track above the probabilities of its segments.

    Parameters
    ----------
    mel : np.ndarray [shape=(segments, frames, 128)]
        In dB.
    curves : sequence of LabelCurve
        At most seven.
    seconds : float
        Length of a segment.
    clip_range : tuple of float, optional
        Start and end of the clip in seconds.
    """
    end = len(mel) * seconds
    frames = mel.reshape(-1, mel.shape[-1])
    step = -(-len(frames) // MAX_COLUMNS)
    whole_steps = frames[: len(frames) // step * step]
    picture = whole_steps.reshape(-1, step, mel.shape[-1] // BANDS_PER_ROW, BANDS_PER_ROW).mean(axis=(1, 3)).T
    with svg_figure(7.4, 3.4) as (figure, result):
        top, below = figure.subplots(2, 1, sharex=True, height_ratios=[1.2, 1])
        top.imshow(
            picture, origin="lower", aspect="auto", cmap="magma", extent=(0, end, 0, mel.shape[-1]), interpolation="none"
        )
        top.set_ylabel("mel band")
        edges = np.arange(len(mel) + 1) * seconds
        # the legend explains the dotted lines once, with the last of them
        dotted = [None] * (len(curves) - 1) + ["threshold" if len(curves) == 1 else "thresholds"]
        for index, curve in enumerate(curves):
            line = {"color": curve.colour, "linestyle": LINES[curve.dash], "linewidth": 2}
            below.stairs(curve.probabilities, edges, baseline=None, label=plain(curve.name), **line)
            if curve.threshold is not None:
                below.axhline(curve.threshold, color=curve.colour, linestyle=":", linewidth=1.2, label=dotted[index])
        if clip_range:
            below.axvspan(*clip_range, color=GREY, alpha=0.25, linewidth=0, label="the clip")
        below.set(xlim=(0, end), ylim=(0, 1), xlabel="seconds", ylabel="probability")
        columns = 4 if max((len(curve.name) for curve in curves), default=0) <= 20 else 2
        handles = below.get_legend_handles_labels()
        figure.legend(*handles, loc="outside lower center", ncols=columns, frameon=False, fontsize=9)
    return result[0]
