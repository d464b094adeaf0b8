import hashlib
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest

from embedded import jars, locks
from embedded.errors import EmbeddedError
from embedded.jars import Jar, fetch, read_lock

CONTENT = {"a": b"alpha" * 1000, "b": b"beta" * 50_000, "c": b"gamma"}


def jar(name, content=None, **changes):
    content = CONTENT[name] if content is None else content
    values = {
        "coordinate": f"org.example:{name}:1.0",
        "size": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
    }
    return Jar(**{**values, **changes})


@pytest.fixture
def repository(tmp_path):
    """A Maven repository on this machine, which tells what was asked of it."""
    root = tmp_path / "repository"
    for name, content in CONTENT.items():
        file = root / jar(name).path
        file.parent.mkdir(parents=True)
        file.write_bytes(content)
    requests = []

    class Handler(SimpleHTTPRequestHandler):
        def log_message(self, *arguments):
            requests.append(self.path)

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=root)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        server.url = f"http://127.0.0.1:{server.server_port}"
        server.requests = requests
        yield server
        server.shutdown()


@pytest.fixture
def directory(tmp_path):
    return tmp_path / "jars"


def test_the_lock_file_names_cassandra_and_what_it_needs():
    names = {each.coordinate.rsplit(":", 1)[0] for each in read_lock()}
    assert "org.apache.cassandra:cassandra-all" in names
    assert "com.github.jbellis:jamm" in names
    assert len(read_lock()) == 100
    assert len({each.filename for each in read_lock()}) == 100


def test_a_lock_line_becomes_a_path_in_the_repository_and_a_file_name(tmp_path):
    lock = tmp_path / "lock"
    lock.write_text(f"# comment\n\nio.netty:epoll:4.1.Final:linux-x86_64 39 {'0' * 64}\n")
    [only] = read_lock(lock)
    assert only == Jar("io.netty:epoll:4.1.Final:linux-x86_64", 39, "0" * 64)
    assert only.filename == "epoll-4.1.Final-linux-x86_64.jar"
    assert only.path == "io/netty/epoll/4.1.Final/epoll-4.1.Final-linux-x86_64.jar"


def test_a_broken_lock_line_is_named(tmp_path):
    lock = tmp_path / "lock"
    lock.write_text("# comment\norg.example:a:1.0 many\n")
    with pytest.raises(EmbeddedError, match="lock, line 2: expected a coordinate, a size and a checksum"):
        read_lock(lock)


def test_jars_are_fetched_once_in_the_order_of_the_lock_file(repository, directory):
    wanted = [jar("a"), jar("b"), jar("c")]
    paths = fetch(directory, jars=wanted, repository=repository.url)
    assert [path.read_bytes() for path in paths] == list(CONTENT.values())
    assert len(repository.requests) == 3
    assert fetch(directory, jars=wanted, repository=repository.url) == paths
    assert len(repository.requests) == 3


def test_a_half_finished_fetch_goes_on(repository, directory):
    directory.mkdir()
    (directory / "a-1.0.jar").write_bytes(CONTENT["a"])
    (directory / "b-1.0.jar").write_bytes(CONTENT["b"][:10])  # an interrupted copy
    (directory / "c-1.0.jar.part").write_bytes(b"gam")
    paths = fetch(directory, jars=[jar("a"), jar("b"), jar("c")], repository=repository.url)
    assert [path.read_bytes() for path in paths] == list(CONTENT.values())
    assert sorted(repository.requests) == [f"/{jar('b').path}", f"/{jar('c').path}"]
    assert not list(directory.glob("*.part"))


def test_a_file_with_another_checksum_is_not_kept(repository, directory):
    with pytest.raises(EmbeddedError, match=r"cannot fetch b-1.0.jar .*what arrived is not the file"):
        fetch(directory, jars=[jar("b", sha256="0" * 64)], repository=repository.url)
    assert [path.name for path in directory.iterdir()] == [".lock"]


def test_a_file_that_the_repository_lacks_is_named(repository, directory):
    with pytest.raises(EmbeddedError, match=r"cannot fetch d-1.0.jar from 127.0.0.1:\d+ \(File not found\)"):
        fetch(directory, jars=[jar("d", b"delta")], repository=repository.url)


def test_without_a_network_the_error_is_one_line_and_says_what_to_do(directory, port):
    with pytest.raises(EmbeddedError) as raised:
        fetch(directory, jars=[jar("a")], repository=f"http://127.0.0.1:{port}")
    assert str(raised.value) == (
        f"cannot fetch a-1.0.jar from 127.0.0.1:{port} ([Errno 111] Connection refused): "
        "check the network and start again; what has arrived is kept"
    )


def test_progress_counts_bytes(repository, directory, capsys):
    fetch(directory, jars=[jar("b")], repository=repository.url)
    assert capsys.readouterr().out.splitlines()[-1] == "Fetching Cassandra: 0.2 of 0.2 MB"


def test_progress_names_what_is_fetched(repository, directory, capsys):
    fetch(directory, jars=[jar("b")], repository=repository.url, what="a validator")
    assert capsys.readouterr().out.splitlines()[-1] == "Fetching a validator: 0.2 of 0.2 MB"


def test_two_fetches_at_once_take_turns(repository, directory, capsys):
    wanted = [jar("a"), jar("b")]
    second = threading.Thread(target=fetch, args=[directory], kwargs={"jars": wanted, "repository": repository.url})
    with locks.exclusive(directory / ".lock"):
        second.start()
        second.join(0.3)
        assert repository.requests == []
    second.join()
    assert len(repository.requests) == 2
    assert "is fetching Cassandra; waiting for it ..." in capsys.readouterr().out


def test_the_directory_can_be_named(monkeypatch, tmp_path):
    monkeypatch.setenv("EMBEDDED_JARS", str(tmp_path))
    assert jars.default_directory() == tmp_path
