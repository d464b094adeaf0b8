"""The deployment's nginx in front of the real service: what it lets through, what it keeps, what it adds."""

import json
import re
import socket
import ssl
import subprocess
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from pathlib import Path

import httpx
import pytest

from chatsystem import errors
from chatsystem.limits import MAX_BODY_BYTES, MAX_FORM_BYTES
from tests.deploy.nginx import Nginx, make_certificate, open_place, running_nginx
from tests.deploy.programs import find_program
from tests.embedded.waiting import wait_until
from tests.factories import PASSWORD, new_name
from tests.server import running_server

FAST = 6.0  # seconds, on a busy machine: whom slow clients hold up waits for ten
PROBLEM = {"type", "title", "status", "detail", "code", "request_id", "errors", "error"}


def lines(nginx):
    """What nginx logged, as values."""
    return [json.loads(line) for line in nginx.log.read_text().splitlines()]


def assert_problem(response, kind):
    """nginx's own refusal reads as the service's."""
    assert response.status_code == kind.status
    assert response.headers["Content-Type"] == "application/problem+json"
    body = response.json()
    assert body.keys() == PROBLEM
    assert (body["status"], body["code"], body["detail"], body["error"]) == (
        kind.status,
        kind.code,
        kind.message,
        kind.message,
    )


def test_a_conversation_by_https_under_one_id(site):
    alice, token = site.new_person()
    with site.client(headers={"Authorization": f"Bearer {token}", "X-Request-ID": "a-test.1"}) as client:
        sent = client.post("/messages/send", json={"recipient": alice, "content": "hello"})
        assert sent.status_code == 201
        assert sent.headers["X-Request-ID"] == "a-test.1"
        assert [message["content"] for message in client.get("/messages/").json()["messages"]] == ["hello"]
    wait_until(lambda: [line["status"] for line in lines(site.nginx) if line["request_id"] == "a-test.1"] == [201, 200])


def test_a_person_logs_in_by_a_page_and_writes(site):
    alice, _ = site.new_person()
    with site.client("", follow_redirects=True) as browser:
        origin = {"Origin": site.nginx.secure_url}

        def submit(page, **fields):
            token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page.text)[1]
            hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page.text))
            form = {**hidden, "csrfmiddlewaretoken": token, **fields}
            answer = browser.post(page.url, data=form, headers=origin)
            assert answer.status_code == 200, answer.text
            return answer

        inbox = submit(browser.get("/login"), username=alice, password=PASSWORD)
        cookies = [cookie for answer in inbox.history for cookie in answer.headers.get_list("Set-Cookie")]
        assert cookies
        assert all({"Secure", "HttpOnly", "SameSite=Lax"} <= set(cookie.split("; ")) for cookie in cookies)
        assert inbox.url.path == "/inbox"
        sent = submit(browser.get("/new"), recipient=alice, content="by a page")
        assert sent.url.path == f"/with/{alice}"
        assert "by a page" in sent.text
        policy = inbox.headers["Content-Security-Policy"]
        assert "unsafe" not in policy
        (style,) = re.findall(r'href="(/static/[^"]+\.css)"', inbox.text)
        assert browser.get(style).headers["Cache-Control"] == "max-age=315360000, public, immutable"


def test_http_leads_to_https_without_turning_a_post_into_a_get(site):
    answer = httpx.post(f"{site.nginx.url}/api/v1/auth/login?next=1", json={}, headers={"Host": "chat.example.org"})
    assert answer.status_code == 308
    assert answer.headers["Location"] == "https://chat.example.org/api/v1/auth/login?next=1"


def test_browsers_speak_http_2_and_old_protocols_are_refused(site):
    curl = [find_program("curl"), "-s", "-o", "/dev/null", "--cacert", site.certificate]
    url = f"{site.nginx.secure_url}/api/v1/health"
    version = subprocess.run([*curl, "-w", "%{http_version} %{http_code}", url], capture_output=True, text=True)
    assert version.stdout == "2 200"
    old = subprocess.run([*curl, "--tls-max", "1.1", "--ciphers", "DEFAULT@SECLEVEL=0", url], check=False)
    assert old.returncode == 35  # the handshake failed


@pytest.mark.parametrize("name", ["chain.pem", "key.pem"])
@pytest.mark.parametrize("spoil", [Path.unlink, lambda file: file.chmod(0)], ids=["missing", "unreadable"])
def test_a_certificate_that_cannot_be_used_ends_it_and_nothing_goes_in_the_clear(name, spoil):
    with open_place() as directory:
        make_certificate(directory)
        spoil(directory / name)
        nginx = Nginx(directory, {})
        with pytest.raises(AssertionError, match=f"Error: {directory / name} is missing or can't be read by user "):
            nginx.start()
        assert nginx.process.returncode == 1


