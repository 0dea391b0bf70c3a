"""A prompt's words → its parts: “add snow”, “but no fog”, “写上「你好」”."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from volcedit.sandbox.understanding.lexer import Token, tokens_in_quote, tokens_of
from volcedit.sandbox.understanding.vocabulary import Role

VERBS = frozenset({Role.ADD, Role.REMOVE, Role.CHANGE, Role.REPLACE, Role.WRITE, Role.LESS})
"""What a part may tell to do. `NOT` and `KEEP` tell what not to do."""
ORDERS = VERBS | {Role.NOT, Role.KEEP, Role.TOO}
_ENDS = frozenset({Role.STOP, Role.COMMA, Role.COLON, Role.AND, Role.THEN})
_ARTICLES = frozenset({Role.A, Role.THE})
_EMPTY = _ARTICLES | {Role.FILLER, Role.MARK, Role.COLON}
# Around a quote, these say that the quote is an instruction: make it "vintage".
_AROUND_INSTRUCTIONS = _EMPTY | {Role.CHANGE, Role.WHOLE, Role.KIND, Role.BECOME, Role.ONLY}


_EFFECTS_AS_VERBS = frozenset(
    {"sharpen", "brighten", "lighten", "darken", "invert", "saturate", "desaturate", "pixelate"}
    | {"defog", "dehaze", "deblur", "unblur"}
)
"""Effects that begin an order of their own: remove the fog and *sharpen*."""

_BUT_ANOTHER = frozenset({"not", "不是", "并非"})
"""What follows their part at a comma is what is wanted: not a sketch, an oil painting."""


@dataclass(frozen=True)
class Clause:
    """A part of a prompt that asks for one thing."""

    tokens: tuple[Token, ...]
    link: Role
    """How it follows the part before it: `COMMA`, `AND`, `THEN`, `STOP` or `ONLY`."""

    def has(self, *roles: Role) -> bool:
        """Whether a word has one of the roles."""
        return any(one.role in roles for one in self.tokens)


def clauses_of(prompt: str) -> list[Clause]:
    """The parts of the prompt, in order."""
    found = []
    for clause in _split(tokens_of(prompt)):
        found += _split(_opened(clause), clause.link) if _is_quoted_order(clause) else [clause]
    return found


def _is_quoted_order(clause: Clause) -> bool:
    """Whether the part quotes an instruction instead of text to be written."""
    outside = {one.role for one in clause.tokens} - {Role.QUOTE}
    return (
        clause.has(Role.QUOTE)
        and outside <= _AROUND_INSTRUCTIONS
        and any(one.role == Role.EFFECT for one in _opened(clause))
    )


def _opened(clause: Clause) -> list[Token]:
    return [
        inner
        for one in clause.tokens
        for inner in (tokens_in_quote(one) if one.role == Role.QUOTE else [one])
    ]


@dataclass
class _Part:
    """The part that is being read."""

    tokens: list[Token] = field(default_factory=list)
    roles: set[Role] = field(default_factory=set)
    """Of the words that say something: no articles, no fillers."""
    last: Role | None = None
    """The last of them."""

    def take(self, token: Token) -> None:
        """Add a word."""
        self.tokens.append(token)
        if token.role not in _EMPTY or token.role == Role.COLON:
            self.roles.add(token.role)
            self.last = token.role

    @property
    def says_something(self) -> bool:
        """Whether it is more than fillers."""
        return bool(self.roles - _EMPTY)


def _split(tokens: Sequence[Token], link: Role = Role.STOP) -> list[Clause]:
    found: list[Clause] = []
    part = _Part()

    def close(by: Role) -> None:
        nonlocal part, link
        if part.says_something:
            found.append(Clause(tuple(part.tokens), link))
            link = by
        elif by in (Role.STOP, Role.ONLY, Role.THEN):
            link = by
        part = _Part()

    for token, after in zip(tokens, [*tokens[1:], None], strict=False):
        if token.role in _ENDS:
            if not _goes_on(part, token, after):
                close(Role.STOP if token.role == Role.COLON else token.role)
            elif token.role == Role.COLON:
                part.take(token)
        elif token.role == Role.ONLY:
            # “Only in the sky” and “keep only red” go on.
            is_limit = after and after.role in _ARTICLES | {Role.IN, Role.BACKGROUND, Role.SKY}
            if not is_limit and part.last != Role.KEEP:
                close(Role.ONLY)
        elif token.role == Role.WANT:
            if not part.roles & {Role.NOT, Role.KEEP}:
                link = Role.ONLY
        else:
            if _begins_a_part(part, token, after):
                is_order = token.role in VERBS or token.role == Role.MARK
                close(Role.THEN if is_order else Role.COMMA)
            part.take(token)
    close(Role.STOP)
    return found


def _goes_on(part: _Part, end: Token, after: Token | None) -> bool:
    """Whether the part goes on behind punctuation or “and”, because its text is still to come."""
    if after is None or Role.QUOTE in part.roles:
        return False
    if after.role == Role.QUOTE:
        return bool(part.roles & {Role.WRITE, Role.TEXT, Role.ADD}) and end.role != Role.STOP
    if end.role == Role.COLON:
        return bool(part.roles & {Role.WRITE, Role.TEXT})
    if part.roles & {Role.WRITE, Role.COLON}:
        return end.role in (Role.AND, Role.COMMA) and after.role == Role.THING
    return False


def _begins_a_part(part: _Part, token: Token, after: Token | None) -> bool:
    """Whether a new part begins here without any punctuation."""
    if token.role not in (VERBS - {Role.LESS}) | {Role.NOT, Role.KEEP, Role.MARK}:
        return False
    is_object = token.role in (Role.NOT, Role.MARK)
    if not part.says_something or (part.last in ORDERS and not is_object):
        return False
    if token.role == Role.NOT:
        return True
    if Role.WRITE in part.roles and Role.QUOTE not in part.roles:
        return False
    if token.role == Role.MARK:
        return bool(part.roles & (VERBS | {Role.BECOME, Role.EFFECT}))
    # “Make the fog disappear”, “保持人物不变”: the last word is about what stands before it.
    is_last = after is None or after.role in _ENDS
    return not is_last and bool(part.roles & (ORDERS | {Role.BECOME}))


def continued(clause: Clause, before: Clause | None) -> Clause:
    """The part with what it takes over from the part before: “no snow” + “or rain”."""
    is_order = clause.has(*ORDERS) or clause.tokens[0].text in _EFFECTS_AS_VERBS
    if before is None or is_order:
        return clause
    is_listed = clause.link == Role.AND
    if clause.link == Role.COMMA:
        is_listed = _takes_over_at_a_comma(clause, before)
    if not is_listed:
        return clause
    return replace(clause, tokens=(*_lead(before.tokens), *clause.tokens))


def _takes_over_at_a_comma(clause: Clause, before: Clause) -> bool:
    if clause.tokens[0].role == Role.IN or clause.has(Role.BECOME):
        return False
    if before.has(Role.REMOVE, Role.NOT, Role.LESS):
        is_corrected = any(one.text in _BUT_ANOTHER for one in before.tokens)
        return before.has(Role.EFFECT) and not before.has(Role.THING) and not is_corrected
    if before.has(Role.ADD):
        return clause.has(Role.THING) or clause.tokens[0].role in _ARTICLES
    # “Make the car blue, bright”, but not “make the car blue, watercolour style”.
    return before.has(Role.CHANGE, Role.BECOME) and not clause.has(
        Role.THING, Role.KIND, Role.WHOLE
    )


def _lead(tokens: Sequence[Token]) -> Iterator[Token]:
    """The words up to what a list may continue: “make the sky”, “turn it into”, “without”."""
    roles = [one.role for one in tokens]
    if Role.BECOME in roles:
        end = len(roles) - roles[::-1].index(Role.BECOME)
    elif Role.CHANGE in roles:
        end = len(roles)
        while end and roles[end - 1] in (Role.EFFECT, Role.KIND, Role.FILLER):
            end -= 1
    else:
        end = next((index + 1 for index, role in enumerate(roles) if role in ORDERS), 0)
    yield from tokens[:end]
