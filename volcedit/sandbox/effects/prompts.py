"""Parses prompts in English or Chinese into effect names."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from volcedit.sandbox.effects.table import EFFECTS, TEXT, Effect

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
    """Effect names in the order of the prompt, without duplicates."""
    words: str
    """The text to draw; empty if `TEXT` is not among the effects."""
    all_removed: bool
    """Whether the negative prompt removed every effect."""
    chinese: bool
    """Whether the prompt contains Chinese characters, so responses should be in Chinese."""

    def describe(self) -> str:
        """The effects in the prompt's language, like `snow, pencil sketch`; may be empty."""
        quoted = f"“{self.words}”" if self.chinese else f' "{self.words}"'
        parts = [
            (EFFECTS[name].chinese if self.chinese else name) + (quoted if name == TEXT else "")
            for name in self.effects
        ]
        return ("，" if self.chinese else ", ").join(parts)


def understand(prompt: str, negative_prompt: str = "") -> Understood:
    """The effects in the prompt, minus those in the negative prompt."""
    words, rest = _split_quoted(prompt)
    # Mentioning text (in Chinese, any 字) without quoting any asks for nothing.
    requested = [effect for effect in _named_in(rest) if effect != TEXT]
    if words:
        requested.append(TEXT)
    unwanted = set(_named_in(negative_prompt))
    kept = tuple(effect for effect in requested if effect not in unwanted)
    return Understood(
        effects=kept,
        words=words if TEXT in kept else "",
        all_removed=bool(requested) and not kept,
        chinese=_CJK.search(prompt) is not None,
    )


def explain(understood: Understood) -> str:
    """A status message: `Success`, or why the photo is unchanged and what would work."""
    if understood.effects:
        return "Success"
    # A sample of each kind; the full list would be too long to read.
    first, *others = EFFECTS.values()
    examples = (first, *others[::3])
    if understood.chinese:
        names = "、".join(effect.chinese for effect in examples)
        if understood.all_removed:
            return "负面提示词去掉了所有效果，图片未改变。"
        return f"沙盒不认识这条指令，图片未改变。它认识：{names}等，也能写上引号里的文字。"
    if understood.all_removed:
        return "The negative prompt takes away every effect, so the photo is unchanged."
    names = ", ".join(effect.name for effect in examples)
    return (
        "The sandbox does not know this instruction, so the photo is unchanged. "
        f"It knows: {names}, … and it writes quoted text."
    )


def _split_quoted(prompt: str) -> tuple[str, str]:
    """The text to draw, and the prompt without it.

    Quoted words are text to draw, unless they are a known instruction (make it "vintage") and
    nothing outside the quotes mentions text.
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
    """Effects named in the text, in order, without duplicates. The longest phrase wins."""
    plain = unicodedata.normalize("NFKC", text).lower()
    plain = re.sub(r"[\s\-_‐‑–]+", " ", plain)
    found = sorted(_matches(plain), key=lambda match: (match[0] - match[1], match[0]))
    taken: list[tuple[int, int, str]] = []
    for start, end, effect in found:
        if all(end <= other_start or start >= other_end for other_start, other_end, _ in taken):
            taken.append((start, end, effect))
    return list(dict.fromkeys(effect for _, _, effect in sorted(taken)))


def _matches(plain: str) -> Iterator[tuple[int, int, str]]:
    for effect in EFFECTS.values():
        for pattern in _patterns(effect):
            for match in pattern.finditer(plain):
                yield *match.span(), effect.name


@cache
def _patterns(effect: Effect) -> tuple[re.Pattern[str], ...]:
    # Not \b: hanzi may directly touch an English word.
    english = (rf"(?<![a-z]){_inflected(phrase)}(?![a-z])" for phrase in effect.english_phrases)
    return tuple(map(re.compile, (*english, *map(re.escape, effect.chinese_phrases))))


def _inflected(phrase: str) -> str:
    """A pattern for the phrase and its common inflections."""
    stem = re.escape(phrase)
    if phrase.endswith("e"):
        return f"{stem[:-1]}(?:e|es|ed|y|ing|ish)"
    # After a single short vowel the last consonant doubles: foggy, starry, but not "staring".
    short = re.fullmatch(r"[^aeiou]*[aeiou][^aeiouwxy]", phrase)
    double = phrase[-1] if short else ""
    return rf"{stem}(?:e?s|{double}(?:y|ed|ing|ish))?"
