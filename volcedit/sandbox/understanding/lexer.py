"""A prompt → its words, each with its role. The longest phrase wins; time grows with length."""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache

from volcedit.sandbox.effects.table import EFFECTS, TEXT
from volcedit.sandbox.understanding.vocabulary import WORDS, Role

# Straight double quotes, curly ones (which Chinese keyboards mix up), corner brackets, and single
# quotes where they cannot be an apostrophe.
_QUOTED = re.compile(
    r"[\"“”„](?P<double>[^\"“”„]+)[\"“”„]"
    r"|[「『](?P<corner>[^「『」』]+)[」』]"
    r"|‘(?P<curly>[^‘’]+)’(?![a-z])"
    r"|(?<![a-z0-9])'(?P<single>[^']+)'(?![a-z0-9])",
    re.IGNORECASE,
)
_PIECE = re.compile(
    r"(?P<latin>[a-z0-9&\u00df-\u024f]+(?:['/][a-z0-9&]+)*)"
    r"|(?P<hanzi>[\u3400-\u9fff\uf900-\ufaff])"
    r"|(?P<colon>:)"
    r"|(?P<stop>[.!?;。\n])"
    r"|(?P<comma>[,()|—])"
    r"|(?P<list>、)"
    r"|(?P<letter>\w)"
)
_PUNCTUATION = {
    "colon": Role.COLON,
    "stop": Role.STOP,
    "comma": Role.COMMA,
    "list": Role.AND,
}
_JOINING = re.compile(r"[\s\-_‐‑–]*")


@dataclass(frozen=True)
class Token:
    """A word or phrase of the prompt."""

    role: Role
    start: int
    """Where it starts in the prompt."""
    end: int
    text: str
    """In lower case; for a quote, as it stands in the prompt."""
    effect: str = ""
    """The effect's name if the role is `EFFECT`."""


def tokens_of(prompt: str) -> list[Token]:
    """The words of the prompt, in order. What is quoted is one token."""
    found: list[Token] = []
    end = 0
    for match in _QUOTED.finditer(prompt):
        quoted = match[match.lastgroup or 0].strip()
        if quoted:
            found += _words(prompt[end : match.start()], end)
            found.append(Token(Role.QUOTE, *match.span(), quoted))
            end = match.end()
    return found + _words(prompt[end:], end)


def tokens_in_quote(quote: Token) -> list[Token]:
    """The words inside a quote."""
    return _words(quote.text, quote.start + 1)


def _words(text: str, offset: int) -> list[Token]:
    plain, origin = _plain(text)
    pieces = list(_PIECE.finditer(plain))
    tokens = []
    at = 0
    while at < len(pieces):
        token, at = _phrase(plain, pieces, at)
        tokens.append(token)
    return [
        replace(one, start=offset + origin[one.start], end=offset + origin[one.end - 1] + 1)
        for one in _whole_words(tokens)
    ]


def _plain(text: str) -> tuple[str, list[int]]:
    """The text in lower case and plain letters, and each character's place in the original."""
    plain: list[str] = []
    origin: list[int] = []
    for index, character in enumerate(text):
        letters = "'" if character in "’‘" else unicodedata.normalize("NFKC", character).lower()
        plain.append(letters)
        origin += [index] * len(letters)
    return "".join(plain), origin


def _phrase(plain: str, pieces: list[re.Match[str]], at: int) -> tuple[Token, int]:
    """The longest known phrase that starts at a piece, and the index after it."""
    first = pieces[at]
    kind = first.lastgroup or ""
    if kind in _PUNCTUATION:
        return Token(_PUNCTUATION[kind], *first.span(), first[0]), at + 1
    known, longest = _phrases()
    for end, words in reversed(list(_runs(plain, pieces, at, longest))):
        meaning = known.get(words) or known.get(words.removesuffix("'s"))
        if meaning:
            role, effect = meaning
            return Token(role, first.start(), pieces[end - 1].end(), words, effect), end
    role = Role.FILLER if first[0].isdigit() else Role.THING
    return Token(role, *first.span(), first[0]), at + 1


def _runs(
    plain: str, pieces: list[re.Match[str]], at: int, longest: int
) -> Iterator[tuple[int, str]]:
    """The texts that start at a piece, from the shortest, each with the index after it."""
    words = ""
    for end in range(at, min(at + longest, len(pieces))):
        piece = pieces[end]
        if (piece.lastgroup or "") in _PUNCTUATION:
            return
        if end > at:
            gap = plain[pieces[end - 1].end() : piece.start()]
            if not _JOINING.fullmatch(gap):
                return
            words += " " if gap else ""
        words += piece[0]
        yield end + 1, words


def _whole_words(tokens: list[Token]) -> list[Token]:
    """The tokens, with an effect's single hanzi made a thing if unknown hanzi touch it: 雪豹."""

    def is_unknown(index: int) -> bool:
        return 0 <= index < len(tokens) and (
            tokens[index].role == Role.THING and _is_hanzi(tokens[index].text)
        )

    def is_part(index: int) -> bool:
        one = tokens[index]
        return (
            one.role == Role.EFFECT
            and len(one.text) == 1
            and _is_hanzi(one.text)
            and (
                (is_unknown(index - 1) and tokens[index - 1].end == one.start)
                or (is_unknown(index + 1) and tokens[index + 1].start == one.end)
            )
        )

    return [
        replace(one, role=Role.THING, effect="") if is_part(index) else one
        for index, one in enumerate(tokens)
    ]


def _is_hanzi(text: str) -> bool:
    return "\u3400" <= text[:1] <= "\ufaff"


@cache
def _phrases() -> tuple[Mapping[str, tuple[Role, str]], int]:
    """The role and effect of every known phrase, and the most pieces that one has."""
    known: dict[str, tuple[Role, str]] = {}
    for effect in EFFECTS.values():
        meaning = (Role.TEXT, "") if effect.name == TEXT else (Role.EFFECT, effect.name)
        known |= {form: meaning for one in effect.english_phrases for form in inflected(one)}
        known |= dict.fromkeys(effect.chinese_phrases, meaning)
    # Exact words take precedence over inflected ones.
    for role, (english, chinese) in WORDS.items():
        known |= {word.lower(): (role, "") for word in (*english, *chinese)}
    for effect in EFFECTS.values():
        if effect.name != TEXT:
            exact = (*effect.english_phrases, *effect.chinese_phrases)
            known |= dict.fromkeys(exact, (Role.EFFECT, effect.name))
    longest = max(len(one.split()) if one.isascii() else len(one) for one in known)
    return known, longest


def inflected(phrase: str) -> set[str]:
    """The phrase and its common inflections: snow, snowy, snowing."""
    if phrase.endswith("e"):
        return {phrase[:-1] + ending for ending in ("e", "es", "ed", "y", "ing", "ish")}
    # After a single short vowel the last consonant doubles: foggy, starry, but not "staring".
    short = re.fullmatch(r"[^aeiou]*[aeiou][^aeiouwxy]", phrase)
    double = phrase + (phrase[-1] if short else "")
    endings = {double + ending for ending in ("y", "ed", "ing", "ish", "ier")}
    return {phrase, f"{phrase}s", f"{phrase}es", *endings}
