import io
import struct

import pytest
from PIL import Image, ImageCms

from tests.support.specimens import (
    BLUE,
    KINDS,
    RED,
    UPRIGHT,
    WHITE,
    chunk,
    corners,
    encode,
    exif,
    is_close,
    opened,
    png,
    profile_of,
    quadrants,
    said,
    translucent_red,
)
from volcedit.errors import PhotoError
from volcedit.pictures.opening import inspect_picture
from volcedit.pictures.pixels import make_thumbnail, open_picture
from volcedit.service.client import read_photo


@pytest.mark.parametrize("format", ["WEBP", "BMP", "TIFF", "GIF"])
def test_other_formats_become_jpeg_with_the_same_colours(format):
    reading = read_photo(encode(quadrants(), format))
    assert f"Converted from {KINDS.get(format, format)} to JPEG." in said(reading)
    assert reading.photo.media_type == "image/jpeg"
    assert opened(reading.photo.data).format == "JPEG"
    assert corners(opened(reading.photo.data)) == "RGBW"


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "TIFF"])
@pytest.mark.parametrize("orientation", UPRIGHT)
def test_every_exif_orientation_is_turned_upright(orientation, format):
    data = encode(quadrants((64, 32)), format, exif=exif(orientation))
    reading = read_photo(data)
    size = (64, 32) if orientation < 5 else (32, 64)
    assert corners(opened(reading.photo.data)) == UPRIGHT[orientation]
    assert (reading.photo.width_px, reading.photo.height_px) == size
    assert opened(reading.photo.data).size == size
    assert inspect_picture(data)[1:] == size
    assert ("Rotated according" in said(reading)) is (orientation != 1)


@pytest.mark.parametrize("orientation", [0, 9, 65535])
def test_an_invalid_orientation_counts_as_upright(orientation):
    assert read_photo(encode(quadrants(), "JPEG", exif=exif(orientation))).changes == ()


def test_an_orientation_in_xmp_alone_is_ignored_as_browsers_do():
    data = encode(quadrants(), "JPEG", xmp=b'<x tiff:Orientation="6"/>')
    assert read_photo(data).changes == ()


@pytest.mark.parametrize(
    "bad_exif",
    [
        b"Exif\0\0",
        b"Exif\0\0garbage",
        b"Exif\0\0II*\0\x08\0\0\0\x05\0",
        b"Exif\0\0MM\0*\xff\xff\xff\xff",
    ],
)
def test_damaged_exif_does_not_break_a_photo(bad_exif):
    data = encode(quadrants(), "JPEG", exif=bad_exif)
    assert read_photo(data).photo.data == data


@pytest.mark.parametrize("format", ["PNG", "WEBP", "TIFF"])
def test_transparency_is_flattened_onto_white(format):
    reading = read_photo(encode(translucent_red("RGBA"), format))
    # 255 × 128/255 of red over white leaves green and blue at 255 − 128.
    assert is_close(opened(reading.photo.data).getpixel((16, 16)), (255, 127, 127))
    assert "Transparent areas filled with white." in said(reading)


def test_grey_with_transparency_is_flattened_and_stays_grey():
    image = opened(read_photo(encode(Image.new("LA", (32, 32), (0, 64)), "PNG")).photo.data)
    assert (image.mode, image.getpixel((16, 16))) == ("L", 255 - 64)


@pytest.mark.parametrize("key", [0, bytes([0, 255])], ids=["index", "alphas"])
def test_a_palette_with_transparency_is_flattened_onto_white(key):
    image = Image.new("P", (32, 32))
    image.putpalette([*RED, *BLUE])
    image.paste(1, (16, 0, 32, 32))
    data = encode(image, "PNG", transparency=key)
    result = opened(read_photo(data).photo.data)
    assert is_close(result.getpixel((4, 16)), WHITE)
    assert is_close(result.getpixel((28, 16)), BLUE)


def test_a_transparent_gif_is_flattened_onto_white():
    image = Image.new("P", (32, 32))
    image.putpalette([*RED, *BLUE])
    result = opened(read_photo(encode(image, "GIF", transparency=0)).photo.data)
    assert is_close(result.getpixel((16, 16)), WHITE)


