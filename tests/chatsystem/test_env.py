"""Settings from the environment."""

import secrets

import pytest
from django.core.exceptions import ImproperlyConfigured

from chatsystem import env


@pytest.fixture
def name(monkeypatch):
    """A variable that nobody has."""
    name = f"CHAT_TEST_{secrets.token_hex(4).upper()}"
    yield name
    env.read.discard(name)


@pytest.fixture
def given(name, monkeypatch):
    """`given("value")` sets the variable."""
    return lambda value: monkeypatch.setenv(name, value)


def refused(read, *arguments, **options):
    """What the refusal says."""
    with pytest.raises(ImproperlyConfigured) as refusal:
        read(*arguments, **options)
    return str(refusal.value)


# Texts


def test_a_text_is_stripped(name, given):
    given("  value \n")
    assert env.text(name) == "value"


@pytest.mark.parametrize("value", ["", "  "])
def test_an_empty_text_is_the_default_or_missing(name, given, value):
    given(value)
    assert env.text(name, "default") == "default"
    assert refused(env.text, name) == f"{name} is not set. Set it in the environment or in .env; see .env.example."


def test_a_variable_that_is_not_there_is_the_default_or_missing(name):
    assert env.text(name, "") == ""
    assert refused(env.text, name).startswith(f"{name} is not set.")


def test_every_name_that_was_asked_for_is_known(name):
    env.text(name, "default")
    assert name in env.read


# Files


def test_a_value_may_be_in_a_file(name, monkeypatch, tmp_path):
    file = tmp_path / "value"
    file.write_text("from a file\n")
    monkeypatch.setenv(f"{name}_FILE", str(file))
    assert env.text(name) == "from a file"


def test_a_secret_may_be_in_a_file(name, monkeypatch, tmp_path):
    value, file = secrets.token_urlsafe(48), tmp_path / "key"
    file.write_text(f"{value}\n")
    monkeypatch.setenv(f"{name}_FILE", str(file))
    assert env.secret(name) == value


def test_a_file_that_cannot_be_read_is_named_by_its_variable(name, monkeypatch, tmp_path):
    monkeypatch.setenv(f"{name}_FILE", str(tmp_path / "missing"))
    assert refused(env.text, name, "x") == f"{name}_FILE names a file that can't be read: No such file or directory."
    monkeypatch.setenv(f"{name}_FILE", str(tmp_path))
    assert refused(env.text, name, "x") == f"{name}_FILE names a file that can't be read: Is a directory."
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    monkeypatch.setenv(f"{name}_FILE", str(tmp_path / "binary"))
    assert refused(env.text, name, "x") == f"{name}_FILE names a file that can't be read: it is no text in UTF-8."


def test_an_env_file_gives_what_the_environment_lacks(name, monkeypatch, tmp_path):
    file = tmp_path / "env"
    file.write_text(f"# a comment\n{name}=from the file  # and why\n{name}_B='quoted # text'\n{name}_C=from the file\n")
    monkeypatch.setenv("ENV_FILE", str(file))
    monkeypatch.setenv(f"{name}_C", "from the environment")
    for added in (name, f"{name}_B"):
        monkeypatch.setenv(added, "")
        monkeypatch.delenv(added)  # so that it's gone after the test too
    env.read_file()
    assert env.text(name) == "from the file"
    assert env.text(f"{name}_B") == "quoted # text"
    assert env.text(f"{name}_C") == "from the environment"
    env.read.difference_update({f"{name}_B", f"{name}_C"})


def test_an_env_file_that_is_not_there_is_none(monkeypatch, tmp_path):
    monkeypatch.setenv("ENV_FILE", str(tmp_path / "missing"))
    env.read_file()


# Flags, numbers, choices, lists


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("1", True),
        ("true", True),
        ("YES", True),
        ("On", True),
        ("0", False),
        ("False", False),
        ("no", False),
        ("off", False),
    ],
)
def test_a_flag_is_yes_or_no_in_many_words(name, given, value, expected):
    given(value)
    assert env.flag(name, default=not expected) is expected


def test_a_flag_that_is_not_there_is_the_default(name):
    assert env.flag(name, default=True) is True
    assert env.flag(name, default=False) is False


