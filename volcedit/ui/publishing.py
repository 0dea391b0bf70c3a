"""Pictures on their way from and to the browser, through Gradio's own folder and no other."""

from __future__ import annotations

import os
import re
import secrets
from pathlib import Path

from gradio.context import LocalContext
from gradio.processing_utils import hash_bytes
from gradio.utils import get_upload_folder

from volcedit.errors import PhotoError
from volcedit.history import Notebook, Record
from volcedit.images import Reading, extension, read_photo
from volcedit.types import PictureFacts, Words
from volcedit.ui.text import CHINESE_WORDS, ENGLISH


def read_upload(path: object) -> Reading:
    """The photo that a visitor uploaded. Raises `PhotoError`.

    Whoever posts by hand can name any path; only what was uploaded, or published here, is read.
    """
    folder = Path(get_upload_folder()).resolve()
    if not isinstance(path, str) or not Path(path).resolve().is_relative_to(folder):
        raise PhotoError(Words(ENGLISH["photo_missing"], CHINESE_WORDS["photo_missing"]))
    return read_photo(path)


def publish_photo(notebook: Notebook, record: Record) -> str:
    """The path of the photo that was sent, byte for byte."""
    facts = record.recipe.photo
    return _publish(notebook, facts, f"photo-{facts.sha256[:8]}")


def publish_result(notebook: Notebook, record: Record) -> str | None:
    """The path of the picture that came back; None when none did."""
    if record.picture is None:
        return None
    params = record.recipe.params
    return _publish(notebook, record.picture, f"{_slug(params.prompt)}-seed-{params.seed}")


def _publish(notebook: Notebook, facts: PictureFacts, stem: str) -> str:
    # A copy, since the notebook itself is not served: its paths must open nothing. Gradio's hash
    # has a secret in it, so that nobody finds a picture by knowing its bytes.
    data = notebook.read(facts)
    path = Path(get_upload_folder(), hash_bytes(data), f"{stem}.{extension(facts.media_type)}")
    try:
        os.utime(path)  # its time in the cache begins anew
    except FileNotFoundError:
        # All at once, and never again: a browser may be reading it.
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_name(f".{secrets.token_hex(4)}")
        partial.write_bytes(data)
        partial.replace(path)
    # Or `delete_cache` would miss it: Gradio 6.31 looks only through the page's own components,
    # but each update that leaves one as it is puts a new one in its place.
    if (blocks := LocalContext.blocks.get(None)) is not None:
        blocks.upload_file_set.add(str(path))
    return str(path)


def _slug(prompt: str) -> str:
    """A telling piece of a file name: "make-it-snow"."""
    return "-".join(re.findall(r"\w+", prompt))[:40].strip("-") or "edit"