@pytest.mark.parametrize(
    ("depth", "colour_type", "row", "key", "outside"),
    [
        (8, 2, bytes(RED) * 8 + bytes(BLUE) * 8, (255, 0, 0), BLUE),
        (16, 2, b"\x12\x34\x56\x78\x9a\xbc" * 8 + b"\0\0\0\0\xff\xff" * 8,
         (0x1234, 0x5678, 0x9ABC), BLUE),
        (16, 0, b"\x12\x34" * 8 + b"\x40\0" * 8, (0x1234,), 0x40),
        (2, 0, b"\x55\x55\0\0", (1,), 0),
        (1, 0, b"\xff\0", (1,), 0),
    ],
    ids=["RGB", "16-bit RGB", "16-bit grey", "2-bit grey", "1-bit"],
)  # fmt: skip
def test_a_pngs_transparent_colour_becomes_white(depth, colour_type, row, key, outside):
    extra = chunk(b"tRNS", struct.pack(f">{len(key)}H", *key))
    image = opened(read_photo(png(16, 16, depth, colour_type, row, extra)).photo.data)
    white = WHITE if image.mode == "RGB" else 255
    assert is_close(image.getpixel((3, 8)), white)
    assert is_close(image.getpixel((13, 8)), outside)


def test_16_bit_grey_keeps_its_high_byte():
    row = struct.pack(">16H", *([0x1234] * 8 + [0x80FF] * 8))
    reading = read_photo(png(16, 16, 16, 0, row))
    image = opened(reading.photo.data)
    assert image.mode == "L"
    assert is_close(image.getpixel((3, 8)), 0x12)
    assert is_close(image.getpixel((12, 8)), 0x80)
    assert "8 bits" in said(reading)


def test_16_bit_colour_is_detected_although_pillow_opens_it_as_8_bit():
    reading = read_photo(png(16, 16, 16, 2, b"\xff\xff\x80\x00\x00\x10" * 16))
    assert is_close(opened(reading.photo.data).getpixel((8, 8)), (255, 128, 0))
    assert "8 bits" in said(reading)


@pytest.mark.parametrize(
    ("mode", "level", "expected"),
    [
        ("I;16", 0x4000, 0x40),
        ("I;16B", 0x4000, 0x40),
        ("I", 255, 255),
        ("F", 1.0, 255),
        ("1", 1, 255),
    ],
)
def test_unusual_grey_tiffs_keep_their_brightness(mode, level, expected):
    data = encode(Image.new(mode, (32, 32), level), "TIFF")
    assert is_close(opened(read_photo(data).photo.data).getpixel((16, 16)), expected)


def test_float_values_up_to_one_run_from_black_to_white():
    image = Image.new("F", (32, 32), 1.0)
    image.paste(0.5, (0, 0, 16, 32))
    assert is_close(opened(read_photo(encode(image, "TIFF")).photo.data).getpixel((4, 16)), 127)


@pytest.mark.parametrize(
    ("mode", "format"), [("P", "PNG"), ("CMYK", "JPEG"), ("CMYK", "TIFF"), ("LAB", "TIFF")]
)
def test_other_colour_models_become_rgb(mode, format):
    srgb, lab = (ImageCms.createProfile(name) for name in ("sRGB", "LAB"))
    red = Image.new("RGB", (32, 32), RED)
    if mode == "LAB":
        red = ImageCms.profileToProfile(red, srgb, lab, outputMode="LAB")
    reading = read_photo(encode(red.convert(mode), format))
    # 8-bit L*a*b* itself is no more precise.
    assert is_close(opened(reading.photo.data).getpixel((16, 16)), RED, tolerance=6)
    assert "Converted to RGB." in said(reading)


def test_a_ycbcr_tiff_keeps_its_colours():
    data = encode(quadrants().convert("YCbCr"), "TIFF", compression="tiff_lzw")
    assert corners(opened(read_photo(data).photo.data)) == "RGBW"


def cmyk_profile_that_prints_green():
    """A hand-made CMYK profile: any mix of inks is L* 53, a* −53, b* 51 (ICC.1:2022, 10.10)."""
    ramp, one = bytes(range(256)), 65536
    table = struct.pack(">4s4xBBBx9I", b"mft1", 4, 3, 2, one, 0, 0, 0, one, 0, 0, 0, one)
    table += ramp * 4 + bytes([135, 75, 179]) * 16 + ramp * 3
    header = struct.pack(">I4xI", 144 + len(table), 0x02400000) + b"prtrCMYKLab "
    header = (header.ljust(36, b"\0") + b"acsp").ljust(128, b"\0")
    return header + struct.pack(">I4sII", 1, b"A2B0", 144, len(table)) + table


