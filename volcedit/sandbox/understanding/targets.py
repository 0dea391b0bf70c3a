"""What words name in a picture, and which effects can change that."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from enum import Enum, auto

from volcedit.sandbox.effects.table import EFFECTS, Kind
from volcedit.sandbox.understanding.lexer import Token
from volcedit.sandbox.understanding.vocabulary import Role


class Target(Enum):
    """What an effect shall change."""

    WHOLE = auto()
    BACKGROUND = auto()
    SKY = auto()
    SUBJECT = auto()
    SCENE = auto()
    """Weather or an hour that is there already: this *sunset*."""
    THING = auto()
    """Anything the sandbox cannot find in a picture."""


_TARGETS = {
    Kind.SCENE: {Target.WHOLE, Target.BACKGROUND, Target.SKY, Target.SCENE},
    Kind.LOOK: {Target.WHOLE, Target.SUBJECT, Target.SCENE},
    Kind.TONE: {Target.WHOLE},
}
_ALSO_BEHIND = frozenset({"blur"})
"""Tones that may be asked for the background: they spare a part of the picture."""
_OF = frozenset({"of", "with", "from"})
"""Before what a look shows: a watercolour *of* a fox. “On the wall” it is not the picture that
shall look so."""
NAMED = {
    Role.BACKGROUND: Target.BACKGROUND,
    Role.SKY: Target.SKY,
    Role.SUBJECT: Target.SUBJECT,
}


@dataclass
class Place:
    """The words of a place, or of what stands as one does: “at sunset”."""

    preposition: str = ""
    tokens: list[Token] = field(default_factory=list)


def target_of(tokens: Collection[Token]) -> Target:
    """What words name. A tone in them tells a thing from another: the *red* one."""
    roles = {one.role for one in tokens}
    effects = [one for one in tokens if one.effect]
    has_tone = any(EFFECTS[one.effect].kind == Kind.TONE for one in effects)
    if roles & {Role.THING, Role.SPOT, Role.TEXT, Role.QUOTE} or has_tone:
        return Target.THING
    for role, target in NAMED.items():
        if role in roles:
            return target
    names_scene = any(map(is_scene, effects)) and Role.WHOLE not in roles
    return Target.SCENE if names_scene else Target.WHOLE


def fits(name: str, target: Target, places: Iterable[Place]) -> bool:
    """Whether the effect can do that there. A scene is drawn wherever its place is."""
    kind = EFFECTS[name].kind
    allowed = _TARGETS[kind] | ({Target.BACKGROUND} if name in _ALSO_BEHIND else set())
    affected = {target}
    for place in places:
        if kind == Kind.TONE or (kind == Kind.LOOK and place.preposition not in _OF):
            affected.add(target_of(place.tokens))
    return affected <= allowed


def is_scene(token: Token) -> bool:
    """Whether the word is an effect that draws weather, a season or an hour."""
    return EFFECTS[token.effect].kind == Kind.SCENE
