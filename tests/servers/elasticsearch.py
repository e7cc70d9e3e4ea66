"""A real Elasticsearch from its published jars, with one node or several.

Guarantee: the jars are fetched and laid out once per version and kept in var/elasticsearch (or
KIP_CACHE/elasticsearch); every run starts with empty data folders, listens on free loopback ports
only, and leaves no process. The jars hold the server alone: no `GET /`, no scripts, no
delete-by-query, no language analyzers.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock

from tests.servers.processes import Process, free_port, url_answers, wait_until

HOW = "apt-get install default-jdk-headless maven (Java 17 or later)"
ROOT = Path(__file__).resolve().parents[2]
SOURCES = ROOT / "tools" / "elasticsearch"
HEAP_MEGABYTES = 512

DESCRIPTOR = """\
description=HTTP and transport over netty
version={version}
name=transport-netty4
classname=org.elasticsearch.transport.netty4.Netty4Plugin
java.version=17
elasticsearch.version={version}
has.native.controller=false
"""


def is_possible() -> bool:
    """Whether this machine can fetch, compile and run it, or has done so before."""
    tools = all(shutil.which(name) for name in ("java", "javac", "mvn"))
    return tools or bool(shutil.which("java") and (_home() / "ready").exists())


def version() -> str:
    """The version that pom.xml names."""
    space = {"m": "http://maven.apache.org/POM/4.0.0"}
    found = ET.parse(SOURCES / "pom.xml").findtext(".//m:elasticsearch.version", namespaces=space)
    if not found:
        raise ValueError("tools/elasticsearch/pom.xml names no version")
    return found


def _home() -> Path:
    """The laid-out server of this version and these sources."""
    cache = Path(os.environ.get("KIP_CACHE") or ROOT / "var") / "elasticsearch"
    digest = hashlib.sha256()
    for name in ("pom.xml", "TestNode.java"):
        digest.update((SOURCES / name).read_bytes())
    return cache / f"{version()}-{digest.hexdigest()[:8]}"


def prepare() -> Path:
    """Fetch, lay out and compile what is not there yet; returns the home folder."""
    home = _home()
    home.parent.mkdir(parents=True, exist_ok=True)
    # Two test workers may come here at once: one prepares, the other waits for it.
    with FileLock(f"{home}.lock"):
        if not (home / "ready").exists():
            shutil.rmtree(home, ignore_errors=True)
            _fetch(home)
            _lay_out(home)
            _compile(home)
            (home / "ready").touch()
    return home


def _fetch(home: Path) -> None:
    print("Fetching Elasticsearch's jars (67 MB, once) ...", file=sys.stderr, flush=True)
    # Run in a copy: Maven may write a target folder beside its pom.xml.
    with tempfile.TemporaryDirectory(prefix="kip-maven-") as scratch:
        shutil.copy(SOURCES / "pom.xml", scratch)
        done = subprocess.run(
            ["mvn", "-B", "-q", "dependency:copy-dependencies", f"-DoutputDirectory={home}/lib"],
            cwd=scratch,
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode:
        raise RuntimeError(f"Maven could not fetch Elasticsearch:\n{done.stdout[-3000:]}")


def _lay_out(home: Path) -> None:
    """The transport is a module: its jars move out of the common folder, a descriptor joins."""
    module = home / "modules" / "transport-netty4"
    module.mkdir(parents=True)
    (home / "config").mkdir()
    for pattern in ("netty-*.jar", "transport-netty4-*.jar"):
        for jar in (home / "lib").glob(pattern):
            jar.rename(module / jar.name)
    (module / "plugin-descriptor.properties").write_text(DESCRIPTOR.format(version=version()))


def _compile(home: Path) -> None:
    subprocess.run(
        [
            *("javac", "-cp", f"{home}/lib/*", "-d", str(home / "classes")),
            str(SOURCES / "TestNode.java"),
        ],
        check=True,
    )


@dataclass(frozen=True, slots=True)
class Node:
    """One node; `process` stops, kills and restarts it on the same ports and data."""

    name: str
    url: str
    process: Process


@dataclass(frozen=True, slots=True)
class Elasticsearch:
    """A running cluster."""

    nodes: tuple[Node, ...]

    @property
    def url(self) -> str:
        """The address of the first node."""
        return self.nodes[0].url

    @property
    def urls(self) -> str:
        """All nodes, comma-separated, as KIP_ELASTICSEARCH_URL takes them."""
        return ",".join(node.url for node in self.nodes)


def _node(home: Path, folder: Path, index: int, ports: list[int]) -> Node:
    name = f"node-{index}"
    http = free_port()
    data = folder / name
    data.mkdir()
    url = f"http://127.0.0.1:{http}"
    command = [
        *("java", f"-Xms{HEAP_MEGABYTES}m", f"-Xmx{HEAP_MEGABYTES}m", "-XX:+UseSerialGC"),
        *("-XX:TieredStopAtLevel=1", "-Djava.io.tmpdir=" + str(data)),
        *("-cp", f"{home}/classes:{home}/lib/*", "TestNode"),
        *(str(home), str(data / "data"), name, str(http), str(ports[index])),
        ",".join(str(port) for port in ports),
    ]
    process = Process(
        command,
        log=folder / f"{name}.log",
        ready=lambda: url_answers(f"{url}/_cluster/health?local=true"),
        seconds=120,
    )
    return Node(name=name, url=url, process=process)


@contextmanager
def run_elasticsearch(nodes: int = 1) -> Iterator[Elasticsearch]:
    """Run a new, empty cluster of `nodes` nodes until the body ends; it is complete and green
    when the body begins."""
    home = prepare()
    with (
        tempfile.TemporaryDirectory(prefix="kip-elastic-", ignore_cleanup_errors=True) as name,
        ExitStack() as stack,
    ):
        ports = [free_port() for _ in range(nodes)]
        members = tuple(_node(home, Path(name), index, ports) for index in range(nodes))
        for member in members:
            stack.callback(member.process.stop)
            member.process.launch()
        for member in members:
            member.process.wait_ready()
        health = f"{members[0].url}/_cluster/health?wait_for_nodes={nodes}&wait_for_status=green"
        wait_until(lambda: url_answers(f"{health}&timeout=1s"), what="a green cluster", seconds=120)
        yield Elasticsearch(members)
