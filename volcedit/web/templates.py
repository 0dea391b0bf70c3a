"""Renders Jinja templates, for HTML that Gradio has no component for.

All values are escaped, so user input and the service's messages can be passed directly.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Final
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, PrefixLoader, StrictUndefined
from jinja2.ext import Extension
from markupsafe import Markup, escape

from volcedit.types import Language, Words
from volcedit.words import say

# Gradio passes the value of an HTML component through two template languages, which use these.
_BRACES: Final = {sign: f"&#{ord(sign)};" for sign in "{}$`"}
_BESIDE_A_TAG: Final = re.compile(r"(?<=[>}])\s*\n\s*|\s*\n\s*(?=[<{])")
_LINE_END: Final = re.compile(r"\s*\n\s*")


class _OneLine(Extension):
    """Joins the lines of a template, so that indentation adds nothing to the page.

    A line break next to a tag or a brace is removed; any other becomes one space.
    """

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
        """The template as a single line."""
        return _LINE_END.sub(" ", _BESIDE_A_TAG.sub("", source.strip()))


def file_url(path: str) -> str:
    """The URL of a published file, relative to the page."""
    return f"gradio_api/file={quote(path)}"


def _data_url(jpeg: bytes) -> Markup:
    """A small picture as a data URL. Not escaped: base64 needs no escaping, and it is long."""
    return Markup(f"data:image/jpeg;base64,{base64.b64encode(jpeg).decode()}")


def _clock(time: str) -> str:
    """A record's time, formatted in UTC; the page's script converts it to the local time zone."""
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
    environment.globals["action_words"] = ACTIONS
    environment.filters |= {
        "clock": _clock,
        "data_url": _data_url,
        "file_name": _file_name,
        "file_url": file_url,
    }
    return environment


ACTIONS: Final[Mapping[str, Words]] = {
    "again": Words("Run again"),
    "renew": Words("Vary"),
    "resend": Words("Send again"),
    "fetch": Words("Fetch the picture again"),
    "advance": Words("Try the next seed"),
    "replay": Words("Repeat & check"),
    "repeat": Words("Repeat 4 times"),
    "restore": Words("Restore"),
    "delete": Words("Delete"),
}
"""The words on a record's buttons, by the names that the page's script sends."""
_ENVIRONMENT: Final = _load()


def render(template: str, language: Language = "en", **values: object) -> str:
    """Render `template`, such as "edit/stage.html", with `values`.

    The template also has `say("English …")`, which says a sentence in `language`.
    """
    found = _ENVIRONMENT.get_template(template)
    return _without_braces(found.render(values, say=partial(say, language)))


def harmless(text: object) -> str:
    """Any `text`, such as user input, escaped as HTML."""
    return _without_braces(str(escape(text)))


def _without_braces(html: str) -> str:
    for sign, harmless_sign in _BRACES.items():
        html = html.replace(sign, harmless_sign)
    return html
