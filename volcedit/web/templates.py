"""The HTML that Gradio has no component for: templates, beside the code that fills them.

What is filled in is escaped. What people type and services say can therefore be passed as it is.
"""

from __future__ import annotations

import base64
import re
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Final
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, PrefixLoader, StrictUndefined
from jinja2.ext import Extension
from markupsafe import Markup, escape

from volcedit.types import Language
from volcedit.words import say

# Gradio runs the value of an HTML component through two template languages of its own.
_BRACES: Final = {sign: f"&#{ord(sign)};" for sign in "{}$`"}
_BESIDE_A_TAG: Final = re.compile(r"(?<=[>}])\s*\n\s*|\s*\n\s*(?=[<{])")
_LINE_END: Final = re.compile(r"\s*\n\s*")


class _OneLine(Extension):
    """Lays the lines of a template side by side, so that indenting them adds nothing to the page.

    A line end beside a tag or a brace is dropped; any other becomes one space.
    """

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
        """The template as one line."""
        return _LINE_END.sub(" ", _BESIDE_A_TAG.sub("", source.strip()))


def file_url(path: str) -> str:
    """Where the browser gets a published file, relative to the page."""
    return f"gradio_api/file={quote(path)}"


def _data_url(jpeg: bytes) -> Markup:
    """A small picture as part of the page; base64 has nothing to escape, and is long."""
    return Markup(f"data:image/jpeg;base64,{base64.b64encode(jpeg).decode()}")


def _clock(time: str) -> str:
    """For people, of a time as records have it; the page's script puts it into their zone."""
    return f"{datetime.fromisoformat(time):%Y-%m-%d %H:%M:%S} UTC"


def _file_name(path: str) -> str:
    return Path(path).name


def _load() -> Environment:
    folder = Path(__file__).parent
    rooms = {"web": folder, "edit": folder / "edit", "notebook": folder / "notebook"}
    environment = Environment(
        loader=PrefixLoader(
            {name: FileSystemLoader(room / "templates") for name, room in rooms.items()}
        ),
        autoescape=True,
        auto_reload=False,
        undefined=StrictUndefined,
        extensions=[_OneLine],
    )
    environment.filters |= {
        "clock": _clock,
        "data_url": _data_url,
        "file_name": _file_name,
        "file_url": file_url,
    }
    return environment


_ENVIRONMENT: Final = _load()


def render(template: str, language: Language = "en", **values: object) -> str:
    """The HTML of `template`, such as "edit/stage.html", filled with `values`.

    The template also has `say(key, …)`: the words of a key in `language`, which matters only to
    templates that use it.
    """
    found = _ENVIRONMENT.get_template(template)
    return _without_braces(found.render(values, say=partial(say, language)))


def harmless(text: object) -> str:
    """`text`, which may be anything that anybody typed, as HTML."""
    return _without_braces(str(escape(text)))


def _without_braces(html: str) -> str:
    for sign, harmless_sign in _BRACES.items():
        html = html.replace(sign, harmless_sign)
    return html