def test_browsers_are_held_to_https_and_told_nothing_of_the_server(site):
    with site.client() as client:
        headers = client.get("/health").headers
    assert headers["Strict-Transport-Security"] == "max-age=3600"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Server"] == "nginx"


def test_metrics_are_shut_whoever_asks_and_however(site):
    with site.client("") as client:
        for path in ("/metrics", "/metrics/", "/metrics?a=b", "/static/../metrics", "/%6Detrics", "//metrics"):
            answer = client.get(f"{site.nginx.secure_url}{path}", headers={"X-Forwarded-For": "127.0.0.1"})
            assert answer.status_code == 404, path
            assert "chat_http_requests_total" not in answer.text
    # The service itself has them, for Prometheus.
    assert "chat_http_requests_total" in httpx.get(f"{site.servers[0].url}/metrics").text


def test_the_clients_address_is_the_connections_whatever_the_client_says(site):
    credentials = {"username": new_name(), "password": PASSWORD}
    invented = {"X-Forwarded-For": "203.0.113.9", "X-Real-IP": "203.0.113.9", "Forwarded": "for=203.0.113.9"}
    with site.client(headers=invented) as client:
        client.post("/auth/register", json=credentials)
        token = client.post("/auth/login", json=credentials).json()["token"]
        sessions = client.get("/auth/sessions", headers={"Authorization": f"Bearer {token}"}).json()
    assert [session["address_prefix"] for session in sessions["sessions"]] == ["127.0.0.0/24"]


@pytest.mark.parametrize(
    ("trusted", "address", "held"), [("127.0.0.0/8", "203.0.113.0/24", True), ("192.0.2.1", "127.0.0.0/24", False)]
)
def test_a_balancers_word_is_believed_where_it_is_named(site, static_files, trusted, address, held):
    """Of address and scheme: it has the certificate, and speaks HTTP with nginx."""
    credentials = {"username": new_name(), "password": PASSWORD}
    with open_place() as place, ExitStack() as stack:
        for number in (1, 2):
            (place / f"app-{number}.sock").symlink_to(site.nginx.directory / f"app-{number}.sock")
        options = {"APPLICATIONS": "app-1 app-2", "STATIC_DIRECTORY": str(static_files), "TRUSTED_PROXIES": trusted}
        nginx = stack.enter_context(running_nginx(place, **options))
        said = {"X-Forwarded-For": "198.51.100.1, 203.0.113.9", "X-Forwarded-Proto": "https"}
        with httpx.Client(base_url=f"{nginx.url}/api/v1", headers=said) as client:
            client.post("/auth/register", json=credentials)
            logged_in = client.post("/auth/login", json=credentials)
            bearer = {"Authorization": f"Bearer {logged_in.json()['token']}"}
            (session,) = client.get("/auth/sessions", headers=bearer).json()["sessions"]
    assert session["address_prefix"] == address
    assert ("Strict-Transport-Security" in logged_in.headers) is held


@pytest.mark.parametrize("path", ["admin/", "operators/desk/"])
def test_the_admin_may_be_for_some_networks_alone(site, static_files, tmp_path, path):
    with open_place() as place, ExitStack() as stack:
        database = site.servers[0].environment["DATABASE_URL"]
        stack.enter_context(
            running_server(tmp_path, APP_SOCKET=f"{place}/app-1.sock", DATABASE_URL=database, ADMIN_PATH=path)
        )
        options = {
            "STATIC_DIRECTORY": str(static_files),
            "ADMIN_NETWORKS": "192.0.2.0/24 127.0.0.2",
            "ADMIN_PATH": path,
        }
        with running_nginx(place, **options) as nginx:
            statuses = {}
            for address in ("127.0.0.1", "127.0.0.2"):
                with httpx.Client(transport=httpx.HTTPTransport(local_address=address)) as client:
                    statuses[address] = [
                        client.get(f"{nginx.url}{asked}").status_code for asked in (f"/{path}login/", "/api/v1/health")
                    ]
    assert statuses == {"127.0.0.1": [403, 200], "127.0.0.2": [200, 200]}


