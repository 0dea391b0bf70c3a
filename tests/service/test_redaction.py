from __future__ import annotations

import base64
import logging
import threading
from dataclasses import replace

import pytest

from volcedit.config import Settings, read_settings
from volcedit.errors import ServiceError
from volcedit.service.redaction import HIDDEN, Secrets, indistinct_keys, redacting
from volcedit.types import KeyPair, Words

KEY = "sk-Ab/12&34+=="
SECRETS = Secrets({"[key]": KEY})

# ── keys in text ─────────────────────────────────────────────────────────────────────────────


def test_every_occurrence_of_the_key_becomes_its_mark():
    assert SECRETS.redact(f"{KEY}, not sk-Ab, but {KEY}") == "[key], not sk-Ab, but [key]"


# Each spelled by another tool: urllib, JavaScript's encodeURI, Go's JSON, PHP's JSON, MarkupSafe.
SPELLINGS = {
    "in a URL": "sk-Ab%2F12%2634%2B%3D%3D",
    "in a URL, in lower case": "sk-Ab%2f12%2634%2b%3d%3d",
    "in a path": "sk-Ab/12%2634+==",
    "in a URL within a URL": "sk-Ab%252F12%252634%252B%253D%253D",
    "in JSON by Go": r"sk-Ab/12\u002634+==",
    "in JSON by PHP": r"sk-Ab\/12&34+==",
    "in JSON within JSON": r"sk-Ab\\\/12\\u002634+==",
    "in HTML": "sk-Ab/12&amp;34+==",
    "in HTML, by numbers": "sk-Ab&#47;12&#38;34&#x2B;&#x3d;=",
    "in a URL, every character": "%73%6b%2D%41%62%2F%31%32%26%33%34%2B%3D%3D",
    "as a host name": "sk-ab/12&34+==",
    "as a header": "SK-AB/12&34+==",
}


@pytest.mark.parametrize("spelled", SPELLINGS.values(), ids=SPELLINGS)
def test_a_key_is_recognised_where_it_is_escaped(spelled: str):
    assert SECRETS.redact(f"<{spelled}>") == "<[key]>"


@pytest.mark.parametrize("before", ["", "a", "ab", "user:", "Bearer "])
@pytest.mark.parametrize("after", ["", ":", ":x", ":password"])
def test_a_key_is_recognised_within_base64(before: str, after: str):
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        encoded = encode(f"{before}{KEY}{after}".encode()).decode()
        redacted = SECRETS.redact(f"Basic {encoded}")
        assert HIDDEN in redacted
        left = redacted.removeprefix("Basic ").split(HIDDEN)
        assert sum(map(len, left)) <= len(encoded) - len(KEY) * 4 // 3


@pytest.mark.parametrize("spell", [str.lower, str.upper])
def test_a_key_is_recognised_in_hex(spell):
    hexadecimal = spell("736b2d41622f31322633342b3d3d")  # by xxd
    assert SECRETS.redact(f"key={hexadecimal}.") == f"key={HIDDEN}."


def test_a_key_that_contains_another_is_replaced_whole():
    secrets = Secrets({"[key]": "AKLT0123", "[session token]": "AKLT0123-more"})
    assert secrets.redact("AKLT0123 AKLT0123-more") == "[key] [session token]"


def test_without_a_key_nothing_is_redacted():
    assert Secrets({"[key]": ""}).redact("unknown [key]") == "unknown [key]"


@pytest.mark.parametrize(("key", "within"), [("abcdefg", "xabcdefgx"), ("abcdefgh", "x[key]x")])
def test_a_key_of_less_than_eight_characters_is_replaced_only_where_it_stands_alone(
    key: str, within: str
):
    redacted = Secrets({"[key]": key}).redact(f"Bearer {key}, {key}-7, x{key}x")
    assert redacted == f"Bearer [key], [key]-7, {within}"


def test_a_key_of_one_letter_leaves_words_alone():
    secrets = Secrets({"[key]": "k"})
    assert secrets.redact("task k of a kiosk: key=k") == "task [key] of a kiosk: key=[key]"


@pytest.mark.parametrize("key", ["volcedit", "in_queue", "Generating", "rephraser_result", "done"])
def test_a_key_that_is_a_word_of_the_protocol_is_left_too(key: str):
    assert Secrets({"[key]": key}).redact(key) == key


def test_names_numbers_and_texts_of_json_are_redacted_at_any_depth():
    values = {"12345678": [{"a": "12345678"}, 12345678, 0.5, True, None]}
    redacted = Secrets({"[key]": "12345678"}).redact_values(values)
    assert redacted == {"[key]": [{"a": "[key]"}, "[key]", 0.5, True, None]}


