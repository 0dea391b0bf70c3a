"""Words → effects: which of the known instructions a prompt holds, in English or Chinese."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from volcedit.sandbox.effects import TEXT


@dataclass(frozen=True)
class Instruction:
    """One thing that can be asked for."""

    effect: str
    """Its effect's name, which is also its name in English."""
    chinese: str
    """Its name in Chinese."""
    english_phrases: tuple[str, ...]
    """Whole words in lower case; the last one may carry an ending (snowy, foggy, blurred)."""
    chinese_phrases: tuple[str, ...]
    """Found anywhere in the prompt."""


def _known(effect: str, chinese: str, english_phrases: str, chinese_phrases: str) -> Instruction:
    return Instruction(
        effect,
        chinese,
        (effect, *(phrase.strip() for phrase in english_phrases.split(","))),
        (chinese, *chinese_phrases.split("，")),
    )


INSTRUCTIONS: tuple[Instruction, ...] = (
    _known("snow", "下雪", "snowfall, snowflake, snowstorm, winter, blizzard", "雪，冬天，冬季"),
    _known("rain", "下雨", "rainfall, rainstorm, downpour, drizzle", "雨，暴雨"),
    _known("fog", "起雾", "mist, haze, hazy, smog", "雾，雾气，朦胧"),
    _known("lightning", "闪电", "thunder, thunderstorm, storm", "雷，暴风雨，雷雨"),
    _known("rainbow", "彩虹", "rain bow", "虹"),
    _known(
        "cherry blossom", "樱花", "sakura, petal, blossom, spring, springtime", "花瓣，春天，春季"
    ),
    _known(
        "autumn",
        "秋天",
        "autumnal, autumn leaves, fall colors, fall colours, fall leaves, falling leaves",
        "秋，落叶，枫叶",
    ),
    _known(
        "sunset", "日落", "sundown, dusk, evening, sunrise, dawn", "黄昏，夕阳，傍晚，晚霞，日出"
    ),
    _known(
        "golden hour",
        "金色时刻",
        "sunlight, sunshine, sunny, sunlit, sunbeam",
        "阳光，晴天，黄金时刻，逆光",
    ),
    _known("night", "夜晚", "nighttime, midnight, moon, moonlight, moonlit", "夜，月亮，月光"),
    _known(
        "starry night",
        "星空",
        "starry sky, night sky, stars, starlight, starlit, milky way, galaxy",
        "星星，繁星，星夜，银河，夜空",
    ),
    _known("northern lights", "极光", "aurora, aurora borealis, northern light", "北极光"),
    _known("fireworks", "烟花", "firework, new year", "焰火，烟火，新年"),
    _known(
        "pencil sketch",
        "素描",
        "sketch, pencil, pencil drawing, drawing, charcoal, line art",
        "铅笔画，铅笔，炭笔，速写，线稿",
    ),
    _known(
        "ink wash painting",
        "水墨画",
        "ink wash, ink painting, chinese painting, sumi e",
        "水墨，国画，中国画",
    ),
    _known("comic", "漫画", "comic book, cartoon, manga, halftone", "卡通，连环画"),
    _known("anime", "动漫", "animation, cel shading, ghibli", "动画，二次元，吉卜力，宫崎骏，日漫"),
    _known(
        "oil painting",
        "油画",
        "oil paint, oil on canvas, painting, van gogh, impressionist, impressionism",
        "梵高，印象派",
    ),
    _known("watercolor", "水彩", "watercolour, water color, water colour, aquarelle", "水彩画"),
    _known("pixel art", "像素", "pixel, pixelate, 8 bit, 8bit, 16 bit", "像素画，像素风"),
    _known("mosaic", "马赛克", "tile, tessera, tesserae", "镶嵌画，瓷砖"),
    _known("stained glass", "彩绘玻璃", "church window, leaded glass", "彩色玻璃，花窗"),
    _known("pop art", "波普艺术", "warhol, screen print, screenprint", "波普，安迪沃霍尔"),
    _known(
        "neon", "霓虹", "cyberpunk, neon light, synthwave, vaporwave", "赛博朋克，霓虹灯，蒸汽波"
    ),
    _known(
        "vintage", "复古", "retro, old photo, old film, nostalgic, polaroid", "怀旧，老照片，胶片"
    ),
    _known(
        "black and white",
        "黑白",
        "black & white, b&w, b/w, monochrome, grayscale, greyscale, noir",
        "单色，灰度",
    ),
    _known("sepia", "棕褐色", "brown tone, daguerreotype", "褐色，深褐色，棕色"),
    _known("warmer", "暖色", "warm, warm tone, cozy, cosy", "暖，温暖，暖调"),
    _known("cooler", "冷色", "cool, cold, colder, icy, chilly", "冷，冷调，寒冷"),
    _known("pink", "粉色", "rosy, rose tint, magenta", "粉红，玫瑰色"),
    _known("red", "红色", "crimson, scarlet", "红，朱红"),
    _known("orange", "橙色", "amber, tangerine", "橘色，橙"),
    _known("golden", "金色", "gold, yellow", "黄色，金黄"),
    _known("green", "绿色", "emerald", "绿，翠绿"),
    _known("blue", "蓝色", "azure, teal, cyan", "蓝，青色"),
    _known("purple", "紫色", "violet, lavender, lilac", "紫，薰衣草"),
    _known(
        "vivid",
        "鲜艳",
        "vibrant, colorful, colourful, saturate, more saturation, more color, more colour",
        "饱和，鲜明，更多色彩",
    ),
    _known(
        "muted",
        "褪色",
        "fade, desaturate, less saturation, less saturated, less colorful, less colourful",
        "淡化，降低饱和度，低饱和",
    ),
    _known("pastel", "淡彩", "soft color, soft colour, creamy, candy color", "马卡龙，粉彩，柔和"),
    _known(
        "brighter",
        "更亮",
        "bright, brighten, brightness, lighten, lighter",
        "变亮，调亮，提亮，明亮，亮一点，增亮",
    ),
    _known(
        "darker",
        "更暗",
        "dark, darken, dim, dimmer, gloomy",
        "变暗，调暗，昏暗，暗一点，阴暗，黑暗",
    ),
    _known(
        "more contrast",
        "高对比度",
        "contrast, high contrast, contrasty, dramatic",
        "对比，增加对比，提高对比度",
    ),
    _known("inverted", "反色", "invert, negative, x ray, xray", "反相，负片，底片"),
    _known("sharper", "锐化", "sharp, sharpen, crisp, clearer, more detail", "清晰，更清楚"),
    _known("blur", "模糊", "bokeh, out of focus, defocus, unfocused", "虚化，失焦"),
    _known(
        TEXT,
        "文字",
        "letter, lettering, word, caption, title, write, writing, written, say, sign, reads",
        "写，字，标题，标语，题",
    ),
)

