import random
import struct
import zlib
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from volcedit.sandbox.codes import Refused
from volcedit.sandbox.pictures import (
    OUTPUT_SIZES_PX,
    decode_base64,
    encode_jpeg,
    output_size,
    read_photo,
)

LABEL = "volcedit sandbox: offline filters, not SeedEdit"


def encode(image, kind="PNG", **options):
    file = BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def plain(width, height, mode="RGB", colour=None):
    return Image.new(mode, (width, height), colour or 0)


def noisy_png():
    noise = np.random.default_rng(1).integers(0, 256, (40, 60, 3), dtype=np.uint8)
    return encode(Image.fromarray(noise))


def png_header_only(width, height):
    def chunk(kind, body):
        checked = kind + body
        return struct.pack(">I", len(body)) + checked + struct.pack(">I", zlib.crc32(checked))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", b"") + chunk(b"IEND", b"")


def code_for(data):
    with pytest.raises(Refused) as refused:
        read_photo(data)
    return refused.value.code


# From API.md, "Input image": some rows, their transposes, and rows that only exist in landscape.
@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ((1000, 1000), (1024, 1024)),
        ((600, 400), (1248, 832)),
        ((400, 600), (832, 1248)),
        ((300, 100), (1536, 512)),
        ((100, 300), (512, 1536)),
        ((1120, 960), (1120, 960)),
        ((1504, 640), (1504, 640)),
        ((1280, 704), (1280, 704)),
        ((1920, 1080), (1312, 736)),
        ((1080, 1920), (736, 1312)),
        ((4000, 3000), (1152, 864)),
        ((451, 300), (1248, 832)),
    ],
)
def test_the_output_has_the_listed_size_with_the_nearest_aspect(given, expected):
    assert output_size(*given) == expected


def test_the_table_has_as_many_sizes_as_the_documentation():
    # 24 portrait rows, 23 transposed (1024×1024 is its own), and the 12 of the 14 landscape rows
    # that are not transposes.
    assert len(set(OUTPUT_SIZES_PX)) == len(OUTPUT_SIZES_PX) == 24 + 23 + 12


def test_every_listed_size_maps_to_itself():
    assert all(output_size(*size) == size for size in OUTPUT_SIZES_PX)


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_a_photo_is_read_at_its_output_size(kind):
    photo = read_photo(encode(plain(90, 60, colour=(200, 20, 20)), kind))
    assert (photo.mode, photo.size) == ("RGB", (1248, 832))
    assert np.abs(np.asarray(photo)[400, 600].astype(int) - (200, 20, 20)).max() <= 3


@pytest.mark.parametrize(
    ("mode", "colour", "expected"),
    [
        ("L", 100, (100, 100, 100)),
        ("1", 1, (255, 255, 255)),
        ("RGBA", (10, 20, 30, 0), (255, 255, 255)),
        ("RGBA", (10, 20, 30, 255), (10, 20, 30)),
        ("LA", (50, 0), (255, 255, 255)),
        ("I;16", 0x8000, (128, 128, 128)),
    ],
)
def test_every_png_mode_becomes_rgb_on_white(mode, colour, expected):
    photo = read_photo(encode(plain(30, 30, mode, colour)))
    assert photo.getpixel((500, 500)) == expected


def test_a_cmyk_jpeg_is_read():
    photo = read_photo(encode(plain(30, 30, "CMYK", (0, 0, 0, 0)), "JPEG"))
    assert photo.getpixel((500, 500)) == (255, 255, 255)


@pytest.mark.parametrize("data", [b"", b"hello", b"GIF89a", encode(plain(9, 9), "WEBP")])
def test_only_jpeg_and_png_are_decodable(data):
    assert code_for(data) == 50207


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_a_truncated_file_is_undecodable(kind):
    data = encode(Image.open(BytesIO(noisy_png())), kind)
    assert code_for(data[: len(data) // 2]) == 50207


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_a_damaged_file_is_rejected_or_read_and_raises_nothing_else(kind):
    data = encode(Image.open(BytesIO(noisy_png())), kind)
    chance = random.Random(7)
    for _ in range(150):
        damaged = bytearray(data)
        for _ in range(4):
            damaged[chance.randrange(len(data))] = chance.randrange(256)
        try:
            assert read_photo(bytes(damaged)).mode == "RGB"
        except Refused as refused:
            assert refused.code in (50205, 50207)


def test_the_largest_file_passes_and_one_more_byte_is_rejected():
    data = noisy_png()
    # Like the service, Pillow ignores what follows the end of a PNG.
    longest = data + b"\0" * (4_700_000 - len(data))
    assert read_photo(longest).size == (1248, 832)
    assert code_for(longest + b"\0") == 50205


def test_the_longest_side_passes_and_one_more_pixel_is_rejected():
    assert read_photo(encode(plain(4096, 4096, "1"))).size == (1024, 1024)
    assert code_for(encode(plain(4097, 4096, "1"))) == 50205


@pytest.mark.parametrize("turned", [False, True])
def test_three_to_one_passes_and_one_more_pixel_is_rejected(turned):
    longest, longer = ((300, 100), (301, 100))
    if turned:
        longest, longer = longest[::-1], longer[::-1]
    assert read_photo(encode(plain(*longest))).size in ((1536, 512), (512, 1536))
    assert code_for(encode(plain(*longer))) == 50205


def test_a_decompression_bomb_is_rejected_by_its_header():
    # Only a header: decoding it would fail with 50207.
    assert code_for(png_header_only(30_000, 30_000)) == 50205


@pytest.mark.parametrize("text", ["data:image/png;base64,AAAA", "AAA", "A*AA", "雪"])
def test_invalid_base64_is_undecodable(text):
    with pytest.raises(Refused) as refused:
        decode_base64(text)
    assert refused.value.code == 50207


def test_a_result_is_labelled_in_its_comment():
    assert Image.open(BytesIO(encode_jpeg(plain(64, 64)))).info["comment"] == LABEL.encode()


def test_a_result_is_labelled_in_its_exif():
    software = 0x0131
    assert Image.open(BytesIO(encode_jpeg(plain(64, 64)))).getexif()[software] == LABEL


def test_the_same_picture_gives_the_same_bytes():
    assert encode_jpeg(plain(64, 64)) == encode_jpeg(plain(64, 64))