def test_the_text_of_a_picture_is_spared():
    picture = f"/9j/{KEY}"
    envelope = {"data": {"binary_data_base64": [picture, KEY]}}
    redacted = SECRETS.redact_values(envelope, spared=picture)
    assert redacted == {"data": {"binary_data_base64": [picture, "[key]"]}}


def test_what_is_nested_too_deeply_to_be_stored_is_left_out():
    deep: list = []
    for _ in range(1000):
        deep = [deep]
    redacted, depth = SECRETS.redact_values(deep), 0
    while isinstance(redacted, list):
        (redacted,), depth = redacted, depth + 1
    assert (redacted, depth) == ("…", 100)


# ── keys put back ────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("task_id", [KEY, f"task-{KEY}-7", f"{KEY}{KEY}", "7", ""])
def test_a_key_is_put_back_where_it_was(task_id: str):
    assert SECRETS.put_back(SECRETS.redact(task_id)) == task_id


def test_each_key_of_a_pair_is_put_back_in_its_own_place():
    secrets = Secrets(
        {"[key]": "AKLT-canary", "[secret key]": "c2VjcmV0", "[session token]": "STS2-7"}
    )
    text = "STS2-7/AKLT-canary/c2VjcmV0"
    assert secrets.put_back(secrets.redact(text)) == text


def test_a_mark_that_came_with_the_text_gets_no_key():
    assert KEY not in SECRETS.put_back(SECRETS.redact("https://elsewhere.example/?[key]"))


# ── keys that cannot be told apart ───────────────────────────────────────────────────────────


@pytest.fixture
def settings() -> Settings:
    return read_settings({"VOLCEDIT_BASE_URL": "https://gateway.test"})


@pytest.mark.parametrize(
    ("key", "names"), [("", []), ("abcdefg", ["VOLCEDIT_API_KEY"]), ("abcdefgh", [])]
)
def test_a_gateways_key_that_is_too_short_is_named(settings: Settings, key: str, names: list[str]):
    assert indistinct_keys(replace(settings, api_key=key)) == names


def test_each_key_of_a_pair_that_is_too_short_is_named(settings: Settings):
    pair = KeyPair("AK", "SK", "")
    assert indistinct_keys(replace(settings, key_pair=pair)) == ["VOLC_ACCESSKEY", "VOLC_SECRETKEY"]


# ── logs and tracebacks ──────────────────────────────────────────────────────────────────────


def failed() -> ServiceError:
    return ServiceError(Words("It failed."))


def hide(text: str) -> str:
    return text.replace("k-1", "[key]")


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.DEBUG)
    return caplog


def test_urllib3_logs_inside_the_block_are_redacted(log):
    with redacting(hide):
        logging.getLogger("urllib3.connectionpool").debug("GET %s", "/?key=k-1")
    logging.getLogger("urllib3.connectionpool").debug("GET %s", "/?key=k-1")
    assert log.messages == ["GET /?key=[key]", "GET /?key=k-1"]


def test_logged_tracebacks_are_redacted(log):
    with redacting(hide):
        try:
            raise ValueError("unparsed: k-1")
        except ValueError:
            logging.getLogger("urllib3.connection").warning("odd", exc_info=True)
    assert "unparsed: [key]" in log.text and "k-1" not in log.text


def test_another_thread_is_not_affected(log):
    with redacting(hide):
        thread = threading.Thread(
            target=logging.getLogger("urllib3.connectionpool").debug, args=("k-1",)
        )
        thread.start()
        thread.join()
    assert log.messages == ["k-1"]


def test_a_cause_that_quotes_a_secret_is_dropped():
    with pytest.raises(ServiceError) as caught, redacting(hide):
        raise failed() from ConnectionError("no HTTP: k-1")
    assert caught.value.__cause__ is None and caught.value.__context__ is None


def test_a_secret_deeper_in_the_chain_is_found_too():
    with pytest.raises(ServiceError) as caught, redacting(hide):
        try:
            try:
                raise OSError("k-1")
            except OSError:
                raise ConnectionError("broken off")  # noqa: B904
        except ConnectionError as error:
            raise failed() from error
    assert caught.value.__cause__ is None


def test_any_other_cause_is_kept():
    cause = ConnectionError("broken off")
    with pytest.raises(ServiceError) as caught, redacting(hide):
        raise failed() from cause
    assert caught.value.__cause__ is cause