@pytest.mark.parametrize("value", ["maybe", "2", "yes please", "-"])
def test_any_other_word_is_no_flag(name, given, value):
    given(value)
    assert refused(env.flag, name, default=True) == f"{name} must be yes or no, not {value!r}."


@pytest.mark.parametrize(("value", "expected"), [("1", 1), (" 7 ", 7), ("9", 9), ("", 5)])
def test_a_number_is_taken_within_its_bounds(name, given, value, expected):
    given(value)
    assert env.integer(name, default=5, minimum=1, maximum=9) == expected


@pytest.mark.parametrize("value", ["0", "10", "-1", "1.5", "x", "1e3", "9" * 5_000])
def test_any_other_number_is_refused(name, given, value):
    given(value)
    told = refused(env.integer, name, default=5, minimum=1, maximum=9)
    assert told == f"{name} must be a whole number from 1 to 9, not {value!r}."


@pytest.mark.parametrize(
    ("value", "expected"),
    [("", (3, 30)), ("120/60", (120, 60)), (" 1/1 ", (1, 1)), ("1000000/86400", (1_000_000, 86_400))],
)
def test_a_rate_is_times_in_seconds(name, given, value, expected):
    given(value)
    assert env.rate(name, default=(3, 30)) == expected


@pytest.mark.parametrize(
    "value",
    [
        "7",
        "7/",
        "/7",
        "0/7",
        "7/0",
        "-7/7",
        "7/86401",
        "1000001/7",
        "7/7/7",
        "7 / 7",
        "a/b",
        "1.5/7",
        "9" * 5_000 + "/7",
    ],
)
def test_what_is_no_rate_is_refused(name, given, value):
    given(value)
    told = refused(env.rate, name, default=(3, 30))
    assert told == f"{name} must be times/seconds, as 120/60, with at most 1000000/86400, not {value!r}."


def test_a_choice_is_one_of_its_options_in_any_case(name, given):
    given("ERRor")
    assert env.choice(name, ("INFO", "ERROR"), default="INFO") == "ERROR"
    given("FATAL")
    told = refused(env.choice, name, ("INFO", "ERROR"), default="INFO")
    assert told == f"{name} must be one of INFO, ERROR, not 'FATAL'."


@pytest.mark.parametrize(("value", "expected"), [("", ["x"]), ("a", ["a"]), (" a , b,,c, ", ["a", "b", "c"])])
def test_a_list_is_written_with_commas(name, given, value, expected):
    given(value)
    assert env.names(name, default=["x"]) == expected


# Secrets


@pytest.mark.parametrize("make", [secrets.token_urlsafe, secrets.token_hex])
def test_every_key_of_chance_is_taken(name, given, make):
    for size in (24, 32, 48, 64) * 25:
        value = make(size)
        given(value)
        assert env.secret(name) == value


def test_a_missing_key_is_refused(name):
    assert refused(env.secret, name).startswith(f"{name} is not set.")


def test_a_short_key_is_refused(name, given):
    value = secrets.token_hex(16)[:31]
    given(value)
    told = refused(env.secret, name)
    assert told.startswith(f"{name} must have 32 characters at least. Make one: ")
    assert value not in told


@pytest.mark.parametrize(
    "value",
    [
        "a" * 64,
        "12" * 32,
        "abcdefghi" * 8,
        "1234567890" * 4,
        "0123456789abcdef" * 4,
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
        "zyxwvutsrqponmlkjihgfedcba9876543210",
        "changeme-mQ7rT2xW9kLp4Zc8Vb3Nh6Yd",
        "this-is-my-Example-key-mQ7rT2xW9kLp4Zc8",
        "django-insecure-mQ7rT2xW9kLp4Zc8Vb3Nh6Yd",
        "Your-256-bit-key-mQ7rT2xW9kLp4Zc8Vb3Nh6Yd",
        "MySuperSecretKeyThatNobodyKnows2026!",
        "qwertyuiopasdfghjklzxcvbnm1234567890",
    ],
)
def test_a_key_that_can_be_guessed_or_was_published_is_refused_without_printing_it(name, given, value):
    given(value)
    told = refused(env.secret, name)
    assert told.startswith(f"{name} can be guessed. Make one: ")
    assert value not in told


