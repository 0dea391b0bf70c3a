"""Hostile files are refused before they are decoded, and ordinary ones are not."""

from __future__ import annotations

import io
import struct

import pytest
from PIL import Image

from tests.support import PHOTOS
from tests.support.hostile import SMALL, large_png, many_chunks, scans
from tests.support.specimens import FORMATS, chunk, encode, exif, png, quadrants, refusal_of
from volcedit.errors import PhotoError
from volcedit.pictures.bounds import MOST, QUICK
from volcedit.pictures.headers import PARTS_MAX, read_header
from volcedit.pictures.opening import (
    KEPT_MAX_PIXELS,
    TOO_MUCH,
    inspect_picture,
    is_within_bounds,
    kind_of,
    state_facts,
)
from volcedit.service.client import read_photo


def header_of(data):
    return read_header(data, kind_of(data))


@pytest.mark.parametrize("name", SMALL)
def test_a_hostile_file_is_refused_from_its_header(name):
    data = SMALL[name]()
    assert len(data) <= 10_000_000
    assert not is_within_bounds(data)
    with pytest.raises(PhotoError) as caught:
        read_photo(data)
    assert caught.value.code == TOO_MUCH


@pytest.mark.parametrize("photo", sorted(PHOTOS.glob("*.*g")), ids=lambda it: it.name)
def test_an_ordinary_photo_is_quick(photo):
    assert QUICK.hold([header_of(photo.read_bytes())])


@pytest.mark.parametrize("options", [{}, {"progressive": True}], ids=["baseline", "progressive"])
def test_a_phones_photo_is_quick(options):
    assert QUICK.hold([header_of(encode(Image.new("RGB", (4032, 3024)), "JPEG", **options))])


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("orientation", [1, 6])
def test_the_header_states_what_decoding_finds(format, orientation):
    options = {} if format in ("BMP", "GIF") else {"exif": exif(orientation)}
    data = encode(quadrants((61, 33)), format, **options)
    assert state_facts(data) == inspect_picture(data)
    size = (61, 33) if orientation == 1 or not options else (33, 61)
    assert state_facts(data) == (f"image/{format.lower()}", *size)


@pytest.mark.parametrize("options", [{"lossless": True}, {"quality": 50}, {"exif": exif(1)}])
def test_each_kind_of_webp_states_its_size(options):
    assert state_facts(encode(quadrants((61, 33)), "WEBP", **options)) == ("image/webp", 61, 33)


def test_a_gif_is_as_large_as_its_first_frame():
    data = bytearray(encode(quadrants((61, 33)).convert("P"), "GIF"))
    data[6:10] = struct.pack("<HH", 1, 1)
    assert state_facts(bytes(data)) == inspect_picture(bytes(data)) == ("image/gif", 61, 33)


def test_a_thumbnail_in_a_jpeg_does_not_count_as_scans():
    inner = encode(quadrants(), "JPEG")
    app13 = b"\xff\xed" + struct.pack(">H", len(inner) + 2) + inner
    data = encode(quadrants((61, 33)), "JPEG")
    assert header_of(data[:20] + app13 + data[20:]).memory_bytes == pytest.approx(61 * 33 * 4)


def test_scans_hidden_behind_a_comment_count():
    shown = scans(2, (64, 64))
    end = shown.rindex(b"\xff\xda")
    comment = b"\xff\xfe\0\x06\xff\xd9\0\0"  # looks like the end of the picture
    hidden = shown[:end] + comment + shown[end:]
    assert header_of(hidden).parts == header_of(shown).parts + 1


@pytest.mark.parametrize(("count", "is_fine"), [(PARTS_MAX - 3, True), (PARTS_MAX - 2, False)])
def test_a_png_has_at_most_65536_chunks(count, is_fine):
    assert is_within_bounds(many_chunks(count)) == is_fine


@pytest.mark.parametrize(("height", "is_kept"), [(KEPT_MAX_PIXELS // 9000, True), (9943, False)])
def test_a_picture_is_known_by_its_header_up_to_pillows_limit(height, is_kept):
    data = png(1, 1, 8, 0, b"\0").replace(
        struct.pack(">II", 1, 1), struct.pack(">II", 9000, height)
    )
    assert not is_within_bounds(data)
    if is_kept:
        assert state_facts(data) == ("image/png", 9000, height)
    else:
        with pytest.raises(PhotoError):
            state_facts(data)


def test_comparing_counts_both_pictures():
    headers = [header_of(large_png(4000, 4000))] * 2
    assert MOST.hold(headers)
    assert not MOST.hold(headers * 2)
    assert not MOST.hold(headers, memory_bytes=8)


def test_a_file_that_ends_within_its_header_is_damaged_and_no_more():
    for format in FORMATS:
        options = {} if format in ("BMP", "GIF") else {"exif": exif(6)}
        data = encode(quadrants(), format, **options)
        for length in range(4, min(len(data), 120)):
            said = refusal_of(data[:length])
            assert "incomplete" in said or "supported" in said


def test_a_colour_profile_may_only_come_once_in_many_copies():
    packed = chunk(b"iCCP", b"p\0\0" + b"x\x9c" + bytes(20))
    assert not is_within_bounds(png(16, 16, 8, 2, bytes(48), packed * 1000))
    assert is_within_bounds(png(16, 16, 8, 2, bytes(48), packed))


def test_strips_give_the_same_pixels_as_the_whole(monkeypatch):
    image = Image.merge("RGBA", [Image.linear_gradient("L").resize((97, 61))] * 4)
    file = io.BytesIO()
    image.save(file, "PNG")
    whole = read_photo(file.getvalue())
    monkeypatch.setattr("volcedit.pictures.pixels.STRIP_PIXELS", 500)
    assert read_photo(file.getvalue()) == whole
