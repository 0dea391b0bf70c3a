"""The READMEs, taken apart: sections, tables, code blocks, links, and the prose between them."""

from __future__ import annotations

import re
from pathlib import Path

from tests.support import ROOT

PATHS = [
    ROOT / "README.md",
    ROOT / "tests/data/README.md",
    *sorted((ROOT / "volcedit").rglob("README.md")),
]
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def quoted_in(text: str) -> list[str]:
    """What stands between backticks."""
    return re.findall(r"`([^`]+)`", text)


class Readme:
    """One README."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.text = path.read_text("utf-8")

    @property
    def folder(self) -> Path:
        """Where its links begin."""
        return self.path.parent

    @property
    def name(self) -> str:
        """Its path below the root."""
        return self.path.relative_to(ROOT).as_posix()

    def blocks(self, language: str) -> list[str]:
        """Its code blocks in one language."""
        return [code for tag, code in _BLOCK.findall(self.text) if tag == language]

    def block(self, language: str, containing: str) -> str:
        """The one code block that contains this."""
        (found,) = [code for code in self.blocks(language) if containing in code]
        return found

    def section(self, title: str) -> str:
        """What stands below a heading, up to the next of any level."""
        found = re.search(rf"^#+ {title}\n(.*?)(?=^#+ |\Z)", self._plain, re.DOTALL | re.MULTILINE)
        assert found, f"{self.name} has no section “{title}”"
        return found[1]

    def rows(self, title: str) -> list[list[str]]:
        """The cells of every row of a section's tables, without the heads."""
        lines = re.findall(
            r"^\| (.+) \|$(?!\n\| ?---)", self.section(title).replace("\n|---", "\n| ---"), re.M
        )
        return [line.split(" | ") for line in lines if not line.startswith("---")]

    @property
    def anchors(self) -> set[str]:
        """What a link can lead to: its headings as GitHub writes them in an address."""
        headings = re.findall(r"^#+ (.+)$", self._plain, re.MULTILINE)
        return {re.sub(r"[^\w\- ]", "", it.lower()).replace(" ", "-") for it in headings}

    @property
    def links(self) -> list[str]:
        """Where its links and pictures lead."""
        return re.findall(r"\]\(([^)]+)\)", self.text) + re.findall(r'src="([^"]+)"', self.text)

    @property
    def prose(self) -> str:
        """Its words in one line: no code, addresses or front matter."""
        text = re.sub(r"\A---\n.*?\n---\n", "", self._plain, flags=re.DOTALL)
        text = re.sub(r"\]\([^)]+\)|<img[^>]+>", "]", text)
        return " ".join(text.split())

    @property
    def _plain(self) -> str:
        # Its comments look like headings.
        return _BLOCK.sub("", self.text)


ALL = {readme.name: readme for readme in map(Readme, PATHS)}
ROOT_README = ALL["README.md"]
