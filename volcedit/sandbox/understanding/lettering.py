"""The text that a part of a prompt asks to write, quoted or not."""

from collections.abc import Sequence

from volcedit.sandbox.understanding.clauses import ORDERS, Clause
from volcedit.sandbox.understanding.lexer import Token
from volcedit.sandbox.understanding.vocabulary import Role

_BEFORE_TEXT = frozenset({"the text", "the words", "the word", "saying", "reading", "文字", "字样"})
"""After “add”, these are followed by the text."""
_PLACE_MAX_WORDS = 8
_PLACES = frozenset({Role.SPOT, Role.WHOLE, Role.BACKGROUND, Role.SKY})


def words_to_write(prompt: str, clause: Clause) -> str:
    """The text, as typed; empty if the part asks to remove text, or does not say which."""
    if clause.has(Role.REMOVE, Role.LESS, Role.TOO):
        return ""
    if clause.tokens[0].role == Role.THE and not clause.has(*ORDERS):
        # “The sign says …” tells what is there.
        return ""
    quotes = [one.text for one in clause.tokens if one.role == Role.QUOTE]
    if quotes:
        # “A” becomes “B”: only the new text is written.
        is_exchange = clause.has(Role.BECOME, Role.REPLACE, Role.CHANGE)
        return quotes[-1] if is_exchange else " ".join(quotes)
    return _unquoted(prompt, clause.tokens)


def _unquoted(prompt: str, tokens: Sequence[Token]) -> str:
    """What follows “write”, “the text” after “add”, or a colon, without where it shall stand."""
    roles = [one.role for one in tokens]
    if Role.CHANGE in roles or Role.REPLACE in roles:
        return ""
    if Role.COLON in roles:
        start = roles.index(Role.COLON) + 1
    elif Role.WRITE in roles and tokens[roles.index(Role.WRITE)].text != "写":
        start = roles.index(Role.WRITE) + 1
    elif (
        Role.TEXT in roles
        and Role.ADD in roles[: roles.index(Role.TEXT)]
        and any(one.text in _BEFORE_TEXT for one in tokens)
    ):
        start = roles.index(Role.TEXT) + 1
    else:
        return ""
    while start < len(roles) and roles[start] == Role.TEXT:
        start += 1
    end = _end_of_text(roles, start)
    # “Write a poem”, “add the text to the photo”: no text is given.
    if start >= end or roles[start] in (Role.A, Role.THE, Role.IN, Role.TO, Role.WITH):
        return ""
    return prompt[tokens[start].start : tokens[end - 1].end]


def _end_of_text(roles: Sequence[Role], start: int) -> int:
    for index in range(max(start + 1, len(roles) - _PLACE_MAX_WORDS), len(roles)):
        rest = set(roles[index + 1 :])
        if roles[index] in (Role.IN, Role.TO) and (rest & _PLACES or rest == {Role.EFFECT}):
            return index
    return len(roles)
