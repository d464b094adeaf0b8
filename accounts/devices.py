"""What a client calls itself, in words that people know."""

from chatsystem.limits import MAX_DEVICE_LENGTH

# The first that occurs is it: browsers carry the names of those that they descend from.
BROWSERS = {
    "Edg": "Edge",
    "OPR": "Opera",
    "Firefox": "Firefox",
    "FxiOS": "Firefox",
    "CriOS": "Chrome",
    "Chrome": "Chrome",
    "Safari": "Safari",
}
SYSTEMS = {
    "Android": "Android",
    "iPhone": "iPhone",
    "iPad": "iPad",
    "Windows": "Windows",
    "Mac OS X": "macOS",
    "CrOS": "ChromeOS",
    "Linux": "Linux",
}


def device_of(user_agent: str) -> str:
    """Return what to call a client by its User-Agent (RFC 9110, 10.1.5): "Firefox on Linux", or "curl 8.5.0".

    The header is the client's own word: it helps people to recognise their sessions and proves nothing.
    """
    browser = next((name for mark, name in BROWSERS.items() if f"{mark}/" in user_agent), "")
    system = next((name for mark, name in SYSTEMS.items() if mark in user_agent), "")
    if browser and system:
        return f"{browser} on {system}"
    product = (user_agent.split() or [""])[0].replace("/", " ")
    return "".join(character for character in product if character.isprintable())[:MAX_DEVICE_LENGTH]
