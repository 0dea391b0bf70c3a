"""Bad input in the page: a message where it belongs, nothing sent, nothing lost."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable, Iterator

import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.support.gateway import Gateway, reply
from tests.support.served import App
from tests.support.studio import PHOTOS, Studio


@pytest.fixture(scope="module")
def server() -> Iterator[Gateway]:
    with Gateway() as gateway:
        gateway.script(reply(500))
        yield gateway


@pytest.fixture(scope="module")
def app(server: Gateway, start_app: Callable[..., App]) -> App:
    return start_app(VOLCEDIT_BASE_URL=server.url, VOLCEDIT_MAX_ATTEMPTS="1")


@pytest.fixture
def studio(visit: Callable[..., Studio], app: App, server: Gateway) -> Iterator[Studio]:
    """A visitor whose input never reaches the gateway."""
    server.requests.clear()
    studio = visit(app)
    yield studio
    assert server.requests == []
    expect(studio["history"].locator(".empty")).to_be_visible()


def _bomb() -> bytes:
    """A PNG of 30000×30000 pixels in a few hundred kilobytes."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    packer = zlib.compressobj(9)
    row = b"\0" + bytes(30000 // 8)
    pixels = b"".join(packer.compress(row) for _ in range(30000)) + packer.flush()
    header = struct.pack(">IIBBBBB", 30000, 30000, 1, 0, 0, 0, 0)
    png = chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + png


def _png(width_px: int, height_px: int) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (width_px, height_px), "red").save(file, "PNG")
    return file.getvalue()


def files() -> dict[str, tuple[str, bytes, str]]:
    """Files that cannot be sent, each with a part of what is said about it."""
    return {
        "a text file": ("notes.png", b"just some notes", "not a picture"),
        "an HTML page": (
            "page.jpg", b"<!doctype html><html><body>hello</body></html>", "not a picture",
        ),
        "an SVG": (
            "drawing.png", b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>',
            "not a picture",
        ),
        "a truncated JPEG": (
            "half.jpg",
            (PHOTOS / "rocket.jpg").read_bytes()[:50_000],
            "incomplete",
        ),
        "an empty file": ("empty.png", b"", "empty"),
        "a decompression bomb": ("bomb.png", _bomb(), "too many pixels"),
        "a single pixel": ("dot.png", _png(1, 1), "at least 16"),
    }  # fmt: skip


# ── the photo ────────────────────────────────────────────────────────────────────────────────


def _remove_photo(studio: Studio) -> None:
    studio.page.get_by_role("button", name="Clear").or_(
        studio["image"].get_by_role("button", name="Remove Image")
    ).first.click()
    expect(studio["photo-note"]).to_contain_text("up to 10 MB")
    expect(studio.page.get_by_role("alert")).to_have_count(0)


def test_an_unusable_file_is_rejected_at_the_photo_even_after_a_good_one(
    studio: Studio,
) -> None:
    studio.write("make it snow")
    for name, data, said in files().values():
        studio.choose_photo({"name": name, "mimeType": "image/png", "buffer": data})
        expect(studio["photo-note"].get_by_role("alert")).to_contain_text(said)
        expect(studio["image"].locator("img")).to_have_count(0)
        expect(studio["prompt"].locator("textarea")).to_have_value("make it snow")
        studio.choose_photo(PHOTOS / "coffee.png")
        expect(studio["photo-note"]).to_contain_text("600×400 PNG")
        _remove_photo(studio)

    # More than 10 MB are refused before they are uploaded.
    huge = (PHOTOS / "rocket.jpg").read_bytes() + bytes(11_000_000)
    file = {"name": "huge.jpg", "mimeType": "image/jpeg", "buffer": huge}
    studio["image"].locator("input[type=file]").set_input_files(file)
    expect(studio.page.get_by_role("alert")).to_contain_text("larger than 10 MB")
    expect(studio["prompt"].locator("textarea")).to_have_value("make it snow")
    studio.choose_photo(PHOTOS / "rocket.jpg")
    expect(studio.page.get_by_role("alert")).to_have_count(0)
    _remove_photo(studio)

    # A strip longer than 3:1 can be cropped right there.
    studio.choose_photo({"name": "strip.png", "mimeType": "image/png", "buffer": _png(601, 200)})
    expect(studio["photo-note"].get_by_role("alert")).to_contain_text("3:1")
    studio["crop"].get_by_role("button").first.click()
    studio["aspect"].get_by_label("1:1", exact=True).check()
    expect(studio["photo-note"]).to_contain_text("200×200 PNG")
    studio["aspect"].get_by_label("3:1", exact=True).check()
    expect(studio["photo-note"]).to_contain_text("600×200 PNG")
    studio["aspect"].get_by_label("whole").check()
    expect(studio["photo-note"].get_by_role("alert")).to_contain_text("3:1")


# ── the other fields ─────────────────────────────────────────────────────────────────────────

NO_PROMPT, TOO_LONG = "Say what should change", "5000 characters"
NO_SEED = "whole number from 1 to 2147483647"
SEEDS = ["2147483648", "1.5", "-2", "abc", "9" * 400]
# Each with a value that is valid again.
SLIDERS = [
    ("scale", "1.01", "from 0 to 1", "0.5"),
    ("scale", "-1", "from 0 to 1", "0.5"),
    ("scale", "", "from 0 to 1", "0.5"),
    ("count", "99", "1 to 8", "1"),
    ("count", "0", "1 to 8", "1"),
]


def test_an_invalid_value_is_explained_at_its_field_and_kept(studio: Studio) -> None:
    # Each message must go before the next is waited for, or an old one would pass for a new one.
    studio.write("make it snow")
    studio["run"].click()
    expect(studio["image"]).to_contain_text("Choose a photo first")
    expect(studio["prompt"].locator("textarea")).to_have_value("make it snow")

    studio.choose_photo(PHOTOS / "coffee.png")
    prompts = [("", NO_PROMPT, TOO_LONG), ("雪" * 5000, TOO_LONG, NO_PROMPT)]
    for prompt, said, unsaid in [*prompts, ("  \n ", NO_PROMPT, TOO_LONG)]:
        studio.write(prompt)
        studio["run"].click()
        expect(studio["prompt"]).to_contain_text(said)
        expect(studio["prompt"]).not_to_contain_text(unsaid)
        expect(studio["prompt"].locator("textarea")).to_have_value(prompt)
        expect(studio["image"].locator("img")).to_be_visible()

    studio.write("make it snow")
    for seed, (elem_id, typed, said, good) in zip(SEEDS, SLIDERS, strict=True):
        studio.set_number("seed", seed)
        studio["run"].click()
        expect(studio["seed"]).to_contain_text(NO_SEED)
        expect(studio[elem_id]).not_to_contain_text(said)
        expect(studio["seed"].locator("input")).to_have_value(seed)
        studio.set_number("seed", 7)
        studio.set_number(elem_id, typed)
        studio["run"].click()
        expect(studio[elem_id]).to_contain_text(said)
        expect(studio["seed"]).not_to_contain_text(NO_SEED)
        expect(studio[elem_id].locator("input[type=number]")).to_have_value(typed)
        studio.set_number(elem_id, good)

    # A collapsed panel with an invalid value expands.
    more = studio["more"].get_by_role("button").first
    more.click()
    studio["negative-prompt"].locator("textarea").fill("x" * 2000)
    more.click()
    expect(studio["negative-prompt"]).to_be_hidden()
    studio["run"].click()
    expect(studio["negative-prompt"]).to_contain_text("at most 800")
    expect(studio["negative-prompt"].locator("textarea")).to_be_in_viewport()
