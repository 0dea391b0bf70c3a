"""The table of effects, one row each: the drawing function and the phrases that trigger it.

To add an effect, write its drawing function in the module of its family and add a row here.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from types import MappingProxyType

from PIL import Image

from volcedit.sandbox.effects import daylight, grading, painting, printing, weather
from volcedit.sandbox.effects.canvas import Variation

Draw = Callable[[Image.Image, Variation], Image.Image]

TEXT = "text"
"""The only effect that also needs words to draw."""


class Kind(Enum):
    """What an effect changes, which decides what it can be asked for."""

    LOOK = auto()
    """Redraws the whole picture."""
    SCENE = auto()
    """Puts something in front of or behind what is there: weather, a season, an hour."""
    TONE = auto()
    """Changes colour, light or focus everywhere."""
    LETTERING = auto()


@dataclass(frozen=True)
class Effect:
    """An effect that a prompt can ask for."""

    name: str
    """In English. Its checksum is part of the random seed, so renaming an effect changes its
    look."""
    order: int
    """Effects are applied in ascending order, regardless of their order in the prompt."""
    draw: Draw | None
    """Takes an RGB picture and returns one of the same size; None for `TEXT`."""
    chinese: str
    """The name in Chinese."""
    english_phrases: tuple[str, ...]
    """Matched as whole words, in lower case. The last word may be inflected (snowy, foggy,
    blurred)."""
    chinese_phrases: tuple[str, ...]
    """Matched anywhere in the prompt, a single hanzi only where no unknown hanzi touches it."""
    less: str = ""
    """The effect that takes this one away: less fog is dehazed. Empty if there is none."""

    @property
    def kind(self) -> Kind:
        """By its place in the order: looks to 299, scenes to 499, tones to 899, lettering."""
        for kind, end in ((Kind.LOOK, 300), (Kind.SCENE, 500), (Kind.TONE, 900)):
            if self.order < end:
                return kind
        return Kind.LETTERING


def _effect(
    name: str,
    order: int,
    draw: Draw | None,
    chinese: str,
    english_phrases: str,
    chinese_phrases: str,
    less: str = "",
) -> Effect:
    """A row. Its names count as phrases; the other phrases are separated by `,` and `，`."""
    return Effect(
        name,
        order,
        draw,
        chinese,
        tuple(_split(f"{name}, {english_phrases}", ",")),
        # Split the same way, to drop empty phrases: they would match every prompt.
        tuple(_split(f"{chinese}，{chinese_phrases}", "，")),
        less,
    )


def _split(phrases: str, comma: str) -> list[str]:
    return [phrase.strip() for phrase in phrases.split(comma) if phrase.strip()]


_EFFECTS = (
    # Weather and seasons, in the light of the hour.
    _effect(
        "snow",
        450,
        weather.snow,
        "下雪",
        "snowfall, snowflake, snowstorm, winter, wintry, wintertime, blizzard",
        "雪，冬天，冬季，大雪，雪花，飘雪，下大雪，雪景，暴雪，寒冬，冬日，降雪，落雪",
    ),
    _effect(
        "rain",
        440,
        weather.rain,
        "下雨",
        "rainfall, rainstorm, downpour, drizzle",
        "雨，暴雨，狂风暴雨，大雨，细雨，小雨，雨天，下着雨，雨水，雨景，阴雨",
    ),
    _effect(
        "fog",
        430,
        weather.fog,
        "起雾",
        "mist, haze, hazy, smog",
        "雾，雾气，朦胧，薄雾，大雾，浓雾，雾霾，晨雾",
        less="dehaze",
    ),
    _effect(
        "lightning",
        460,
        weather.lightning,
        "闪电",
        "thunder, thunderstorm, storm",
        "雷，暴风雨，雷雨，打雷，雷电，电闪雷鸣，雷暴",
    ),
    _effect("rainbow", 420, weather.rainbow, "彩虹", "rain bow", "虹"),
    _effect(
        "cherry blossom",
        410,
        weather.cherry_blossom,
        "樱花",
        "sakura, petal, blossom, spring, springtime",
        "花瓣，春天，春季，花瓣雨，春暖花开，樱花花瓣，樱花雨",
    ),
    _effect(
        "autumn",
        400,
        weather.autumn,
        "秋天",
        "autumnal, autumn leaves, fall colors, fall colours, fall leaves, falling leaves",
        "秋，落叶，枫叶，秋季，深秋，金秋，秋日，秋色",
    ),
    # Time of day.
    _effect(
        "sunset",
        300,
        daylight.sunset,
        "日落",
        "sundown, dusk, evening, sunrise, dawn",
        "黄昏，夕阳，傍晚，晚霞，日出，落日，朝霞",
    ),
    _effect(
        "golden hour",
        310,
        daylight.golden_hour,
        "金色时刻",
        "sunlight, sunshine, sunny, sunlit, sunbeam",
        "阳光，晴天，黄金时刻，逆光，晴空，晴朗，暖阳，雨过天晴，阳光明媚",
    ),
    _effect(
        "night",
        320,
        daylight.night,
        "夜晚",
        "nighttime, midnight, moon, moonlight, moonlit",
        "夜，月亮，月光，黑夜，夜景，夜间，深夜，晚上，明月，夜色，午夜",
    ),
    _effect(
        "starry night",
        330,
        daylight.starry_night,
        "星空",
        "starry sky, night sky, stars, starlight, starlit, milky way, galaxy",
        "星星，繁星，星夜，银河，夜空",
    ),
    _effect(
        "northern lights",
        340,
        daylight.aurora,
        "极光",
        "aurora, aurora borealis, northern light",
        "北极光",
    ),
    _effect("fireworks", 350, daylight.fireworks, "烟花", "firework, new year", "焰火，烟火，新年"),
    # Styles. They redraw everything, so they come before effects that stay visible on top.
    _effect(
        "pencil sketch",
        100,
        painting.pencil_sketch,
        "素描",
        "sketch, pencil, pencil drawing, drawing, charcoal, line art, line drawing",
        "铅笔画，铅笔，炭笔，速写，线稿，铅笔素描，炭笔画，素描画",
    ),
    _effect(
        "ink wash painting",
        110,
        painting.ink_wash,
        "水墨画",
        "ink wash, ink painting, chinese painting, sumi e",
        "水墨，国画，中国画",
    ),
    _effect(
        "comic",
        120,
        painting.comic,
        "漫画",
        "comic book, cartoon, manga, halftone",
        "卡通，连环画，卡通画",
    ),
    _effect(
        "anime",
        130,
        painting.anime,
        "动漫",
        "animation, cel shading, ghibli, studio ghibli, miyazaki",
        "动画，二次元，吉卜力，宫崎骏，日漫，宫崎骏动画",
    ),
    _effect(
        "oil painting",
        140,
        painting.oil_painting,
        "油画",
        "oil paint, oil on canvas, painting, van gogh, impressionist, impressionism",
        "梵高，印象派",
    ),
    _effect(
        "watercolor",
        150,
        painting.watercolour,
        "水彩",
        "watercolour, water color, water colour, aquarelle",
        "水彩画",
    ),
    _effect(
        "pixel art",
        160,
        printing.pixel_art,
        "像素",
        "pixel, pixelate, 8 bit, 8bit, 16 bit",
        "像素画，像素风，像素风格",
    ),
    _effect("mosaic", 170, printing.mosaic, "马赛克", "tile, tessera, tesserae", "镶嵌画，瓷砖"),
    _effect(
        "stained glass",
        180,
        printing.stained_glass,
        "彩绘玻璃",
        "church window, leaded glass",
        "彩色玻璃，花窗",
    ),
    _effect(
        "pop art",
        190,
        printing.pop_art,
        "波普艺术",
        "warhol, screen print, screenprint",
        "波普，安迪沃霍尔",
    ),
    _effect(
        "neon",
        200,
        printing.neon,
        "霓虹",
        "cyberpunk, neon light, synthwave, vaporwave",
        "赛博朋克，霓虹灯，蒸汽波",
    ),
    _effect(
        "vintage",
        210,
        printing.vintage,
        "复古",
        "retro, old photo, old film, vintage film, nostalgic, polaroid, old polaroid",
        "怀旧，老照片，胶片，宝丽来，旧照片",
    ),
    _effect(
        "black and white",
        220,
        printing.black_and_white,
        "黑白",
        "black & white, b&w, b/w, monochrome, grayscale, greyscale, noir",
        "单色，灰度，黑白照片，黑白照，黑白画，去色",
    ),
    _effect(
        "sepia", 230, printing.sepia, "棕褐色", "brown tone, daguerreotype", "褐色，深褐色，棕色"
    ),
    # Darkroom, with focus after colour.
    _effect(
        "warmer",
        500,
        grading.warmer,
        "暖色",
        "warm, warmth, warm tone, cozy, cosy",
        "暖，温暖，暖调，暖色调，调暖",
        less="cooler",
    ),
    _effect(
        "cooler",
        510,
        grading.cooler,
        "冷色",
        "cool, cold, colder, icy, chilly",
        "冷，冷调，寒冷，冷色调，调冷",
        less="warmer",
    ),
    _effect(
        "pink",
        520,
        grading.tint(0.92, 0.50),
        "粉色",
        "rosy, rose tint, magenta",
        "粉红，玫瑰色，粉，粉色调，粉红色",
    ),
    _effect(
        "red", 530, grading.tint(0.0, 0.85), "红色", "crimson, scarlet", "红，朱红，红色调，变红"
    ),
    _effect(
        "orange",
        540,
        grading.tint(0.055, 0.88),
        "橙色",
        "amber, tangerine",
        "橘色，橙，橘红，橙色调",
    ),
    _effect(
        "golden", 550, grading.tint(0.09, 0.78), "金色", "gold, yellow", "黄色，金黄，黄，金黄色"
    ),
    _effect("green", 560, grading.tint(0.36, 0.65), "绿色", "emerald", "绿，翠绿，绿色调"),
    _effect(
        "blue", 570, grading.tint(0.60, 0.72), "蓝色", "azure, teal, cyan", "蓝，青色，蓝色调，变蓝"
    ),
    _effect(
        "purple",
        580,
        grading.tint(0.76, 0.62),
        "紫色",
        "violet, lavender, lilac",
        "紫，薰衣草，紫色调",
    ),
    _effect(
        "vivid",
        590,
        grading.vivid,
        "鲜艳",
        "vibrant, colorful, colourful, saturate, saturation, color saturation, colour saturation, "
        "more saturation, more color, more colour, vibrance, boost colors, boost colours, "
        "boost the colors, boost the colours",
        "饱和，鲜明，更多色彩，饱和度，色彩饱和度，鲜亮",
        less="muted",
    ),
    _effect(
        "muted",
        600,
        grading.muted,
        "褪色",
        "fade, desaturate, less saturation, less saturated, less colorful, less colourful",
        "淡化，降低饱和度，低饱和，低饱和度",
        less="vivid",
    ),
    _effect(
        "pastel",
        610,
        grading.pastel,
        "淡彩",
        "soft color, soft colour, creamy, candy color",
        "马卡龙，粉彩，柔和",
    ),
    _effect(
        "brighter",
        620,
        grading.brighter,
        "更亮",
        "bright, brighten, brightness, lighten, lighter, exposure",
        "变亮，调亮，提亮，明亮，亮一点，增亮，亮，亮度，亮一些，曝光，亮点",
        less="darker",
    ),
    _effect(
        "darker",
        630,
        grading.darker,
        "更暗",
        "dark, darken, dim, dimmer, gloomy",
        "变暗，调暗，昏暗，暗一点，阴暗，黑暗，暗，暗一些，压暗",
        less="brighter",
    ),
    _effect(
        "more contrast",
        640,
        grading.more_contrast,
        "高对比度",
        "contrast, high contrast, contrasty, more dramatic, dramatic look, dramatic light",
        "对比，增加对比，提高对比度，对比度",
        less="less contrast",
    ),
    _effect(
        "less contrast",
        645,
        grading.less_contrast,
        "低对比度",
        "low contrast, lower contrast, softer contrast",
        "降低对比度，减小对比度，低对比",
        less="more contrast",
    ),
    _effect(
        "dehaze",
        655,
        grading.dehaze,
        "去雾",
        "dehazing, defog, defogging",
        "除雾，去霾，去雾霾",
    ),
    _effect(
        "inverted",
        650,
        grading.invert,
        "反色",
        "invert, negative, x ray, xray",
        "反相，负片，底片，反转颜色",
    ),
    _effect(
        "sharper",
        660,
        grading.sharpen,
        "锐化",
        "sharp, sharpen, crisp, clearer, more detail, deblur, unblur",
        "清晰，更清楚，清楚，清晰度，锐利，变清晰",
    ),
    _effect(
        "blur",
        670,
        grading.blur,
        "模糊",
        "blurry, bokeh, out of focus, defocus, unfocused",
        "虚化，失焦，变模糊",
        less="sharper",
    ),
    # Lettering, on top of everything.
    _effect(
        TEXT,
        900,
        None,
        "文字",
        "letter, lettering, word, caption, title, write, writing, written, say, sign, reads",
        "写，字，标题，标语，题",
    ),
)
EFFECTS: Mapping[str, Effect] = MappingProxyType({effect.name: effect for effect in _EFFECTS})
"""The effects by name, in table order."""
