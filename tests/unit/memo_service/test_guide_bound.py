"""How much the public page takes in an hour."""

from memo_service.guide.asking import Bound


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_one_address_has_a_fifth_and_all_together_the_whole() -> None:
    clock = Clock()
    bound = Bound(10, clock)
    for address in "aabbccddee":
        assert bound.admits(address)
        bound.count(address)
    assert not bound.admits("f")
    clock.now = 3599.0
    assert not bound.admits("a")
    clock.now = 3600.0
    assert bound.admits("a")


def test_asking_alone_counts_nothing() -> None:
    bound = Bound(5, Clock())
    assert all(bound.admits("a") for _ in range(9))
    bound.count("a")
    assert not bound.admits("a")
    assert bound.admits("b")