# Straight double quotes, curly ones (which Chinese keyboards mix up), corner brackets, and single
# quotes where they cannot be an apostrophe.
_QUOTED = re.compile(
    r"[\"“”„](?P<double>[^\"“”„]+)[\"“”„]"
    r"|[「『](?P<corner>[^」』]+)[」』]"
    r"|‘(?P<curly>[^‘]+?)’(?![a-z])"
    r"|(?<![a-z0-9])'(?P<single>[^']+)'(?![a-z0-9])",
    re.IGNORECASE,
)
_CJK = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")


@dataclass(frozen=True)
class Understood:
    """What a prompt asks for."""

    effects: tuple[str, ...]
    """Names of effects, in the order the prompt names them, each once."""
    words: str
    """What to write on the picture; empty when `TEXT` is not among the effects."""
    taken_away: bool
    """Whether the negative prompt took away everything that was asked for."""
    chinese: bool
    """Whether the prompt has Chinese characters in it, and so wants Chinese answers."""

    def describe(self) -> str:
        """The effects in the prompt's language, like `snow, pencil sketch`; may be empty."""
        names = {one.effect: one.chinese if self.chinese else one.effect for one in INSTRUCTIONS}
        quoted = f"“{self.words}”" if self.chinese else f' "{self.words}"'
        parts = [names[e] + (quoted if e == TEXT else "") for e in self.effects]
        return ("，" if self.chinese else ", ").join(parts)


