"""Reading pages and sending their forms as a browser does, by Django's test client."""

import re
from html import unescape


def text_of(response):
    """The page as it was sent, with its escapes undone."""
    return unescape(response.content.decode())


def control(response, name):
    """The tag of a field of the page's form, as it was sent."""
    tags = re.findall(rf'<(?:input|textarea)[^>]* ?name="{re.escape(name)}"[^>]*>', response.content.decode())
    assert len(tags) == 1, (name, tags)
    return tags[0]


def hidden_fields(response):
    """Names and values of the hidden fields, but for those of the form that logs out."""
    page = response.content.decode().split("<footer")[0]
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page)
    return {name: unescape(value) for name, value in found}


def send(browser, response, path, **fields):
    """Send the form of a page, filled in, to `path`."""
    return browser.post(path, {**hidden_fields(response), **fields})


def submit(browser, path, **fields):
    """Open a page, and send its form."""
    return send(browser, browser.get(path), path, **fields)