def test_static_files_come_from_nginx_compressed_and_for_good(site, static_files):
    (style,) = static_files.glob("chat/chat.*.css")
    with site.client("") as client:
        hashed = client.get(f"/static/chat/{style.name}")
        plain = client.get("/static/chat/chat.css", headers={"Accept-Encoding": "identity"})
        missing = client.get("/static/chat/none.css")
        written = client.post("/static/chat/chat.css")
        climbed = client.get("/static/..%2f..%2f..%2fetc%2fpasswd")
    assert hashed.content == style.read_bytes()
    assert hashed.headers["Content-Encoding"] == "gzip"
    assert hashed.headers["Content-Type"] == "text/css"
    assert hashed.headers["Cache-Control"] == "max-age=315360000, public, immutable"
    assert "Content-Encoding" not in plain.headers
    assert plain.headers["Cache-Control"] == "max-age=60, public"
    assert plain.headers["X-Content-Type-Options"] == "nosniff"
    assert (missing.status_code, written.status_code, climbed.status_code) == (404, 403, 400)


def test_long_answers_are_compressed_and_short_ones_are_not(site):
    alice, token = site.new_person()
    with site.client(headers={"Authorization": f"Bearer {token}"}) as client:
        for number in range(20):
            client.post("/messages/send", json={"recipient": alice, "content": f"{number} " + "word " * 100})
        page = client.get("/messages/", params={"limit": 50})
        assert page.headers["Content-Encoding"] == "gzip"
        assert "Accept-Encoding" in page.headers["Vary"]
        assert len(page.json()["messages"]) == 20
        assert "Content-Encoding" not in client.get("/health").headers


