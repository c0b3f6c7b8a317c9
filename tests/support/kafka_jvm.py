"""Apache Kafka on the local JVM, from its Maven jars: the real broker on a machine without a container engine.

Maven downloads the jars named in `tests/pom.xml` once, into `build/kafka/`. There, too, lies a formatted empty data
folder; each broker starts from a copy of it under a cluster id of its own, which saves starting a JVM only to format.
"""

from __future__ import annotations

import base64
import fcntl
import hashlib
import re
import shutil
import subprocess
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from embedded import ports
from embedded.processes import ProcessId
from support.kafka import CannotRun, KafkaServer, project_folder
from support.shared import SharedFolder
from support.tcp_proxy import TcpProxy, proxied
from support.waiting import eventually

_POM = Path(__file__).parents[1] / "pom.xml"
_OLDEST_JAVA = 17
_DOWNLOAD_TIMEOUT_S = 600
_START_TIMEOUT_S = 60
_PORTS = ("port", "controller", "behind_proxy", "proxy")
_JVM = (
    "-Xmx512m",
    "-Xms128m",
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-Xshare:auto",
    "-Djava.awt.headless=true",
)
_LOGGING = f"-Dlog4j2.configurationFile={Path(__file__).parent / 'log4j2.properties'}"

# One node that is broker and controller. `{…}` differ between brokers. What is not the default is here to start fast,
# to use little memory, or to let tests have group sessions of 1 s (the default minimum is 6 s).
_SETTINGS = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@{host}:{controller}
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
listeners=PLAINTEXT://{host}:{port},PROXIED://{host}:{behind_proxy},CONTROLLER://{host}:{controller}
advertised.listeners=PLAINTEXT://{host}:{port},PROXIED://{host}:{proxy}
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,PROXIED:PLAINTEXT
log.dirs={data}
auto.create.topics.enable=false
num.network.threads=2
num.io.threads=4
log.cleaner.threads=1
log.cleaner.dedupe.buffer.size=8388608
log.index.size.max.bytes=1048576
log.initial.task.delay.ms=1000
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=4
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
broker.heartbeat.interval.ms=500
broker.session.timeout.ms=2000
"""


class JvmKafka(KafkaServer):
    """A broker process of our own. It has a second listener, which advertises the address of a fault proxy."""

    profile = "apache"
    port_names: Sequence[str] = _PORTS

    def __init__(self, shared: SharedFolder, name: str) -> None:
        self.title = f"Apache Kafka {version()} (JVM, Maven jars)"
        names = {key: f"{name}-{key}" for key in self.port_names}
        assigned = ports.assign(shared.path, names.values())
        self._ports = {key: assigned[full] for key, full in names.items()}
        self.port = self._ports["port"]
        self._shared = shared
        self._data = shared.path / name
        self._log = shared.path / f"{name}.log"
        self._child: subprocess.Popen[bytes] | None = None

    @property
    def is_running(self) -> bool:
        return ports.is_listening(self.port) if self._child is None else self._child.poll() is None

    def start(self) -> None:
        if self._child is not None and self._child.poll() is None:
            return
        if not self._data.exists():
            self._format()
        settings = self._data.with_suffix(".properties")
        settings.write_text(self._settings(), encoding="utf-8")
        command = [_java(), *_JVM, _LOGGING, "-cp", f"{_jars()}/*", "kafka.Kafka", str(settings)]
        with self._log.open("ab") as log:
            self._child = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )
        if (process := ProcessId.of(self._child.pid)) is not None:
            self._shared.remember(process)
        eventually(self._answers, _START_TIMEOUT_S, what=f"{self.title} answers on port {self.port}")

    def stop(self) -> None:
        if self._child is not None:
            self._child.terminate()
            self._wait(timeout_s=20)

    def kill(self) -> None:
        if self._child is not None:
            self._child.kill()
            self._wait(timeout_s=10)

    def wipe(self) -> None:
        self.kill()
        shutil.rmtree(self._data)
        self.start()

    @contextmanager
    def proxied(self) -> Iterator[TcpProxy]:
        with proxied(self._ports["behind_proxy"], port=self._ports["proxy"]) as proxy:
            yield proxy

    def _settings(self) -> str:
        return _SETTINGS.format(host=ports.HOST, data=self._data, **self._ports)

    def _wait(self, timeout_s: float) -> None:
        if self._child is None:
            return
        try:
            self._child.wait(timeout_s)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()
        self._child = None

    def _answers(self) -> bool:
        if self._child is not None and self._child.poll() is not None:
            message = f"{self.title} ended with status {self._child.returncode}:\n{self._log.read_text()[-3000:]}"
            raise RuntimeError(message)
        return ports.is_listening(self.port)

    def _format(self) -> None:
        """Copies the formatted folder and gives the copy its own identity, as a newly formatted broker has one."""
        shutil.copytree(_formatted(), self._data)
        meta = self._data / "meta.properties"
        text = meta.read_text(encoding="utf-8")
        for key in ("cluster.id", "directory.id"):
            text = re.sub(rf"^{re.escape(key)}=.*$", f"{key}={_kafka_uuid()}", text, flags=re.MULTILINE)
        meta.write_text(text, encoding="utf-8")


def version() -> str:
    """Of Kafka, as `tests/pom.xml` names it."""
    found = re.search(r"<kafka.version>(.+?)</kafka.version>", _POM.read_text(encoding="utf-8"))
    if found is None:
        message = f"{_POM} names no kafka.version."
        raise LookupError(message)
    return found[1]


def require() -> None:
    """Fetches and formats what is missing.

    Raises:
        CannotRun: there is no Java, or the jars cannot be had.
    """
    _require_java()
    fetched_jars()
    with _only_one():
        if not _formatted().exists():
            _format_once(_formatted())


def fetched_jars() -> Path:
    """The folder with the jars, which Maven brings when they are missing.

    Raises:
        CannotRun: they cannot be had.
    """
    with _only_one():
        if not _jars().exists():
            _download(_jars())
    return _jars()


@contextmanager
def _only_one() -> Iterator[None]:
    """One process of this machine at a time."""
    folder = _folder()
    folder.mkdir(parents=True, exist_ok=True)
    with (folder.parent / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _require_java() -> None:
    if shutil.which("java") is None:
        message = "Apache Kafka not used: no java on the PATH"
        raise CannotRun(message)
    result = subprocess.run([_java(), "-version"], capture_output=True, text=True, check=False)
    found = re.search(r'version "(\d+)', result.stderr)
    if found is None or int(found[1]) < _OLDEST_JAVA:
        message = f"Apache Kafka not used: it needs Java {_OLDEST_JAVA} or later"
        raise CannotRun(message)


def _download(jars: Path) -> None:
    if (maven := shutil.which("mvn")) is None:
        message = "Apache Kafka not used: no mvn on the PATH to fetch its jars"
        raise CannotRun(message)
    draft = jars.with_suffix(".draft")
    shutil.rmtree(draft, ignore_errors=True)
    goal = "dependency:copy-dependencies"
    command = [maven, "-q", "-B", "-f", str(_POM), goal, "-DincludeScope=runtime", f"-DoutputDirectory={draft}"]
    try:
        result = subprocess.run(command, capture_output=True, text=True, timeout=_DOWNLOAD_TIMEOUT_S, check=False)
    except subprocess.TimeoutExpired:
        message = f"Apache Kafka not used: mvn did not fetch its jars within {_DOWNLOAD_TIMEOUT_S} s"
        raise CannotRun(message) from None
    if result.returncode != 0:
        first_error = next((line for line in result.stdout.splitlines() if "ERROR" in line), "no message")
        message = f"Apache Kafka not used: mvn could not fetch its jars ({first_error[:200]})"
        raise CannotRun(message)
    draft.rename(jars)


def _format_once(target: Path) -> None:
    draft = target.with_suffix(".draft")
    shutil.rmtree(draft, ignore_errors=True)
    settings = target.with_suffix(".properties")
    places = {name: number for number, name in enumerate(_PORTS, start=1)}
    settings.write_text(_SETTINGS.format(host=ports.HOST, data=draft, **places), encoding="utf-8")
    tool = ["kafka.tools.StorageTool", "format", "-t", _kafka_uuid(), "-c", str(settings)]
    command = [_java(), *_JVM, _LOGGING, "-cp", f"{_jars()}/*", *tool]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode != 0:
        output = (result.stderr or result.stdout).strip().splitlines() or ["no message"]
        message = f"Apache Kafka not used: its storage cannot be formatted ({output[0][:200]})"
        raise CannotRun(message)
    draft.rename(target)


def _folder() -> Path:
    """Named after the pom's content, so that a new version never meets the old one's files."""
    digest = hashlib.sha256(_POM.read_bytes()).hexdigest()[:10]
    return project_folder() / "build" / "kafka" / f"{version()}-{digest}"


def _jars() -> Path:
    return _folder() / "jars"


def _formatted() -> Path:
    return _folder() / "formatted"


def _java() -> str:
    return shutil.which("java") or "java"


def _kafka_uuid() -> str:
    return base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
