import random
import struct
import threading
import warnings
import zlib

import pytest

from tests.support.specimens import (
    FORMATS,
    assert_reads_as_itself,
    encode,
    exif,
    mpo,
    noise,
    png,
    quadrants,
    refusal_of,
)
from volcedit.errors import PhotoError
from volcedit.pictures.opening import (
    PICTURE_MAX_PIXELS,
    UPLOAD_MAX_BYTES,
    extension,
    inspect_picture,
)
from volcedit.pictures.pixels import make_thumbnail
from volcedit.service.client import read_photo


def test_an_empty_file_is_rejected():
    assert "empty" in refusal_of(b"")


@pytest.mark.parametrize("size", [10_000_000, 10_000_001])
def test_a_file_of_10_mb_is_read_and_one_more_byte_is_rejected(size):
    assert size - 10_000_000 in (0, 1) and UPLOAD_MAX_BYTES == 10_000_000
    data = encode(quadrants(), "JPEG").ljust(size, b"\0")
    if size == 10_000_000:
        assert read_photo(data).photo.width_px == 64
    else:
        assert "10,000,001 bytes" in refusal_of(data)


def test_a_huge_file_is_rejected_before_it_is_read(tmp_path):
    path = tmp_path / "huge.jpg"
    with path.open("wb") as file:
        file.truncate(2**33)
    assert "8,589,934,592 bytes" in refusal_of(path)


@pytest.mark.parametrize("name", ["missing.jpg", ".", "nul\0.jpg"])
def test_an_unreadable_path_is_rejected(tmp_path, name):
    assert "does not exist or cannot be read" in refusal_of(tmp_path / name)


@pytest.mark.parametrize(
    "data", [b"hello, world", b"%PDF-1.7", b"<svg/>", b"\0" * 100, b"RIFF\0\0\0\0WAVE", b"\xff"]
)
def test_other_files_are_rejected_naming_the_supported_formats(data):
    assert "JPEG, PNG, WebP, BMP, TIFF or GIF" in refusal_of(data)


@pytest.mark.parametrize("format", ["PPM", "ICO", "TGA", "JPEG2000"])
def test_unsupported_picture_formats_are_rejected(format):
    assert "JPEG, PNG, WebP" in refusal_of(encode(quadrants(), format))


@pytest.mark.parametrize("brand", [b"heic", b"mif1", b"avif"])
def test_a_heic_photo_is_rejected_by_name(brand):
    assert "HEIC" in refusal_of(b"\0\0\0\x18ftyp" + brand + bytes(100))


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("share", [0.3, 0.6, 0.95])
def test_a_truncated_file_is_rejected(format, share):
    data = encode(noise(64, 32), format)
    assert "incomplete" in refusal_of(data[: int(len(data) * share)])


@pytest.mark.parametrize(("format", "end"), [("JPEG", 2), ("PNG", 12)])
def test_a_file_without_its_end_marker_is_rejected(format, end):
    data = encode(quadrants(), format)
    assert "incomplete" in refusal_of(data[:-end])


def test_a_png_with_a_wrong_checksum_is_rejected():
    data = bytearray(encode(noise(64, 32), "PNG"))
    data[-13] ^= 1  # the last byte of the pixels' checksum; IEND has 12
    assert "damaged" in refusal_of(bytes(data))


@pytest.mark.parametrize(
    ("width", "height", "sentence"),
    [
        (10_000_000, 5, "incomplete"),  # the header passes, then the rest is missing
        (16_666_667, 3, "too many pixels"),  # 50,000,001
        (60_000, 60_000, "too many pixels"),
    ],
)
def test_too_many_pixels_are_rejected_from_the_header_alone(width, height, sentence):
    assert PICTURE_MAX_PIXELS == 50_000_000
    data = png(1, 1, 8, 0, b"\0").replace(
        struct.pack(">II", 1, 1), struct.pack(">II", width, height)
    )
    header = data[12:29]
    data = data[:29] + struct.pack(">I", zlib.crc32(header)) + data[33:]
    assert sentence in refusal_of(data)
    with pytest.raises(PhotoError):
        inspect_picture(data)
    with pytest.raises(PhotoError):
        make_thumbnail(data, 64)


@pytest.mark.parametrize("format", FORMATS)
def test_inspecting_gives_media_type_and_size(format):
    data = encode(quadrants((61, 33)), format)
    assert inspect_picture(data) == (f"image/{format.lower()}", 61, 33)


@pytest.mark.parametrize("options", [{}, {"progressive": True}], ids=["baseline", "progressive"])
def test_inspecting_detects_a_jpeg_truncated_anywhere(options):
    data = encode(noise(128, 96), "JPEG", **options)
    assert inspect_picture(data) == ("image/jpeg", 128, 96)
    for length in [*range(1, len(data), 997), len(data) - 1]:
        with pytest.raises(PhotoError):
            inspect_picture(data[:length])


@pytest.mark.parametrize("make", [inspect_picture, lambda data: make_thumbnail(data, 64)])
@pytest.mark.parametrize("data", [b"", b"<html>", encode(quadrants(), "JPEG")[:-50]])
def test_an_incomplete_picture_cannot_be_inspected_or_shown(make, data):
    with pytest.raises(PhotoError):
        make(data)


def test_file_names_have_the_usual_extensions():
    types = [inspect_picture(encode(quadrants(), format))[0] for format in FORMATS]
    assert [extension(name) for name in types] == ["jpg", "png", "webp", "bmp", "tiff", "gif"]


VICTIMS = {
    "JPEG": encode(noise(48, 32), "JPEG", exif=exif(6)),
    "MPO": mpo(),
    "PNG": encode(noise(48, 32), "PNG"),
    "APNG": encode(quadrants(), "PNG", save_all=True, append_images=[noise(64, 32)]),
    "palette": encode(quadrants().convert("P"), "PNG", transparency=0),
    "WEBP": encode(quadrants(), "WEBP", exif=exif(6)),
    "BMP": encode(quadrants().convert("P"), "BMP"),
    "TIFF": encode(quadrants(), "TIFF", compression="tiff_lzw", exif=exif(6)),
    "raw TIFF": encode(quadrants(), "TIFF"),
    "GIF": encode(quadrants(), "GIF", save_all=True, append_images=[noise(64, 32)]),
}


@pytest.mark.parametrize("name", VICTIMS)
def test_damaged_bytes_give_a_photo_or_a_photo_error(name):
    chance = random.Random(name)
    for _ in range(150):
        data = bytearray(VICTIMS[name])
        for _ in range(chance.choice([1, 3, 10])):
            # Half of the flips hit the header, which is where the traps are.
            end = len(data) if chance.random() < 0.5 else min(200, len(data))
            data[chance.randrange(4, end)] = chance.randrange(256)
        if chance.random() < 0.3:
            del data[chance.randrange(len(data)) :]
        try:
            reading = read_photo(bytes(data))
        except PhotoError:
            continue
        assert_reads_as_itself(reading)


def test_concurrent_decoding_restores_the_warning_filters():
    warns = encode(quadrants(), "JPEG", exif=b"Exif\0\0II*\0\x08\0\0\0\x05\0")
    before, photos = list(warnings.filters), []
    threads = [
        threading.Thread(target=lambda: photos.extend(read_photo(warns).photo for _ in range(20)))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [photo.data for photo in photos] == [warns] * 160
    assert warnings.filters == before
