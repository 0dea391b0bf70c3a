"""Pictures on their way from and to the browser, through Gradio's own folder and no other."""

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
from volcedit.pictures.comparing import difference_picture, heat_map
from volcedit.pictures.crop import crop_photo
from volcedit.pictures.opening import UPLOAD_MAX_BYTES, extension, inspect_picture
from volcedit.pictures.photos import Reading
from volcedit.service.client import read_photo
from volcedit.service.fields import PHOTO_LIMITS
from volcedit.types import Photo, PictureFacts
from volcedit.words import tell

_logger = logging.getLogger(__name__)


def fetch_no_links(demo: gr.Blocks) -> None:
    """Let no component of `demo` fetch a link that someone names in place of an upload.

    Gradio 6.31 would, of any size and also from 100.64.0.0/10, before our code sees it.
    """
    for block in demo.blocks.values():
        take = partial(_take_file, block.async_move_resource_to_block_cache)
        block.async_move_resource_to_block_cache = take  # type: ignore[method-assign]


async def _take_file(take: Callable[[Any], Awaitable[str | None]], source: Any) -> str | None:
    if is_http_url_like(str(source)):
        raise gr.Error("Upload the photo itself. 请直接上传图片。", print_exception=False)
    return await take(source)


def as_data(value: Any) -> Any:
    """`value`, in which nothing is taken for a file: the answer is somebody else's word.

    Gradio copies what looks like its FileData into its public cache, and gradio_client fetches
    every dict with a `path`; such a dict becomes its own JSON text.
    """
    if isinstance(value, list):
        return [as_data(item) for item in value]
    if isinstance(value, Mapping):
        if isinstance(value.get("path"), str):
            return json.dumps(value, ensure_ascii=False)
        return {name: as_data(item) for name, item in value.items()}
    return value


def read_upload(path: object) -> Reading:
    """The photo that a visitor uploaded. Raises `PhotoError`."""
    return read_photo(_checked(path))


