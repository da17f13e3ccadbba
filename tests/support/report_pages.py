"""The page of a run, parsed: its elements, scripts, charts and text."""

import json
from html.parser import HTMLParser

from mer_tasks.runs.run import Run
from mer_tasks.stages.report import report

VOID = {"meta", "link", "img", "br", "input", "hr", "source", "base"}
SVG = {"svg", "circle", "g", "defs", "path", "text", "use", "image", "clippath", "rect", "metadata", "tspan"}
HTML = {
    *("html", "head", "meta", "title", "style", "body", "main", "header", "nav", "section", "footer", "noscript", "script"),
    *(
        "h1",
        "h2",
        "h3",
        "p",
        "a",
        "strong",
        "div",
        "figure",
        "figcaption",
        "table",
        "caption",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
    ),
    *("article", "audio", "details", "summary", "span", "label", "input", "output"),
}
"""HTML elements that a page may have."""


class Page(HTMLParser):
    """The parsed elements, scripts and text of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[tuple[dict[str, str | None], str]] = []
        self.words: list[str] = []
        self._open: list[str] = []
        self.feed(text)
        self.close()
        assert not self._open, "elements that are not closed"
        self.prose = " ".join(" ".join(self.words).split())

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag == "script":
            self.scripts.append((dict(attrs), ""))
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self._open.pop() == tag

    def handle_data(self, data):
        if self._open[-1:] == ["script"]:
            self.scripts[-1] = (self.scripts[-1][0], self.scripts[-1][1] + data)
        elif self._open[-1:] != ["style"]:
            self.words.append(data)

    def of(self, tag):
        return [attributes for name, attributes in self.elements if name == tag]

    @property
    def charts(self):
        """Plotly figures by name."""
        return {attributes["data-for"]: json.loads(text) for attributes, text in self.scripts if "data-for" in attributes}

    @property
    def code(self):
        """Scripts that the browser runs."""
        return [text for attributes, text in self.scripts if "data-for" not in attributes]


def page_of(run: Run) -> Page:
    report(run)
    return Page(run.store.get(run.key("report", "report.html")).decode())


def texts_of(value):
    """All texts in the values of a figure."""
    if isinstance(value, dict):
        for each in value.values():
            yield from texts_of(each)
    elif isinstance(value, list):
        for each in value:
            yield from texts_of(each)
    elif isinstance(value, str):
        yield value