def understand(prompt: str, negative_prompt: str = "") -> Understood:
    """What the prompt asks for, less what the negative prompt names."""
    words, rest = _split_quoted(prompt)
    # Without words to write, talk of text (and in Chinese, any 字) asks for nothing.
    asked = [effect for effect in _named_in(rest) if effect != TEXT]
    if words:
        asked.append(TEXT)
    unwanted = set(_named_in(negative_prompt))
    kept = tuple(effect for effect in asked if effect not in unwanted)
    return Understood(
        effects=kept,
        words=words if TEXT in kept else "",
        taken_away=bool(asked) and not kept,
        chinese=_CJK.search(prompt) is not None,
    )


def explain(understood: Understood) -> str:
    """A status for the answer: `Success`, or why the photo is unchanged and what would work."""
    if understood.effects:
        return "Success"
    known = INSTRUCTIONS[:1] + INSTRUCTIONS[1::3]
    if understood.chinese:
        names = "、".join(one.chinese for one in known)
        if understood.taken_away:
            return "负面提示词去掉了所有效果，图片未改变。"
        return f"沙盒不认识这条指令，图片未改变。它认识：{names}等，也能写上引号里的文字。"
    if understood.taken_away:
        return "The negative prompt takes away every effect, so the photo is unchanged."
    names = ", ".join(one.effect for one in known)
    return (
        "The sandbox does not know this instruction, so the photo is unchanged. "
        f"It knows: {names}, … and it writes quoted text."
    )


def _split_quoted(prompt: str) -> tuple[str, str]:
    """The words to write, and the prompt without them.

    Quotes hold words to write unless they only quote a known instruction (make it "vintage")
    and nothing outside them speaks of text.
    """
    outside = _QUOTED.sub(" ", prompt)
    speaks_of_text = TEXT in _named_in(outside)
    words, rest, end = [], [], 0
    for match in _QUOTED.finditer(prompt):
        quoted = match[match.lastgroup or 0].strip()
        if quoted and (speaks_of_text or not _named_in(quoted)):
            words.append(quoted)
            rest.append(prompt[end : match.start()])
            end = match.end()
    rest.append(prompt[end:])
    return " ".join(words), " ".join(rest)


def _named_in(text: str) -> list[str]:
    """Effects named in the text, in order, each once; the longest phrase wins."""
    plain = unicodedata.normalize("NFKC", text).lower()
    plain = re.sub(r"[\s\-_‐‑–]+", " ", plain)
    found = sorted(_matches(plain), key=lambda match: (match[0] - match[1], match[0]))
    taken: list[tuple[int, int, str]] = []
    for start, end, effect in found:
        if all(end <= other_start or start >= other_end for other_start, other_end, _ in taken):
            taken.append((start, end, effect))
    return list(dict.fromkeys(effect for _, _, effect in sorted(taken)))


def _matches(plain: str) -> Iterator[tuple[int, int, str]]:
    for instruction in INSTRUCTIONS:
        for phrase in instruction.english_phrases:
            # Neighbouring hanzi are no part of an English word, so \b would not do.
            for match in re.finditer(rf"(?<![a-z]){_inflected(phrase)}(?![a-z])", plain):
                yield *match.span(), instruction.effect
        for phrase in instruction.chinese_phrases:
            for match in re.finditer(re.escape(phrase), plain):
                yield *match.span(), instruction.effect


def _inflected(phrase: str) -> str:
    """A pattern for the phrase and its usual endings."""
    stem = re.escape(phrase)
    if phrase.endswith("e"):
        return f"{stem[:-1]}(?:e|es|ed|y|ing|ish)"
    # After one short vowel the last consonant doubles: foggy and starry, but not "staring".
    short = re.fullmatch(r"[^aeiou]*[aeiou][^aeiouwxy]", phrase)
    double = phrase[-1] if short else ""
    return rf"{stem}(?:e?s|{double}(?:y|ed|ing|ish))?"