def test_the_largest_body_passes_and_a_larger_one_is_refused_as_the_service_would(site):
    _, token = site.new_person()
    with site.client(headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"}) as client:
        fits = client.post("/messages/send", content=b" " * MAX_BODY_BYTES)
        large = client.post("/messages/send", content=b" " * (MAX_BODY_BYTES + 1))
    assert fits.status_code == 400  # the service's own word: it was asked
    assert_problem(large, errors.PayloadTooLarge)
    with site.client("") as browser:
        fits = browser.post("/login", content=b" " * MAX_FORM_BYTES)
        page = browser.post("/login", content=b" " * (MAX_FORM_BYTES + 1))
    assert fits.status_code != 413
    assert (page.status_code, page.headers["Content-Type"]) == (413, "text/html")


def test_a_body_that_comes_in_drops_holds_no_worker(site):
    """Each process of the service has two workers; forty clients send a byte now and then."""
    address = ("127.0.0.1", site.nginx.https_port)
    head = b"POST /api/v1/auth/login HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n"
    context = ssl.create_default_context(cafile=str(site.certificate))
    with ExitStack() as stack:
        slow = []
        for _ in range(40):
            plain = stack.enter_context(socket.create_connection(address))
            slow.append(stack.enter_context(context.wrap_socket(plain, server_hostname="localhost")))
        stop = threading.Event()

        def drip():
            for connection in slow:
                connection.sendall(head)
            while not stop.wait(0.5):
                for connection in slow:
                    connection.sendall(b" ")

        thread = threading.Thread(target=drip)
        thread.start()
        try:
            with site.client() as client:
                for _ in range(20):
                    began = time.monotonic()
                    assert client.get("/health").status_code == 200
                    assert time.monotonic() - began < FAST
        finally:
            stop.set()
            thread.join()


def test_who_sends_nothing_more_is_let_go(site):
    """10 s after the last byte of a head or a body."""
    with ExitStack() as stack:
        connections = [
            stack.enter_context(socket.create_connection(("127.0.0.1", site.nginx.http_port), timeout=20))
            for _ in range(2)
        ]
        connections[0].sendall(b"GET /api/v1/health HTTP/1.1\r\nHost: loc")
        connections[1].sendall(b"GET /api/v1/health HTTP/1.1\r\n")
        began = time.monotonic()
        for connection in connections:
            with suppress(ConnectionResetError):
                assert connection.recv(1) == b""
        assert time.monotonic() - began > 9  # and less than the sockets wait


def test_a_reader_who_takes_in_drops_holds_no_worker(site):
    alice, token = site.new_person()
    with site.client(headers={"Authorization": f"Bearer {token}", "Accept-Encoding": "identity"}) as client:
        for _ in range(30):
            client.post("/messages/send", json={"recipient": alice, "content": "x" * 4000})
        with ExitStack() as stack:
            for _ in range(8):
                stack.enter_context(client.stream("GET", "/messages/?limit=50"))  # whose body nobody reads
            for _ in range(10):
                began = time.monotonic()
                assert client.get("/health").status_code == 200
                assert time.monotonic() - began < FAST


def test_a_flood_from_one_address_is_refused_and_others_are_served(site, static_files):
    with open_place() as place:
        (place / "app-1.sock").symlink_to(site.nginx.directory / "app-1.sock")
        options = {"STATIC_DIRECTORY": str(static_files), "ADDRESS_RATE": "1r/s", "ADDRESS_BURST": "9"}
        with running_nginx(place, **options) as nginx:
            with httpx.Client(base_url=nginx.url) as client:
                answers = [client.get("/api/v1/health") for _ in range(20)]
            with httpx.Client(transport=httpx.HTTPTransport(local_address="127.0.0.2")) as other:
                assert other.get(f"{nginx.url}/api/v1/health").status_code == 200
    statuses = Counter(answer.status_code for answer in answers)
    assert statuses.keys() == {200, 429}
    assert 10 <= statuses[200] <= 12  # the burst, and one a second
    assert_problem(answers[-1], errors.RateLimited)
    assert answers[-1].headers["Retry-After"] == "1"


def test_one_process_that_is_away_is_noticed_by_nobody_and_none_is_an_outage(tmp_path, static_files):
    with open_place() as place, ExitStack() as stack:
        first = stack.enter_context(running_server(tmp_path, APP_SOCKET=f"{place}/app-1.sock"))
        database = first.environment["DATABASE_URL"]
        nginx = stack.enter_context(
            running_nginx(place, APPLICATIONS="app-1 app-2", STATIC_DIRECTORY=str(static_files))
        )
        with httpx.Client(base_url=f"{nginx.url}/api/v1") as client:
            # The second isn't there yet.
            people = [{"username": new_name(), "password": PASSWORD} for _ in range(9)]
            assert [client.post("/auth/register", json=person).status_code for person in people] == [201] * 9
            with running_server(tmp_path, APP_SOCKET=f"{place}/app-2.sock", DATABASE_URL=database) as second:
                first.process.terminate()
                with ThreadPoolExecutor(4) as pool:
                    statuses = Counter(pool.map(lambda _: client.get("/health").status_code, range(100)))
                assert statuses == {200: 100}
                assert second.process.poll() is None
            away = client.get("/health")
            page = httpx.get(f"{nginx.url}/")
    assert_problem(away, errors.Unavailable)
    assert away.headers["Retry-After"] == "5"
    assert (page.status_code, page.headers["Retry-After"]) == (503, "5")
    assert "<h1>Back soon</h1>" in page.text


def test_the_log_has_no_path_and_no_address_and_stays_small(site, static_files):
    with open_place() as place:
        (place / "app-1.sock").symlink_to(site.nginx.directory / "app-1.sock")
        options = {"STATIC_DIRECTORY": str(static_files), "LOG_BYTES": "2000", "LOG_LOOK": "0.1"}
        with running_nginx(place, **options) as nginx:
            secret = "password/reset/secret-of-a-link"
            with httpx.Client(base_url=nginx.url, headers={"Authorization": "Bearer a-token"}) as client:
                for _ in range(30):
                    client.get(f"/{secret}?who=alice")
                    client.post("/api/v1/messages/send", content=b" " * (MAX_BODY_BYTES + 1))
            older = nginx.log.with_name("nginx.log.1")
            wait_until(lambda: older.exists() and nginx.log.exists())
            printed = older.read_text() + nginx.log.read_text() + nginx.output.read_text()
    assert "secret-of-a-link" not in printed
    assert "a-token" not in printed
    assert "alice" not in printed
    assert "127.0.0.1" not in printed
    assert set(json.loads(printed.splitlines()[0])) == {
        *("time", "level", "logger", "message", "request_id", "method", "status", "upstream_status"),
        *("duration_s", "protocol", "bytes"),
    }


def test_it_stops_when_the_requests_under_way_are_answered_and_runs_without_rights(site, static_files):
    with open_place() as place:
        (place / "app-1.sock").symlink_to(site.nginx.directory / "app-1.sock")
        with running_nginx(place, STATIC_DIRECTORY=str(static_files)) as nginx:
            alive = httpx.get(f"http://127.0.0.1:{nginx.status_port}/alive")
            assert alive.status_code == 204
            with open(f"/proc/{nginx.process.pid}/status") as status:
                (user,) = re.findall(r"Uid:\s+(\d+)", status.read())
            assert user != "0"
            assert nginx.stop() == 0
            nginx.start()
