"""Every sentence that the product says, collected from its source."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from jinja2 import Environment, nodes

from tests.support import ROOT
from volcedit.words import ENGLISH, languages

PRODUCT = ROOT / "volcedit"
_PLACES = {"Words": 0, "say": 1, "_t": 0}
"""Which argument of a call is the sentence."""


def find_sentences() -> dict[str, str]:
    """The English of each sentence, and the first file that says it."""
    found: dict[str, str] = {}
    for path in sorted(PRODUCT.rglob("*")):
        if "sandbox" in path.parts or (path.parent.name == "words" and path.stem != "kinds"):
            continue  # it says sentences of its own, and a language repeats those of others
        if path.suffix == ".py":
            said = _in_code(ast.parse(path.read_text("utf-8")))
        elif path.suffix in (".html", ".jinja"):
            said = _in_template(path)
        else:
            continue
        for sentence in said:
            found.setdefault(sentence, str(path.relative_to(PRODUCT)))
    return found | dict.fromkeys(languages()[ENGLISH].ideas, "words/en.py")


def _in_code(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        if isinstance(node.func, ast.Name) and node.func.id in _PLACES:
            place = _PLACES[node.func.id]
        elif isinstance(node.func, ast.Attribute) and ast.unparse(node.func) == "self.say":
            place = 0
        else:
            continue
        for argument in node.args[place : place + 1]:
            if isinstance(argument, ast.Constant) and argument.value:
                yield argument.value


def _in_template(path: Path) -> Iterator[str]:
    template = Environment(trim_blocks=True).parse(path.read_text("utf-8"))
    for call in template.find_all(nodes.Call):
        if isinstance(call.node, nodes.Name) and call.node.name == "say":
            for argument in call.args[:1]:
                if isinstance(argument, nodes.Const):
                    yield argument.value