def test_cmyk_is_converted_by_its_own_profile():
    data = encode(Image.new("CMYK", (32, 32)), "JPEG", icc_profile=cmyk_profile_that_prints_green())
    image = opened(read_photo(data).photo.data)
    red, green, blue = image.getpixel((16, 16))
    assert green > 2 * max(red, blue)  # without the profile: no ink on white paper
    assert "icc_profile" not in image.info


def test_cmyk_with_an_unusable_profile_is_converted_without_it():
    data = encode(Image.new("CMYK", (32, 32)), "JPEG", icc_profile=b"no profile" * 20)
    assert is_close(opened(read_photo(data).photo.data).getpixel((16, 16)), WHITE)


@pytest.mark.parametrize(
    ("mode", "profile", "is_kept"),
    [
        ("RGB", profile_of(b"RGB "), True),
        ("L", profile_of(b"GRAY"), True),
        ("L", profile_of(b"RGB "), False),
        ("RGB", profile_of(b"RGB ", 1_000_000), True),
        ("RGB", profile_of(b"RGB ", 1_000_001), False),
    ],
)
def test_a_profile_is_kept_when_it_fits_the_colours(mode, profile, is_kept):
    data = encode(quadrants().convert(mode), "JPEG", exif=exif(6), icc_profile=profile)
    kept = opened(read_photo(data).photo.data).info.get("icc_profile")
    assert kept == (profile if is_kept else None)


def test_other_metadata_is_dropped_in_a_conversion():
    tags = Image.Exif()
    tags[0x0112], tags[0x010F] = 3, "My Camera"
    data = encode(quadrants(), "JPEG", exif=tags.tobytes(), comment=b"My Garden")
    assert b"My " in data
    assert b"My " not in read_photo(data).photo.data


@pytest.mark.parametrize("format", ["GIF", "WEBP", "PNG", "TIFF"])
def test_only_the_first_of_several_frames_is_used(format):
    others = [Image.new("RGB", (64, 32), RED), Image.new("RGB", (64, 32), BLUE)]
    reading = read_photo(encode(quadrants(), format, save_all=True, append_images=others))
    assert corners(opened(reading.photo.data)) == "RGBW"
    assert "Only the first frame or page is used." in said(reading)


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_a_thumbnail_is_upright_with_the_requested_longer_side(format):
    data = encode(quadrants((640, 320)), format, exif=exif(6))
    thumbnail = opened(make_thumbnail(data, 100))
    assert (thumbnail.format, thumbnail.size) == ("JPEG", (50, 100))
    assert corners(thumbnail) == UPRIGHT[6]


def test_a_thumbnail_is_never_enlarged():
    assert opened(make_thumbnail(encode(quadrants(), "PNG"), 256)).size == (64, 32)


@pytest.mark.parametrize("mode", ["L", "P", "LA", "RGBA", "CMYK", "I;16", "1"])
def test_a_thumbnail_can_be_made_of_any_colour_model(mode):
    data = encode(Image.new(mode, (64, 64)), "TIFF")
    assert opened(make_thumbnail(data, 32)).size == (32, 32)


@pytest.mark.parametrize(("size", "is_kept"), [(10_000, True), (10_001, False)])
def test_a_thumbnail_keeps_only_a_small_profile(size, is_kept):
    data = encode(quadrants(), "JPEG", icc_profile=profile_of(b"RGB ", size))
    assert ("icc_profile" in opened(make_thumbnail(data, 32)).info) is is_kept


def test_a_picture_is_opened_upright_on_white_and_in_rgb():
    image = Image.new("LA", (3, 2), (0, 0))
    exif = Image.Exif()
    exif[0x0112] = 6  # rotate by 90°
    file = io.BytesIO()
    image.save(file, "PNG", exif=exif)
    opened = open_picture(file.getvalue())
    assert (opened.mode, opened.size, opened.getpixel((0, 0))) == ("RGB", (2, 3), (255, 255, 255))


def test_an_invalid_picture_is_rejected():
    with pytest.raises(PhotoError):
        open_picture(b"\xff\xd8\xff")
