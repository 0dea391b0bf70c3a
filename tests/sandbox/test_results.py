from volcedit.sandbox.results import ResultStore


class Clock:
    def __init__(self):
        self.now_s = 1000.0

    def __call__(self):
        return self.now_s


def test_a_result_is_found_under_its_name():
    store = ResultStore(60, Clock())
    first, second = store.put(b"first"), store.put(b"second")
    assert (store.get(first), store.get(second)) == (b"first", b"second")


def test_an_unknown_name_is_not_found():
    assert ResultStore(60, Clock()).get("x.jpg") is None


def test_names_cannot_be_guessed():
    store = ResultStore(60, Clock())
    names = {store.put(b"same") for _ in range(50)}
    # 144 random bits in base64, and the extension.
    assert len(names) == 50
    assert {len(name) for name in names} == {24 + len(".jpg")}


def test_a_result_lives_until_it_expires():
    clock = Clock()
    store = ResultStore(60, clock)
    name = store.put(b"x")
    clock.now_s += 59.9
    assert store.get(name) == b"x"
    clock.now_s += 0.1
    assert store.get(name) is None


def test_the_oldest_result_is_evicted_beyond_the_limit():
    store = ResultStore(60, Clock(), max_total_bytes=10)
    first, second = store.put(b"12345"), store.put(b"67890")
    assert (store.get(first), store.get(second)) == (b"12345", b"67890")
    third = store.put(b"x")
    assert (store.get(first), store.get(second), store.get(third)) == (None, b"67890", b"x")
