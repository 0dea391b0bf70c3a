"""Files from and to the browser, which all go through Gradio's upload folder."""

from __future__ import annotations

import json
import logging
import os
import re
import secrets
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

import gradio as gr
from gradio.context import LocalContext
from gradio.processing_utils import hash_bytes
from gradio.utils import get_upload_folder
from gradio_client.utils import is_http_url_like  # type: ignore[import-untyped]

from volcedit.errors import HistoryError, InputError, PhotoError
from volcedit.notebook.archive.export import NO_ROOM
from volcedit.notebook.history import Notebook
from volcedit.notebook.inscription import inscribe, uninscribed
from volcedit.notebook.records import Record
from volcedit.pictures.decoder import Decoder
from volcedit.pictures.opening import UPLOAD_MAX_BYTES, extension, media_type_of
from volcedit.pictures.photos import Reading
from volcedit.service.fields import PHOTO_LIMITS
from volcedit.types import Photo, PictureFacts, Words

NOT_SHOWN = Words(
    "A picture cannot be shown: it was deleted, or there is no room in the app's temporary folder."
)
KEPT = ".kept"
"""An empty file beside an upload that an edit used, or a published file; they stay for a day."""
_logger = logging.getLogger(__name__)


def fetch_no_links(demo: gr.Blocks) -> None:
    """Keep the components of `demo` from downloading a URL that was sent instead of an upload.

    Gradio 6.31 would download any size, also from 100.64.0.0/10, before our code is called.
    """
    for block in demo.blocks.values():
        take = partial(_take_file, block.async_move_resource_to_block_cache)
        block.async_move_resource_to_block_cache = take  # type: ignore[method-assign]


async def _take_file(take: Callable[[Any], Awaitable[str | None]], source: Any) -> str | None:
    if is_http_url_like(str(source)):
        raise gr.Error("Upload the photo itself. 请直接上传图片。", print_exception=False)
    return await take(source)


def as_data(value: Any) -> Any:
    """`value` with anything that looks like a file disarmed, since responses are untrusted.

    Gradio copies whatever looks like its FileData into its public cache, and gradio_client
    downloads every dict with a `path`. Such a dict is replaced by its JSON text.
    """
    if isinstance(value, list):
        return [as_data(item) for item in value]
    if isinstance(value, Mapping):
        if isinstance(value.get("path"), str):
            return json.dumps(value, ensure_ascii=False)
        return {name: as_data(item) for name, item in value.items()}
    return value


def read_upload(decoder: Decoder, path: object) -> Reading:
    """The photo that a visitor uploaded. Raises `PhotoError`."""
    return decoder.read_photo(_checked(path), PHOTO_LIMITS)


def use_upload(decoder: Decoder, path: object) -> Photo:
    """The photo of an upload that is edited now. Raises `PhotoError`."""
    photo = read_upload(decoder, path).photo
    keep(_checked(path))
    return photo


def keep(path: Path) -> None:
    """Keep an upload or a published file for a day from now."""
    with suppress(OSError):  # a full disk must not stop an edit
        path.with_name(KEPT).touch()


