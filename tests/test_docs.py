"""README and docs: links lead somewhere, commands and variables exist, and no sentence stands twice."""

import re
import subprocess
from collections import Counter
from pathlib import Path

import pytest
from typer.main import get_command

from mer_tasks.cli.main import app

ROOT = Path(__file__).resolve().parents[1]
README = ROOT / "README.md"
PAGES = [README, *sorted((ROOT / "docs").glob("*.md"))]
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)


def prose(page: Path) -> str:
    """The page without its blocks of code."""
    return FENCE.sub("", page.read_text())


def anchors(page: Path) -> set[str]:
    """Headings of a page as links name them: in lower case, words joined by hyphens, without other signs."""
    headings = re.findall(r"^#+ (.*)$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def links(page: Path) -> list[str]:
    return [link for link in LINK.findall(prose(page)) if not re.match(r"https?:", link)]


def target(page: Path, link: str) -> Path:
    path = link.partition("#")[0]
    return (page.parent / path).resolve() if path else page


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_to_files_and_headings_that_exist(page: Path) -> None:
    for link in links(page):
        file, anchor = target(page, link), link.partition("#")[2]
        assert file.exists(), f"{page.name}: {link}"
        assert not anchor or anchor in anchors(file), f"{page.name}: {link}: one of {sorted(anchors(file))}"


def test_every_page_and_picture_is_linked() -> None:
    linked = {target(page, link) for page in PAGES for link in links(page)}
    files = {path for path in (ROOT / "docs").rglob("*") if path.is_file()}
    assert not files - linked


def test_the_readme_is_short() -> None:
    assert len(README.read_text().splitlines()) <= 130


def test_no_sentence_stands_twice() -> None:
    text = " ".join(" ".join(prose(page).split()) for page in PAGES)
    sentences = [sentence for sentence in re.split(r"(?<=[.:;!?]) |\|", text) if len(sentence.split()) > 8]
    assert [sentence for sentence, count in Counter(sentences).items() if count > 1] == []


def test_commands_that_are_named_exist() -> None:
    text = "\n".join(page.read_text() for page in PAGES)
    makefile = (ROOT / "Makefile").read_text()
    targets = {name for names in re.findall(r"^([a-z][a-z -]*):", makefile, re.MULTILINE) for name in names.split()}
    named = set(re.findall(r"(?:`|^|&& |\$\()make (?:-s )?([a-z][a-z-]*)", text, re.MULTILINE))
    assert named <= targets, named - targets
    assert {"demo", "test", "test-all"} <= named
    commands = get_command(app).commands  # type: ignore[attr-defined]
    named = set(re.findall(r"(?:`|^|mer_tasks )(?:mer )([a-z][a-z-]+)|-m mer_tasks ([a-z][a-z-]+)", text, re.MULTILINE))
    assert {first or second for first, second in named} <= {*commands}


def test_questions_that_are_named_exist() -> None:
    text = "\n".join(page.read_text() for page in PAGES)
    named = set(re.findall(r"mer query ([a-z_]+)", text))
    assert named
    assert named <= {path.stem for path in (ROOT / "sql" / "queries").glob("*.sql")}


def test_variables_and_files_that_are_named_exist() -> None:
    text = "\n".join(page.read_text() for page in PAGES)
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    code = "\n".join((ROOT / name).read_text(errors="ignore") for name in listed if not name.endswith((".md", ".png", ".npz")))
    fields = {f"MER_{name.upper()}" for name in re.findall(r"^    (\w+): Annotated", code, re.MULTILINE)}
    for variable in set(re.findall(r"\bMER_[A-Z][A-Z_]+[A-Z]\b", text)):
        assert variable in fields or variable in code, variable
    for path in set(re.findall(r"`((?:mer_tasks|dags|plugins|tests|docker|sql|notebooks)/[\w/.-]+)`", text)):
        assert (ROOT / path).exists(), path
    for module in set(re.findall(r"python -m (benchmarks\.\w+)", text)):
        assert (ROOT / f"{module.replace('.', '/')}.py").exists(), module
