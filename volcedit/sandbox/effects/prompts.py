"""What a prompt asks for, in English or Chinese: words → names of effects."""

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
    """Names of effects, in the order the prompt names them, each once."""
    words: str
    """What to write on the picture; empty when `TEXT` is not among the effects."""
    taken_away: bool
    """Whether the negative prompt took away everything that was asked for."""
    chinese: bool
    """Whether the prompt has Chinese characters in it, and so wants Chinese answers."""

    def describe(self) -> str:
        """The effects in the prompt's language, like `snow, pencil sketch`; may be empty."""
        quoted = f"“{self.words}”" if self.chinese else f' "{self.words}"'
        parts = [
            (EFFECTS[name].chinese if self.chinese else name) + (quoted if name == TEXT else "")
            for name in self.effects
        ]
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
    # Some of every kind; all of them would be too long to read.
    first, *others = EFFECTS.values()
    examples = (first, *others[::3])
    if understood.chinese:
        names = "、".join(effect.chinese for effect in examples)
        if understood.taken_away:
            return "负面提示词去掉了所有效果，图片未改变。"
        return f"沙盒不认识这条指令，图片未改变。它认识：{names}等，也能写上引号里的文字。"
    if understood.taken_away:
        return "The negative prompt takes away every effect, so the photo is unchanged."
    names = ", ".join(effect.name for effect in examples)
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
    for effect in EFFECTS.values():
        for pattern in _patterns(effect):
            for match in pattern.finditer(plain):
                yield *match.span(), effect.name


@cache
def _patterns(effect: Effect) -> tuple[re.Pattern[str], ...]:
    # Hanzi may touch an English word and are no part of it, so \b would not do.
    english = (rf"(?<![a-z]){_inflected(phrase)}(?![a-z])" for phrase in effect.english_phrases)
    return tuple(map(re.compile, (*english, *map(re.escape, effect.chinese_phrases))))


def _inflected(phrase: str) -> str:
    """A pattern for the phrase and its usual endings."""
    stem = re.escape(phrase)
    if phrase.endswith("e"):
        return f"{stem[:-1]}(?:e|es|ed|y|ing|ish)"
    # After one short vowel the last consonant doubles: foggy and starry, but not "staring".
    short = re.fullmatch(r"[^aeiou]*[aeiou][^aeiouwxy]", phrase)
    double = phrase[-1] if short else ""
    return rf"{stem}(?:e?s|{double}(?:y|ed|ing|ish))?"