def read_file(path: object) -> bytes:
    """The bytes of an uploaded file, truncated to `UPLOAD_MAX_BYTES` + 1.

    Raises `PhotoError` if nothing was uploaded.
    """
    try:
        with _checked(path).open("rb") as file:
            return file.read(UPLOAD_MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        raise PhotoError(
            Words("Choose a photo first: drop one here, or click to browse.")
        ) from error


def publish_upload(photo: Photo, path: str) -> str:
    """Publish `photo`, which was converted from the upload at `path`. Returns its path."""
    stem = Path(path).stem.split(" ")[0]
    return _publish_bytes(photo.data, f"{stem} sent.{extension(photo.media_type)}")


def publish_uninscribed(path: str) -> str:
    """Publish an upload without the recipe in it. Returns its path. Raises `PhotoError`."""
    return _publish_bytes(uninscribed(read_file(path)), Path(path).name)


def publish_fetched(data: bytes) -> str:
    """Publish a downloaded picture like an upload. Returns its path. Raises `PhotoError`."""
    return _publish_bytes(data, f"fetched.{extension(media_type_of(data))}")


def publish_crop(decoder: Decoder, path: object, aspect: str, position: float) -> str:
    """Publish a crop of an upload. Returns its path. Raises `PhotoError` or `ParameterError`."""
    data = decoder.crop_photo(_checked(path), aspect, position, PHOTO_LIMITS)
    stem = Path(str(path)).stem.split(" ")[0]
    kind = extension(media_type_of(data))
    return _publish_bytes(data, f"{stem} {aspect.replace(':', 'x')}.{kind}")


def find_upload(path: object) -> Path | None:
    """`path`, if it is in the upload folder, else None.

    A hand-made request can contain any path. Only files uploaded or published here may be read.
    """
    folder = Path(get_upload_folder()).resolve()
    with suppress(ValueError):  # raised for a NUL or a lone surrogate
        if isinstance(path, str) and Path(path).resolve().is_relative_to(folder):
            return Path(path)
    return None


def _checked(path: object) -> Path:
    found = find_upload(path)
    if found is None:
        raise PhotoError(Words("Choose a photo first: drop one here, or click to browse."))
    return found


def publish_photo(notebook: Notebook, record: Record) -> str | None:
    """Publish the photo exactly as sent. Returns its path; None if the service fetched it."""
    facts = record.recipe.photo
    return None if facts is None else publish_sent(notebook, facts)


def publish_sent(notebook: Notebook, facts: PictureFacts) -> str:
    """Publish a photo from the notebook. Returns its path. Raises `HistoryError` if missing."""
    return _publish(notebook, facts, f"photo-{facts.sha256[:8]}")


def publish_result(notebook: Notebook, record: Record) -> str | None:
    """Publish an edit's picture, even if it could not be stored. Returns its path.

    None if there is none, if it was deleted, or if there is no room for it here.
    """
    # The browser saves a file under the name it has here, whatever its link says.
    stem = f"{_name(record)}-original"
    try:
        if (held := notebook.held(record.id)) is not None:
            facts, picture = held
            return _publish_bytes(picture, f"{stem}.{extension(facts.media_type)}")
        return None if record.picture is None else _publish(notebook, record.picture, stem)
    except HistoryError as error:
        _logger.warning("could not show the picture of record %s: %s", record.id, error)
        return None


def publish_inscribed(notebook: Notebook, record: Record) -> str | None:
    """Publish the picture with its recipe embedded. Returns its path; None if not possible."""
    if record.picture is None:
        return None
    try:
        data = inscribe(notebook.read(record.picture), record.recipe)
        return _publish_bytes(data, f"{_name(record)}.{extension(record.picture.media_type)}")
    except (HistoryError, InputError) as error:
        _logger.warning("could not embed the recipe of record %s: %s", record.id, error)
        return None


def publish_heat_map(decoder: Decoder, notebook: Notebook, record: Record) -> str | None:
    """Publish a heat map of what the edit changed. Returns its path; None without both pictures.

    Raises `HistoryError` or `PhotoError`.
    """
    photo, picture = record.recipe.photo, record.picture
    if photo is None or picture is None:
        return None
    data = decoder.heat_map(notebook.read(photo), notebook.read(picture))
    return _publish_bytes(data, f"{_name(record)}-changed.jpg")


def publish_difference(
    decoder: Decoder, notebook: Notebook, first: Record, record: Record
) -> str | None:
    """Publish the difference between a repeat and its original. Returns its path, or None."""
    if first.picture is None or record.picture is None:
        return None
    try:
        data = decoder.difference_picture(
            notebook.read(first.picture), notebook.read(record.picture)
        )
    except (HistoryError, PhotoError) as error:
        _logger.warning("could not show the difference of repeat %s: %s", record.id, error)
        return None
    return _publish_bytes(data, f"{_name(record)}-difference.png")


def _publish(notebook: Notebook, facts: PictureFacts, stem: str) -> str:
    # A copy, because the notebook itself is not served over HTTP.
    return _publish_bytes(notebook.read(facts), f"{stem}.{extension(facts.media_type)}")


def _publish_bytes(data: bytes, name: str) -> str:
    """Write `data` where the browser gets it. Raises `HistoryError` if it does not fit."""
    # Gradio's hash is salted with a secret, so nobody can derive the URL from the bytes.
    path = Path(get_upload_folder(), hash_bytes(data), name)
    try:
        if path.exists():
            os.utime(path)  # restarts its lifetime in the cache
        else:
            _write_new(path, data)
    except OSError as error:
        raise HistoryError(NOT_SHOWN) from error
    _give_to_cache(path)
    return str(path)


def _write_new(path: Path, data: bytes) -> None:
    # Written atomically and never overwritten, since a browser may be reading it.
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{secrets.token_hex(4)}")
    try:
        partial.write_bytes(data)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def publish_file(name: str, write: Callable[[BinaryIO], object]) -> str:
    """Publish a file of any size, which `write` gets open, at an unguessable path.

    Returns the path. Raises `HistoryError` if it cannot be written; on a disk that is full or may
    not be written to, before `write` is called, since its folder and its name need room too.
    """
    path = Path(get_upload_folder(), secrets.token_hex(32), name)
    try:
        path.parent.mkdir(parents=True)
        try:
            with path.open("wb") as file:
                write(file)
        except BaseException:
            path.unlink(missing_ok=True)
            path.parent.rmdir()
            raise
    except OSError as error:  # also raised on closing, which flushes the file
        raise HistoryError(NO_ROOM) from error
    _give_to_cache(path)
    return str(path)


def _give_to_cache(path: Path) -> None:
    # Otherwise `delete_cache` would miss it: Gradio 6.31 does not track what a `gr.api` returns.
    if (blocks := LocalContext.blocks.get(None)) is not None:
        blocks.upload_file_set.add(str(path))
    keep(path)


def _name(record: Record) -> str:
    """The file name of the record's picture, without extension: "make-it-snow-seed-7"."""
    params = record.recipe.params
    return f"{_slug(params.prompt)}-seed-{params.seed}"


def _slug(prompt: str) -> str:
    """The prompt as part of a file name: "make-it-snow"."""
    return "-".join(re.findall(r"\w+", prompt))[:40].strip("-") or "edit"
