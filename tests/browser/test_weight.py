"""What pages cost whoever reads them: bytes, requests, and the time until they stand."""

from urllib.parse import urldefrag

import pytest

from chatsystem.limits import DEFAULT_PAGE_SIZE
from tests.browser.deployed import deployed_server
from tests.browser.people import sign_in
from tests.browser.weight import paint, weigh
from tests.contract.talking import newcomer

KB = 1_024  # bytes
TRIES = 12  # at most, of which the best counts: the machine has other work, too
LARGEST = 500  # milliseconds to the largest paint, and on a machine that is slower than those
MOST = 2.0  # times that of a page that has only the frame
CONTENT = "A message of eighty characters or so, as people write them all day long, no more. {}"


@pytest.fixture(scope="module")
def deployed(tmp_path_factory):
    with deployed_server(tmp_path_factory.mktemp("deployed")) as server:
        yield server


@pytest.fixture
def conversation(browser_page, deployed):
    """A conversation with a whole page of messages, as its reader sees it."""
    with deployed.client() as client:
        reader, peer = newcomer(client), newcomer(client)
        for number in range(DEFAULT_PAGE_SIZE // 2):
            assert peer.send(reader.username, CONTENT.format(number)).status_code == 201
            assert reader.send(peer.username, CONTENT.format(number)).status_code == 201
        page = browser_page(origin=deployed.url)
        sign_in(page, reader)
        page.goto(f"/with/{peer.username}")
        assert page.locator(".message").count() == DEFAULT_PAGE_SIZE
        yield page


@pytest.mark.promise(5)
def test_a_conversation_is_light(conversation):
    weight = weigh(conversation)
    assert weight.sizes["document"] <= 8 * KB
    assert weight.sizes["stylesheet"] <= 6 * KB
    assert weight.sizes["script"] <= 4 * KB
    polls = [url for url in weight.cold + weight.warm if "/api/v1/sync" in url]
    assert len(weight.cold) - len(polls) <= 4 + len(polls)
    assert [url for url in weight.warm if url not in polls] == [urldefrag(conversation.url).url]


@pytest.mark.promise(5)
def test_a_conversation_stands_at_once_and_holds_still(conversation):
    """On a slow machine against the page of shortcuts in the same run: it has the same frame, and little else."""
    paints = {conversation.url: [], "/keyboard": []}
    for _ in range(TRIES):
        for path, found in paints.items():
            conversation.goto(path)
            found.append(paint(conversation))
        largest, of_a_frame = (min(one.largest for one in found) for found in paints.values())
        if largest <= max(LARGEST, MOST * of_a_frame):
            break
    assert largest <= max(LARGEST, MOST * of_a_frame)
    assert [min(one.shift for one in found) for found in paints.values()] == [0, 0]
