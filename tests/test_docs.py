"""README and docs: links lead somewhere, what is named exists, and no sentence stands twice. No network, no database."""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from pydantic_settings import BaseSettings
from typer.main import get_command

from mer_tasks.cli.main import app
from mer_tasks.config import Config
from mer_tasks.landing.watch_settings import WatchSettings
from mer_tasks.runs.crossval_config import CrossvalConfig
from mer_tasks.runs.housekeeping_config import HousekeepingConfig

ROOT = Path(__file__).resolve().parents[1]
README = ROOT / "README.md"
PAGES = [README, *sorted((ROOT / "docs").glob("*.md"))]
CODE_FOLDERS = (".ci", "benchmarks", "dags", "docker", "mer_tasks", "notebooks", "plugins", "sql", "tests")
CODE_FILES = ("Makefile", "docker-compose.yaml", "pyproject.toml")
SETTINGS: tuple[type[BaseSettings], ...] = (Config, CrossvalConfig, HousekeepingConfig, WatchSettings)

BLOCK = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
BY_NAME = re.compile(r"\[[^\]]+\]\[([^\]]+)\]")
NAME = re.compile(r"^\[([^\]]+)\]: \S+$", re.MULTILINE)
FEWEST_WORDS = 9
"""Shorter sentences may stand twice."""


def prose(page: Path) -> str:
    """The page without its blocks of code."""
    return BLOCK.sub("", page.read_text())


def code(page: Path) -> list[str]:
    """Lines of the page's blocks of code, and its code within sentences."""
    blocks = "\n".join(BLOCK.findall(page.read_text()))
    return [*blocks.splitlines(), *INLINE.findall(prose(page))]


def anchors(page: Path) -> set[str]:
    """Headings of a page as links name them: lower case, hyphens for spaces, without other signs."""
    headings = re.findall(r"^#+ (.*)$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def links(page: Path) -> list[str]:
    """Relative links of a page, those of pictures too."""
    return [link for link in LINK.findall(prose(page)) if not re.match(r"(https?|mailto):", link)]


def target(page: Path, link: str) -> Path:
    path = link.partition("#")[0]
    return (page.parent / path).resolve() if path else page


def sentences(page: Path) -> Iterator[str]:
    """Sentences of a page: of its paragraphs, list items and cells of tables, without the heads of tables."""
    text = re.sub(r"^\|.*\|\n(?=\|[-| ]+\|$)", "", prose(page), flags=re.MULTILINE)
    for paragraph in re.split(r"\n\s*\n|\n(?=\s*(?:[-*#|]|\d+\.) ?)", text):
        for part in paragraph.split("|") if paragraph.startswith("|") else [paragraph]:
            for sentence in re.split(r"(?<=[.!?]) ", " ".join(part.split())):
                yield re.sub(r"^(?:[-*#]+|\d+\.) ", "", sentence)


def code_of_the_platform() -> str:
    """All files that may define a variable."""
    files = [path for folder in CODE_FOLDERS for path in (ROOT / folder).rglob("*") if path.is_file()]
    own = [path for path in files if path != Path(__file__) and path.suffix not in {".png", ".npz", ".pyc"}]
    return "\n".join(path.read_text(errors="ignore") for path in [*own, *(ROOT / name for name in CODE_FILES)])


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_to_files_and_headings_that_exist(page: Path) -> None:
    for link in links(page):
        file, anchor = target(page, link), link.partition("#")[2]
        assert file.exists(), f"{page.name}: {link}"
        assert not anchor or anchor in anchors(file), f"{page.name}: {link}: expected one of {sorted(anchors(file))}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_by_name_have_an_address(page: Path) -> None:
    assert {*BY_NAME.findall(prose(page))} == {*NAME.findall(prose(page))}


def test_every_page_and_picture_is_linked() -> None:
    linked = {target(page, link) for page in PAGES for link in links(page) if target(page, link) != page}
    files = {path for path in (ROOT / "docs").rglob("*") if path.is_file()}
    assert files - linked == set()


def test_the_readme_has_at_most_130_lines() -> None:
    assert len(README.read_text().splitlines()) <= 130


def test_no_sentence_stands_twice() -> None:
    counts = Counter(each for page in PAGES for each in sentences(page) if len(each.split()) >= FEWEST_WORDS)
    assert [sentence for sentence, count in counts.items() if count > 1] == []


def test_targets_of_make_that_are_named_exist() -> None:
    makefile = (ROOT / "Makefile").read_text()
    targets = {name for names in re.findall(r"^\.PHONY:(.*)$", makefile, re.MULTILINE) for name in names.split()}
    call = re.compile(r"(?:^|&& |\$\(|: |[A-Z]=\S+ )make (?:-s )?([a-z][a-z-]*)")
    named = {name for page in PAGES for line in code(page) for name in call.findall(line)}
    assert named - targets == set()
    assert {"demo", "test", "test-all"} <= named


def test_commands_and_options_of_mer_that_are_named_exist() -> None:
    group = get_command(app)
    assert isinstance(group, click.Group) or hasattr(group, "commands")
    commands = group.commands  # type: ignore[attr-defined]
    named = 0
    for page in PAGES:
        for line in code(page):
            for name, rest in re.findall(r"(?:^|[ /])(?:mer|-m mer_tasks) ([a-z][a-z0-9-]*)([^#;]*)", line):
                two_words = " ".join([name, *rest.split()[:1]])  # such as `labels add`
                command = commands.get(two_words, commands.get(name))
                assert command is not None, f"{page.name}: {line}: expected one of {sorted(commands)}"
                options = {option for parameter in command.params for option in parameter.opts}
                assert {*re.findall(r" (--?[a-z][a-z-]*)", rest)} - options - {"--help"} == set(), f"{page.name}: {line}"
                named += 1
    assert named > 20


def test_variables_that_are_named_exist() -> None:
    fields = {f"MER_{name.upper()}" for kind in SETTINGS for name in kind.model_fields}
    there = fields | {*re.findall(r"\bMER_[A-Z0-9_]*[A-Z0-9]\b", code_of_the_platform())}
    named = {name for page in PAGES for name in re.findall(r"\bMER_[A-Z0-9_]*[A-Z0-9]\b", page.read_text())}
    assert named
    assert named - there == set()


def test_queries_that_are_named_exist() -> None:
    files = {path.stem for path in (ROOT / "sql" / "queries").glob("*.sql")}
    named = {name for page in PAGES for line in code(page) for name in re.findall(r"\bquery ([a-z_]+)", line)}
    assert named
    assert named - files == set()


def test_files_and_benchmarks_that_are_named_exist() -> None:
    inline = [each for page in PAGES for each in INLINE.findall(prose(page))]
    files = {each for each in inline if re.fullmatch(rf"(?:{'|'.join(map(re.escape, CODE_FOLDERS))})/[\w./-]+", each)}
    assert files
    assert [each for each in sorted(files) if not (ROOT / each).exists()] == []
    modules = {name for page in PAGES for line in code(page) for name in re.findall(r"-m benchmarks\.(\w+)", line)}
    assert [name for name in sorted(modules) if not (ROOT / "benchmarks" / f"{name}.py").exists()] == []
