"""What a client calls itself."""

import pytest

from accounts.devices import device_of

MOZILLA = "Mozilla/5.0"
WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko)"


@pytest.mark.parametrize(
    ("user_agent", "device"),
    [
        (f"{MOZILLA} (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on Linux"),
        (f"{MOZILLA} (Windows NT 10.0; Win64; x64) {WEBKIT} Chrome/140.0.0.0 Safari/537.36", "Chrome on Windows"),
        (f"{MOZILLA} (Windows NT 10.0) {WEBKIT} Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0", "Edge on Windows"),
        (f"{MOZILLA} (Linux; Android 10; K) {WEBKIT} Chrome/140.0.0.0 Mobile Safari/537.36", "Chrome on Android"),
        (
            f"{MOZILLA} (iPhone; CPU iPhone OS 18_6 like Mac OS X) {WEBKIT} Version/18.6 Safari/604.1",
            "Safari on iPhone",
        ),
        (f"{MOZILLA} (iPad; CPU OS 18_6 like Mac OS X) {WEBKIT} CriOS/140.0 Mobile Safari/604.1", "Chrome on iPad"),
        (f"{MOZILLA} (Macintosh; Intel Mac OS X 10_15_7) {WEBKIT} Version/18.6 Safari/605.1.15", "Safari on macOS"),
        (f"{MOZILLA} (X11; CrOS x86_64 14541.0.0) {WEBKIT} Chrome/140.0.0.0 Safari/537.36", "Chrome on ChromeOS"),
        ("curl/8.5.0", "curl 8.5.0"),
        ("python-httpx/0.28.1 (extra words)", "python-httpx 0.28.1"),
        ("PostmanRuntime/7.49", "PostmanRuntime 7.49"),
        ("", ""),
        (" \t ", ""),
    ],
)
def test_a_client_is_named_in_words_that_people_know(user_agent, device):
    assert device_of(user_agent) == device


@pytest.mark.parametrize(
    "user_agent",
    [
        "x" * 8_000,
        "evil\x1b[31m/1\u202e\u200b\u2028\x85\x00",
        "é" * 500,
        "\N{ZERO WIDTH JOINER}" * 100,
        "<script>alert(1)</script>",
        "a\r\nSet-Cookie:\tb",
        "\udc80",
        "e" + "\u0301" * 4_000,
    ],
)
def test_whatever_it_says_fits_and_shows(user_agent):
    device = device_of(user_agent)
    assert len(device) <= 80
    assert device.isprintable()
