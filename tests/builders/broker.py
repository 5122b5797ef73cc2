"""A real Kafka broker for tests: one node on this machine, to be killed and started again at will."""

from __future__ import annotations

import base64
import fcntl
import hashlib
import os
import random
import re
import shutil
import socket
import struct
import subprocess
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from platformdirs import user_cache_path

if TYPE_CHECKING:
    from kafka import KafkaAdminClient

_RECIPE = Path(__file__).resolve().parent.parent / "broker"
_POM, _SETTINGS, _LOG_SETTINGS = (
    _RECIPE / name for name in ("pom.xml", "server.properties", "log4j2.properties")
)
_OLDEST_JAVA = 17
_PACKAGES = {"java": "default-jre-headless", "setpriv": "util-linux"}
_JARS_S = 600.0
_READY_S = 60.0
_STOP_S = 15.0
_ANSWER_S = 10.0
_PROBE_S = 1.0
_PAUSE_S = 0.05
_FIRST_PORT, _USUAL_EPHEMERAL = 10_000, 32_768
_TAIL_LINES = 25
_ADDRESSES = """
listeners=PLAINTEXT://{server},CONTROLLER://{controller}
controller.quorum.bootstrap.servers={controller}
log.dirs={folder}/data
"""


def broker_fault() -> str | None:
    """Return why no broker can run here and what to do about it; None where one can."""
    for tool, package in _PACKAGES.items():
        if shutil.which(tool) is None:
            return f"needs {tool}; run: sudo apt install -y {package}"
    told = subprocess.run(["java", "-version"], capture_output=True, text=True, check=False).stderr
    version = re.search(r'version "(\d+)', told)
    if version is None or int(version[1]) < _OLDEST_JAVA:
        found = told.partition("\n")[0] or "nothing"
        return f"needs Java {_OLDEST_JAVA} or newer, found {found}; run: sudo apt install -y openjdk-17-jre-headless"
    if not _jars_folder().is_dir() and shutil.which("mvn") is None:
        return "needs Maven to fetch the broker; run: sudo apt install -y maven"
    return None


def broker_jars() -> Path:
    """Return the folder of the broker's jars, fetched once into the user's cache or TICKDESK_TEST_JARS."""
    jars = _jars_folder()
    jars.parent.mkdir(parents=True, exist_ok=True)
    with (jars.parent / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # another run may be fetching them
        if not jars.is_dir():
            with tempfile.TemporaryDirectory(dir=jars.parent, prefix="fetching-") as fetching:
                _fetch_jars(Path(fetching) / "jars")
                (Path(fetching) / "jars").rename(jars)
    return jars


def _jars_folder() -> Path:
    pom = _POM.read_bytes()
    version = re.search(rb"<kafka.version>(.+)</kafka.version>", pom)
    assert version is not None, f"expected a kafka.version in {_POM}"
    cache = Path(os.environ.get("TICKDESK_TEST_JARS") or user_cache_path("tickdesk-tests"))
    return cache / f"kafka-{version[1].decode()}-{hashlib.sha256(pom).hexdigest()[:12]}"


def _fetch_jars(folder: Path) -> None:
    command = ["mvn", "--batch-mode", "--no-transfer-progress", "--file", str(_POM)]
    command += ["dependency:copy-dependencies", f"-DoutputDirectory={folder}"]
    done = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=_JARS_S, check=False
    )
    if done.returncode != 0:
        raise RuntimeError(f"Maven could not fetch the broker of {_POM}:\n{_tail(done.stdout)}")