def read_file(path: object) -> bytes:
    """The bytes of any file that a visitor uploaded; a little more than `UPLOAD_MAX_BYTES` at most.

    Raises `PhotoError` where nothing was uploaded.
    """
    try:
        with _checked(path).open("rb") as file:
            return file.read(UPLOAD_MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        raise PhotoError(tell("photo_missing")) from error


def is_too_long(path: object) -> bool:
    """Whether only the shape of the upload is wrong, so that a crop would do."""
    try:
        read_photo(crop_photo(_checked(path), "3:1", 0.5, PHOTO_LIMITS))
    except PhotoError:
        return False
    return True


def publish_upload(photo: Photo, path: str) -> str:
    """The path of `photo`, which was made of the upload at `path`."""
    stem = Path(path).stem.split(" ")[0]
    return _publish_bytes(photo.data, f"{stem} sent.{extension(photo.media_type)}")


def publish_uninscribed(path: str) -> str:
    """The path of an upload as it was before a recipe was written into it. Raises `PhotoError`."""
    return _publish_bytes(uninscribed(read_file(path)), Path(path).name)


def publish_fetched(data: bytes) -> str:
    """The path of a picture that was fetched, as of an upload. Raises `PhotoError`."""
    return _publish_bytes(data, f"fetched.{extension(inspect_picture(data)[0])}")


def publish_crop(path: object, aspect: str, position: float) -> str:
    """The path of a part of an upload. Raises `PhotoError` or `ParameterError`."""
    data = crop_photo(_checked(path), aspect, position, PHOTO_LIMITS)
    stem = Path(str(path)).stem.split(" ")[0]
    kind = extension(inspect_picture(data)[0])
    return _publish_bytes(data, f"{stem} {aspect.replace(':', 'x')}.{kind}")


def find_upload(path: object) -> Path | None:
    """`path`, if it is of an upload.

    Whoever posts by hand can name any path; only what was uploaded, or published here, is read.
    """
    folder = Path(get_upload_folder()).resolve()
    with suppress(ValueError):  # of a NUL, or half a character
        if isinstance(path, str) and Path(path).resolve().is_relative_to(folder):
            return Path(path)
    return None


def _checked(path: object) -> Path:
    found = find_upload(path)
    if found is None:
        raise PhotoError(tell("photo_missing"))
    return found


def publish_photo(notebook: Notebook, record: Record) -> str | None:
    """The path of the photo that was sent, byte for byte; None if the service fetched it."""
    facts = record.recipe.photo
    return None if facts is None else publish_sent(notebook, facts)


def publish_sent(notebook: Notebook, facts: PictureFacts) -> str:
    """The path of a photo that the notebook keeps. Raises `HistoryError` when it has none such."""
    return _publish(notebook, facts, f"photo-{facts.sha256[:8]}")


def publish_result(notebook: Notebook, record: Record) -> str | None:
    """The path of the picture that came back; None when none did, or it was deleted since."""
    if record.picture is None:
        return None
    try:
        # The browser saves a file under the name it has here, whatever its link says.
        return _publish(notebook, record.picture, f"{_name(record)}-original")
    except HistoryError as error:
        _logger.warning("the picture of record %s is not shown: %s", record.id, error)
        return None


def publish_inscribed(notebook: Notebook, record: Record) -> str | None:
    """The path of the picture with its recipe in it; None where none can be written."""
    if record.picture is None:
        return None
    try:
        data = inscribe(notebook.read(record.picture), record.recipe)
    except (HistoryError, InputError) as error:
        _logger.warning("record %s gives no file with a recipe: %s", record.id, error)
        return None
    return _publish_bytes(data, f"{_name(record)}.{extension(record.picture.media_type)}")


def publish_heat_map(notebook: Notebook, record: Record) -> str | None:
    """The path of the map of what the edit changed; None without both pictures.

    Raises `HistoryError` or `PhotoError`.
    """
    photo, picture = record.recipe.photo, record.picture
    if photo is None or picture is None:
        return None
    data = heat_map(notebook.read(photo), notebook.read(picture))
    return _publish_bytes(data, f"{_name(record)}-changed.jpg")


def publish_difference(notebook: Notebook, first: Record, record: Record) -> str | None:
    """The path of the picture of how a repeat differs from its first; None without both."""
    if first.picture is None or record.picture is None:
        return None
    try:
        data = difference_picture(notebook.read(first.picture), notebook.read(record.picture))
    except (HistoryError, PhotoError) as error:
        _logger.warning("repeat %s is shown without its difference: %s", record.id, error)
        return None
    return _publish_bytes(data, f"{_name(record)}-difference.png")


def _publish(notebook: Notebook, facts: PictureFacts, stem: str) -> str:
    # A copy: the notebook itself is not served, so its paths open nothing.
    return _publish_bytes(notebook.read(facts), f"{stem}.{extension(facts.media_type)}")


def _publish_bytes(data: bytes, name: str) -> str:
    # Gradio's hash is salted with a secret, so knowing a picture's bytes does not reveal its URL.
    path = Path(get_upload_folder(), hash_bytes(data), name)
    try:
        os.utime(path)  # restarts its time in the cache
    except FileNotFoundError:
        # Written atomically and never again: a browser may be reading it.
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_name(f".{secrets.token_hex(4)}")
        partial.write_bytes(data)
        partial.replace(path)
    _give_to_cache(path)
    return str(path)


def publish_file(name: str, write: Callable[[BinaryIO], object]) -> str:
    """The path of a file that `write` makes, of any size; nobody can guess it.

    Raises `HistoryError` where it cannot be written.
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
    except OSError as error:  # also when closing, which writes the rest
        raise HistoryError(NO_ROOM) from error
    _give_to_cache(path)
    return str(path)


def _give_to_cache(path: Path) -> None:
    # Or `delete_cache` would miss it: Gradio 6.31 does not track what a `gr.api` returns.
    if (blocks := LocalContext.blocks.get(None)) is not None:
        blocks.upload_file_set.add(str(path))


def _name(record: Record) -> str:
    """How a file of that record's picture is called, without its kind: "make-it-snow-seed-7"."""
    params = record.recipe.params
    return f"{_slug(params.prompt)}-seed-{params.seed}"


def _slug(prompt: str) -> str:
    """A telling piece of a file name: "make-it-snow"."""
    return "-".join(re.findall(r"\w+", prompt))[:40].strip("-") or "edit"