# Addresses of parts


def test_a_database_url_becomes_settings(name, given):
    given("postgres://amy:p%40ss@db.example:5433/chat")
    found = env.database(name)
    assert found["ENGINE"] == "django.db.backends.postgresql"
    assert [found[key] for key in ("USER", "PASSWORD", "HOST", "PORT", "NAME")] == [
        "amy", "p@ss", "db.example", 5433, "chat"
    ]  # fmt: skip
    given("sqlite:////tmp/chat.sqlite3")
    found = env.database(name)
    assert (found["ENGINE"], found["NAME"]) == ("django.db.backends.sqlite3", "/tmp/chat.sqlite3")


@pytest.mark.parametrize(
    "value",
    [
        "nonsense-pw",
        "/tmp/chat-pw.sqlite3",
        "mysql://amy:pw@db/chat",
        "postgres://amy:pw@db:port/chat",
        "postgres://amy:pw@db",
        "://pw",
    ],
)
def test_any_other_database_url_is_refused_without_printing_it(name, given, value, recwarn):
    given(value)
    told = refused(env.database, name)
    assert told == f"{name} is no database URL: sqlite:////path or postgres://user:password@host/name"
    assert "pw" not in "".join(str(warning.message) for warning in recwarn)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("", (["127.0.0.1"], 9042)),
        ("one", (["one"], 9042)),
        ("one,two , three", (["one", "two", "three"], 9042)),
        ("one:9142,two:9142", (["one", "two"], 9142)),
        ("one:9042,two", (["one", "two"], 9042)),
    ],
)
def test_nodes_are_hosts_with_one_port(name, given, value, expected):
    given(value)
    assert env.nodes(name, default="127.0.0.1") == expected


@pytest.mark.parametrize("node", [":9042", "one:port", "one:0", "one:65536", "one:-1", "one:1:2"])
def test_a_node_that_is_none_is_named(name, given, node):
    given(f"good,{node}")
    told = refused(env.nodes, name, default="127.0.0.1")
    assert told == f"{name} must list host or host:port with commas between, not {node!r}."


@pytest.mark.parametrize("value", ["one:9042,two:9043", "one,two:9142", ","])
def test_nodes_with_several_ports_or_none_are_refused(name, given, value):
    given(value)
    assert refused(env.nodes, name, default="127.0.0.1").startswith(f"{name} must name ")


def test_networks_are_addresses_or_networks_with_commas_between(name, given):
    given("10.0.0.7, 10.1.0.0/16,2001:db8::/32")
    assert list(map(str, env.networks(name, default=[]))) == ["10.0.0.7/32", "10.1.0.0/16", "2001:db8::/32"]


@pytest.mark.parametrize("value", ["localhost", "10.0.0.7/8", "10.0.0", "10.0.0.7;10.0.0.8"])
def test_what_is_no_network_is_refused(name, given, value):
    given(value)
    expected = f"{name} must list addresses or networks as 10.0.0.7 or 10.0.0.0/8, not {value!r}."
    assert refused(env.networks, name, default=[]) == expected


def test_a_key_with_a_default_can_be_left_out_but_not_be_guessed(name, given):
    assert env.secret(name, default="") == ""
    given("guess")
    assert refused(env.secret, name, default="").startswith(f"{name} must have 32 characters")


# Addresses of the service and of the mail server


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("", "http://127.0.0.1:8000"),
        ("https://chat.example.org", "https://chat.example.org"),
        ("https://chat.example.org/", "https://chat.example.org"),
        ("http://[::1]:8123", "http://[::1]:8123"),
    ],
)
def test_an_origin_has_no_slash_at_its_end(name, given, value, expected):
    given(value)
    assert env.origin(name, default="http://127.0.0.1:8000") == expected