class Broker:
    """One Kafka node with its data in `folder`; it keeps its ports and data over kill and start.

    It listens on 127.0.0.1 alone and dies with this process, however that ends.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._ports = _free_ports(2)
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Broker:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def server(self) -> str:
        """Where clients connect."""
        return f"127.0.0.1:{self._ports[0]}"

    @property
    def controller(self) -> str:
        """Where the node talks to its own controller."""
        return f"127.0.0.1:{self._ports[1]}"

    @property
    def log(self) -> Path:
        """The file of all that the node printed, over all its starts."""
        return self._folder / "broker.log"

    @property
    def running(self) -> bool:
        """Whether the node's process lives."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start the node and return once it leads every partition; RuntimeError with its log if it does not."""
        if self.running:
            raise RuntimeError(
                f"expected a stopped broker, found one running at {self.server}; stop it first"
            )
        settings = self._folder / "server.properties"
        jars = broker_jars()
        if not settings.exists():
            self._format(jars, settings)
        self._launch(_java(jars, "kafka.Kafka", settings))
        try:
            self._until(self._leads, "the broker to lead its partitions", _READY_S)
        except BaseException:
            self.kill()
            raise

    def kill(self) -> None:
        """End the node at once, as a crash does (SIGKILL)."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def stop(self) -> None:
        """Ask the node to end, and kill it where it does not."""
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(_STOP_S)
            except subprocess.TimeoutExpired:
                self.kill()

    def restart(self) -> None:
        """Kill the node and start it again, at the same ports and with its data."""
        self.kill()
        self.start()

    @contextmanager
    def admin(self) -> Iterator[KafkaAdminClient]:
        """Open a client that administers the running node."""
        from kafka import KafkaAdminClient  # takes a moment, and not every test needs it

        client = KafkaAdminClient(
            bootstrap_servers=self.server, client_id="tests", bootstrap_timeout_ms=int(_ANSWER_S * 1_000)
        )
        try:
            yield client
        finally:
            client.close()

    def create_topic(self, name: str, partitions: int = 4, **configs: object) -> None:
        """Create a topic and wait for its leaders; a setting's dots are underscores here: `retention_ms=1000`."""
        named = {key.replace("_", "."): str(value) for key, value in configs.items()}
        wanted = {
            "num_partitions": partitions,
            "replication_factor": 1,
            "configs": {"message.timestamp.type": "LogAppendTime", **named},
        }
        with self.admin() as admin:
            admin.create_topics({name: wanted}, wait_for_metadata=True)

    def delete_topic(self, name: str) -> None:
        """Delete a topic and wait until clients no longer see it."""
        with self.admin() as admin:
            admin.delete_topics([name])
            self._until(lambda: name not in admin.list_topics(), f"topic {name} to go", _ANSWER_S)

    def deny_read(self, topic: str) -> None:
        """Forbid everyone to read a topic, from now on; all else about it stays allowed."""
        from kafka.admin import ACL, ACLFilter, ACLOperation, ACLPermissionType, ResourcePattern, ResourceType

        pattern = ResourcePattern(ResourceType.TOPIC, topic)
        # With any rule on a topic, what no rule allows is denied: so the second one.
        rules = [
            ACL("User:*", "*", ACLOperation.READ, ACLPermissionType.DENY, pattern),
            ACL("User:*", "*", ACLOperation.ALL, ACLPermissionType.ALLOW, pattern),
        ]
        of_topic = ACLFilter(None, None, ACLOperation.ANY, ACLPermissionType.ANY, pattern)
        with self.admin() as admin:
            failed = admin.create_acls(rules)["failed"]
            assert not failed, f"expected rules for {topic} to be taken, found {failed}"
            self._until(
                lambda: len(admin.describe_acls(of_topic)[0]) == len(rules), f"rules of {topic}", _ANSWER_S
            )

    def _format(self, jars: Path, settings: Path) -> None:
        """Write the node's settings and prepare its data folder."""
        self._folder.mkdir(parents=True, exist_ok=True)
        addresses = _ADDRESSES.format(server=self.server, controller=self.controller, folder=self._folder)
        draft = settings.with_suffix(".draft")
        draft.write_text(_SETTINGS.read_text(encoding="utf-8") + addresses, encoding="utf-8")
        # An identity that does not begin with a dash, which would be an option.
        cluster = base64.urlsafe_b64encode(b"test" + uuid.uuid4().bytes[4:]).decode().rstrip("=")
        command = _java(jars, "kafka.tools.StorageTool", "format", "--standalone", "-t", cluster, "-c", draft)
        with self.log.open("ab") as log:
            done = subprocess.run(command, stdout=log, stderr=log, cwd=self._folder, check=False)
        if done.returncode != 0:
            raise RuntimeError(
                f"the broker's data folder was not prepared; its log ends in:\n{self._log_tail()}"
            )
        draft.rename(settings)

    def _launch(self, command: list[str]) -> None:
        """Start the process from a thread that lives as long as it does.

        The system kills the process when the thread that started it ends: here, only with all of Python.
        """
        started: Future[subprocess.Popen[bytes]] = Future()

        def keep() -> None:
            try:
                with self.log.open("ab") as log:
                    process = subprocess.Popen(
                        ["setpriv", "--pdeathsig", "KILL", *command],
                        stdin=subprocess.DEVNULL,
                        stdout=log,
                        stderr=log,
                        cwd=self._folder,
                        start_new_session=True,  # Ctrl-C is for the tests, which then stop it
                    )
            except OSError as error:
                started.set_exception(error)
            else:
                started.set_result(process)
                process.wait()

        threading.Thread(target=keep, name=f"broker {self.server}", daemon=True).start()
        self._process = started.result()

    def _leads(self) -> bool:
        """Whether clients would find the node, and it leads every partition of every topic."""
        if _brokers_listed_at(self._ports[0]) == 0:
            return False
        with self.admin() as admin:
            return all(
                partition["leader_id"] >= 0
                for topic in admin.describe_topics()
                for partition in topic["partitions"]
            )

    def _until(self, holds: Callable[[], bool], what: str, timeout_s: float) -> None:
        deadline_s = time.monotonic() + timeout_s
        while self.running and time.monotonic() < deadline_s:
            if holds():
                return
            time.sleep(_PAUSE_S)
        state = f"within {timeout_s:g} s" if self.running else "before it ended"
        raise RuntimeError(f"expected {what} {state}; its log ends in:\n{self._log_tail()}")

    def _log_tail(self) -> str:
        return _tail(self.log.read_text(encoding="utf-8", errors="replace"))


