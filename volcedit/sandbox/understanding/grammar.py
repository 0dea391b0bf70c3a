"""One part of a prompt → what it asks for. Nothing is done unless every word has its place.

A word that the vocabulary does not know is a thing. Where a thing is what shall be added or
changed, the part is not understood; where it only says where, a scene is drawn all the same.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from volcedit.sandbox.effects.table import EFFECTS, Kind
from volcedit.sandbox.understanding.clauses import ORDERS, Clause
from volcedit.sandbox.understanding.lettering import words_to_write
from volcedit.sandbox.understanding.lexer import Token
from volcedit.sandbox.understanding.targets import NAMED, Place, Target, fits, is_scene, target_of
from volcedit.sandbox.understanding.vocabulary import Role


@dataclass(frozen=True)
class Reading:
    """What one part of a prompt asks for."""

    effects: tuple[str, ...] = ()
    words: str = ""
    """The text to write."""
    left_out: tuple[str, ...] = ()
    """Effects that it asks not to have."""
    takes_back: bool = False
    """Whether it takes back the part before it: “no, …”."""
    is_understood: bool = True


NOT_UNDERSTOOD = Reading(is_understood=False)


_GENERIC = frozenset({"painting", "paintings", "drawing", "drawings", "animation"})
"""Looks that only name the kind after another look: a watercolour *painting*."""
_PLAIN = frozenset({Role.KIND, Role.A, Role.THE, Role.FILLER, Role.MARK})
_ONE = frozenset({"a", "an"})


@dataclass
class _Parts:
    """The words of a part, sorted: what stands before, after “into”, and in places."""

    main: list[Token] = field(default_factory=list)
    result: list[Token] | None = None
    places: list[Place] = field(default_factory=list)


def read(prompt: str, clause: Clause) -> Reading:
    """What a part of the prompt asks for."""
    tokens = [one for one in clause.tokens if one.role not in (Role.FILLER, Role.MARK)]
    if clause.has(Role.NOT):
        return _rejection(tokens)
    if clause.has(Role.KEEP):
        return Reading()
    if clause.has(Role.QUOTE, Role.WRITE, Role.TEXT):
        return _lettering(prompt, clause)
    if all(one.role in _PLAIN - {Role.KIND} | {Role.WHOLE, *NAMED} for one in tokens):
        # Talk that tells to do nothing: “please”, “this photo”.
        return Reading()
    effects = _removed(tokens) if clause.has(Role.REMOVE, Role.LESS, Role.TOO) else _asked(tokens)
    return Reading(tuple(dict.fromkeys(effects))) if effects else NOT_UNDERSTOOD


def _rejection(tokens: Sequence[Token]) -> Reading:
    if len(tokens) == 1:
        return Reading(takes_back=True)
    if any(one.role in (Role.REMOVE, Role.LESS, Role.TOO) for one in tokens):
        # “Not too dark” is no wish for the opposite.
        return Reading()
    return Reading(left_out=tuple(one.effect for one in tokens if one.effect))


def _lettering(prompt: str, clause: Clause) -> Reading:
    words = words_to_write(prompt, clause)
    if not words:
        return NOT_UNDERSTOOD
    if clause.has(Role.WRITE, Role.TEXT):
        return Reading(words=words)
    rest = [one for one in clause.tokens if one.effect or one.role == Role.ADD]
    return Reading(tuple(_asked(rest) or ()) if rest else (), words)


def _removed(tokens: Sequence[Token]) -> Sequence[str] | None:
    """The inverse of what shall go, be less, or is too much. None if there is no such effect."""
    parts = _sorted(tokens)
    named = [*parts.main, *(parts.result or ())]
    gone = [one.effect for one in named if one.effect]
    inverse = [EFFECTS[name].less for name in gone]
    if not gone or not all(inverse):
        return None
    is_scene = all(EFFECTS[name].kind == Kind.SCENE for name in gone)
    # Without the effects: what shall go is no scene that shall change.
    targets = {target_of([one for one in named if not one.effect])}
    targets |= set() if is_scene else {target_of(place.tokens) for place in parts.places}
    return inverse if targets <= {Target.WHOLE} else None


def _asked(tokens: Sequence[Token]) -> Sequence[str] | None:
    """The effects that shall be added, or that something shall become."""
    parts = _sorted(tokens)
    verbs = {one.role for one in tokens if one.role in ORDERS}
    in_places, places = _effects_in_places(parts.places)
    if parts.result is not None:
        target, effects = target_of(parts.main), _pure(parts.result, parts.main)
    elif Role.CHANGE in verbs:
        target, effects = _changed(parts.main)
    elif Role.ADD in verbs:
        target, effects = Target.WHOLE, _added(parts.main)
    elif verbs:
        return None
    else:
        target, effects = _described(parts.main, tokens)
    if effects is None or not (effects or in_places):
        return None
    wanted = [*effects, *in_places]
    if all(fits(name, target, places) for name in wanted):
        return wanted
    return None


def _sorted(tokens: Sequence[Token]) -> _Parts:
    """The words by their place in the sentence."""
    roles = {one.role for one in tokens}
    parts = _Parts()
    current = parts.main
    for token in tokens:
        role = token.role
        if role == Role.WITH:
            role = Role.BECOME if Role.REPLACE in roles else Role.IN
        elif role == Role.TO:
            role = Role.IN if Role.ADD in roles else Role.BECOME
        if role == Role.IN:
            parts.places.append(Place(token.text))
            current = parts.places[-1].tokens
        elif role == Role.BECOME:
            parts.result = current = parts.result or []
        elif role == Role.THERE:
            if current is parts.main:
                # 天空中…: what stands before it is the place.
                start = max(
                    (i + 1 for i, one in enumerate(current) if one.role in ORDERS), default=0
                )
                parts.places.append(Place(tokens=current[start:]))
                del current[start:]
            elif current is not parts.result:
                current = parts.main
        elif role in ORDERS and current is not parts.result:
            current = parts.main
            current.append(token)
        else:
            current.append(token)
    return parts


def _effects_in_places(places: Iterable[Place]) -> tuple[list[str], list[Place]]:
    """The effects that stand as a place does (at sunset), and the true places."""
    effects: list[str] = []
    true_places = []
    for place in places:
        found = _pure(place.tokens)
        if found:
            effects += found
        else:
            true_places.append(place)
    return effects, true_places


def _pure(tokens: Sequence[Token], target: Sequence[Token] | None = None) -> list[str] | None:
    """The effects in words that name nothing else; None if they do.

    If the `target` is the whole picture, a scene or look may be that of a thing: a rainy street.
    """
    if all(one.effect or one.role in _PLAIN | {Role.WHOLE} for one in tokens):
        return _heads(tokens)
    effects = [one for one in tokens if one.effect]
    others = {one.role for one in tokens if not one.effect} - _PLAIN
    if others <= {Role.SKY, Role.BACKGROUND} and all(map(is_scene, effects)):
        return _heads(tokens)
    if others <= {Role.SUBJECT} and all(EFFECTS[one.effect].kind == Kind.LOOK for one in effects):
        return _heads(tokens)
    if target is not None and target_of(target) == Target.WHOLE:
        return _noun(tokens)
    return None


def _noun(tokens: Sequence[Token]) -> list[str] | None:
    """The scenes and looks right before a thing: “a snowy village”. None if it has others."""
    first = next((i for i, one in enumerate(tokens) if one.effect), None)
    # “The fog is ugly” speaks of what is there.
    if first is None or any(one.role not in _PLAIN - {Role.THE} for one in tokens[:first]):
        return None
    effects = [one for one in tokens if one.effect]
    if any(EFFECTS[one.effect].kind == Kind.TONE for one in effects):
        return None
    for before, one in pairwise(tokens):
        # 像素化脸部, “old photo enlarged”: the thing may be a verb.
        touches = one.start == before.end or before.role == Role.WHOLE
        if one.role == Role.THING and touches:
            return None
    return _heads(tokens)


def _heads(tokens: Sequence[Token]) -> list[str]:
    """The effects, without those that only describe another: a *golden* sunset.

    Empty if a scene shall get a tone, as in “the stars brighter”: only the picture can.
    """
    effects = [one for one in tokens if one.effect]
    kinds = [EFFECTS[one.effect].kind for one in effects]
    if (Kind.SCENE, Kind.TONE) in pairwise(kinds):
        return []
    return [
        one.effect
        for one, kind, before, after in zip(
            effects, kinds, [None, *kinds], [*kinds[1:], None], strict=False
        )
        if not (kind == Kind.TONE and after == Kind.SCENE)
        and not (one.text in _GENERIC and before == Kind.LOOK)
    ]


def _changed(tokens: Sequence[Token]) -> tuple[Target, list[str] | None]:
    """(what, the effects) of “make the photo warmer”."""
    verb = next(i for i, one in enumerate(tokens) if one.role == Role.CHANGE)
    before, after = tokens[:verb], [one for one in tokens[verb + 1 :] if one.role != Role.CHANGE]
    if not any(one.effect for one in after):
        # 用水彩风格重新绘制这张图, but not 夜晚改白天
        is_told = any(one.role in (Role.WHOLE, Role.SUBJECT) for one in after)
        return target_of(after), _pure(before) if before and is_told else []
    names_one = _names_a_picture(after)
    least = 2 if names_one else 0
    end = len(after)
    while end > least and (after[end - 1].effect or after[end - 1].role in _PLAIN):
        end -= 1
    if end < len(after) and any(one.effect for one in after[end:]):
        return target_of([*before, *after[:end]]), _heads(after[end:])
    if names_one:
        return Target.THING, None
    # “Make it a snowy village”
    start = next(i for i, one in enumerate(after) if one.effect)
    if any(one.role not in _PLAIN | {Role.WHOLE} for one in (*before, *after[:start])):
        return Target.THING, None
    if any(one.role == Role.WHOLE for one in after[:start]):
        return Target.WHOLE, _pure(after[start:], ())
    return Target.WHOLE, _pure(after[start:])


def _names_a_picture(tokens: Sequence[Token]) -> bool:
    """Whether words begin with what is there already: the sketch …, but not “this brighter”."""
    if tokens[0].role != Role.THE or not tokens[1].effect:
        return False
    return EFFECTS[tokens[1].effect].kind != Kind.TONE and (
        tokens[0].text == "the" or len(tokens) > 2
    )


def _added(tokens: Sequence[Token]) -> list[str] | None:
    """The effects of “add falling snow”. A look must be called one: “add a sketch effect”."""
    tokens = [one for one in tokens if one.role != Role.ADD]
    found = _pure(tokens)
    if not found:
        # Only a place follows: “use it in winter”.
        return None if any(one.role not in _PLAIN for one in tokens) else []
    kinds = {EFFECTS[name].kind for name in found}
    is_called = any(one.role in (Role.KIND, Role.WHOLE) for one in tokens)
    is_one = any(one.text in _ONE or one.text.startswith("一") for one in tokens)
    if Kind.LOOK in kinds and not is_called:
        return None
    if Kind.TONE in kinds and is_one and not is_called:
        # “Add an orange”
        return None
    return found


def _described(tokens: Sequence[Token], clause: Sequence[Token]) -> tuple[Target, list[str] | None]:
    """(what, the effects) of a part without a verb: “a foggy morning”, “blur the background”."""
    first = next((i for i, one in enumerate(tokens) if one.effect), None)
    if first is None:
        # “A dog under a starry sky”. Without an article, the unknown word may be a verb.
        is_noun = clause[0].role in (Role.A, Role.THE, Role.IN) or bool(clause[0].effect)
        is_known = all(one.role != Role.THING for one in tokens)
        return Target.WHOLE, [] if is_noun or is_known else None
    before = target_of(tokens[:first])
    end = first
    while end < len(tokens) and (tokens[end].effect or tokens[end].role == Role.KIND):
        end += 1
    run, rest = tokens[first:end], tokens[end:]
    if before != Target.WHOLE:
        return before, _heads(run) if target_of(rest) == Target.WHOLE else None
    if rest and rest[0].role in (Role.A, Role.THE):
        return target_of(rest), _heads(run)
    if all(one.effect or one.role in _PLAIN | set(NAMED) | {Role.WHOLE} for one in rest):
        return target_of([one for one in rest if not one.effect]), _heads(tokens[first:])
    nouns = _noun(tokens)
    # “Anime eyes” are not the picture as anime; “a snowy village” is in the snow.
    is_scenery = all(map(is_scene, (one for one in tokens if one.effect)))
    return Target.WHOLE, nouns if is_scenery else None