@pytest.mark.parametrize(
    "value",
    [
        "chat.example.org",
        "ftp://chat.example.org",
        "https://",
        "https://chat.example.org/path",
        "https://chat.example.org?query",
        "https://chat.example.org#fragment",
        "https://amy@chat.example.org",
        "https://chat.example.org:port",
        "https://chat.example.org:0",
    ],
)
def test_what_is_no_origin_is_refused(name, given, value):
    given(value)
    told = refused(env.origin, name, default="http://127.0.0.1:8000")
    assert told == f"{name} must be as https://chat.example.org, without a path, not {value!r}."


BACKENDS = "django.core.mail.backends"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (
            "filemail:////var/mail",
            {"EMAIL_BACKEND": f"{BACKENDS}.filebased.EmailBackend", "EMAIL_FILE_PATH": "/var/mail"},
        ),
        ("consolemail://", {"EMAIL_BACKEND": f"{BACKENDS}.console.EmailBackend"}),
        ("smtp://mail", {"EMAIL_BACKEND": f"{BACKENDS}.smtp.EmailBackend", "EMAIL_HOST": "mail", "EMAIL_PORT": 25}),
        ("smtp+tls://mail", {"EMAIL_USE_TLS": True, "EMAIL_PORT": 587}),
        ("smtp+ssl://mail", {"EMAIL_USE_SSL": True, "EMAIL_PORT": 465}),
        (
            "smtp+tls://amy%40example.org:p%2Fw@mail.example.org:2525",
            {
                "EMAIL_HOST": "mail.example.org",
                "EMAIL_PORT": 2525,
                "EMAIL_HOST_USER": "amy@example.org",
                "EMAIL_HOST_PASSWORD": "p/w",
            },
        ),
    ],
)
def test_a_mail_server_is_a_url(name, given, value, expected):
    given(value)
    settings = env.mail_server(name, default="filemail:////tmp")
    assert {key: settings[key] for key in expected} == expected


@pytest.mark.parametrize(
    "value",
    [
        "nonsense-pw",
        "mail.example.org:25",
        "smtps://amy:pw@mail",
        "smtp://",
        "smtp+tls://amy:pw@mail:port",
        "smtp+tls://amy:pw@mail?timeout=1",
        "filemail:///relative-pw",
        "memorymail://",
        "dummymail://",
    ],
)
def test_any_other_mail_server_is_refused_without_printing_it(name, given, value):
    given(value)
    told = refused(env.mail_server, name, default="filemail:////tmp")
    assert told == (
        f"{name} must be smtp://user:password@host:port, smtp+tls://, smtp+ssl://, consolemail:// or filemail:////path."
    )


@pytest.mark.parametrize("value", ["admin/", "operators/", "a/b-c_1/"])
def test_a_path_is_taken_as_it_is_written(name, given, value):
    given(value)
    assert env.path(name, default="admin/") == value


@pytest.mark.parametrize("value", ["admin", "/admin/", "/", "Admin/", "a//b/", "../", "a b/", "a?b/", "<str:x>/"])
def test_what_is_no_path_is_refused(name, given, value):
    given(value)
    assert refused(env.path, name, default="admin/").startswith(f"{name} must be as operators/, of letters a to z")


def test_other_data_centres_have_a_number_of_copies_each(monkeypatch):
    assert env.replicas("OTHERS") == {}
    monkeypatch.setenv("OTHERS", "oslo:3, paris:2")
    assert env.replicas("OTHERS") == {"oslo": 3, "paris": 2}


@pytest.mark.parametrize("value", ["oslo", "oslo:", ":3", "oslo:0", "oslo:10", "oslo:many"])
def test_data_centres_without_a_sound_number_are_refused(monkeypatch, value):
    monkeypatch.setenv("OTHERS", value)
    with pytest.raises(ImproperlyConfigured, match=f"OTHERS must list data centres and copies as .*, not '{value}'"):
        env.replicas("OTHERS")


def test_a_file_must_be_there(monkeypatch, tmp_path):
    assert env.file("AUTHORITY") == ""
    monkeypatch.setenv("AUTHORITY", str(tmp_path / "none.pem"))
    with pytest.raises(ImproperlyConfigured, match="AUTHORITY names a file that can't be read: No such file"):
        env.file("AUTHORITY")
    (tmp_path / "none.pem").touch()
    assert env.file("AUTHORITY") == str(tmp_path / "none.pem")
