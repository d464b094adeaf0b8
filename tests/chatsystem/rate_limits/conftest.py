import pytest

from tests.chatsystem.rate_limits.making import ALL


@pytest.fixture
def limits(settings):
    """`limits(send=(3, 60))` switches limits on, with these quotas and windows (seconds) and all others as they are."""

    def switch_on(**rates):
        settings.RATE_LIMITS_ENABLED = True
        settings.RATE_LIMITS = {**ALL, **{name.replace("_", "-"): rate for name, rate in rates.items()}}

    return switch_on
