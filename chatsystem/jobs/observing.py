"""What tells others, as tests, what happens to jobs in this process."""

from collections.abc import Callable

Observer = Callable[[str], None]
observers: list[Observer] = []


def tell(event: str) -> None:
    """Tell each observer."""
    for observe in observers:
        observe(event)