def _java(jars: Path, program: str, *arguments: str | Path) -> list[str]:
    options = ["-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"]
    options += [f"-Dlog4j2.configurationFile={_LOG_SETTINGS}"]
    return ["java", *options, "-cp", f"{jars}/*", program, *map(str, arguments)]


def _brokers_listed_at(port: int) -> int:
    """Return how many brokers a node lists to clients; 0 while it does not answer.

    Asked by hand: a client of kafka-python that fails to connect leaves its thread behind.
    """
    request = struct.pack(">hhih5si", 3, 1, 1, 5, b"tests", 0)  # metadata, version 1, of no topic
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=_PROBE_S) as client:
            client.sendall(struct.pack(">i", len(request)) + request)
            answer = client.makefile("rb").read(12)
    except OSError:
        return 0
    return struct.unpack(">iii", answer)[2] if len(answer) == 12 else 0


def _free_ports(count: int) -> list[int]:
    """Return free ports below those that the system gives to clients: none is taken while a node is down."""
    limits = Path("/proc/sys/net/ipv4/ip_local_port_range")
    first = int(limits.read_text().split()[0]) if limits.exists() else _USUAL_EPHEMERAL
    below = range(_FIRST_PORT, first if first > _FIRST_PORT + 1_000 else _USUAL_EPHEMERAL)
    found: list[int] = []
    with ExitStack() as held:
        for port in random.sample(below, len(below)):
            taken = held.enter_context(socket.socket())
            try:
                taken.bind(("127.0.0.1", port))
            except OSError:
                continue
            found.append(port)
            if len(found) == count:
                return found
    raise RuntimeError(f"expected {count} free ports in {below}, found {len(found)}")


def _tail(text: str) -> str:
    return "\n".join(text.rstrip().splitlines()[-_TAIL_LINES:])
