"""Elasticsearch, one node, from Elastic's own build on Maven Central (the server without its optional modules)."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from deploy.local import java
from deploy.local.artifacts import Cache, locked
from deploy.local.errors import StackError
from deploy.local.preflight import Account, Port, unprivileged_account
from deploy.local.processes import Command
from deploy.local.server import Server, http_ok
from services.lifecycle import StopFlag

# For what the usual place cannot hold: a folder that every user can reach and that survives a restart of the machine.
SHARED_FOLDER = Path("/var/tmp")

# Watermarks as free space: by default Elasticsearch stops at 95 % used, which on a large disk may be a hundred gigabytes free.
CONFIGURATION = """\
cluster.name: bulletins-local
node.name: local
path.data: {home}/data
path.logs: {home}/logs
path.repo: {home}/snapshots
http.host: 127.0.0.1
http.port: {port}
transport.host: 127.0.0.1
discovery.type: single-node
xpack.security.enabled: false
cluster.routing.allocation.disk.watermark.low: 1gb
cluster.routing.allocation.disk.watermark.high: 750mb
cluster.routing.allocation.disk.watermark.flood_stage: 500mb
"""

# Warnings of the JVM go where its other output goes; without this it keeps up to 2 GB of garbage collector logs.
JVM_OPTIONS = """\
-Xlog:disable
-Xlog:all=warning:stderr:utctime,level,tags
"""

LOG4J_PROPERTIES = """\
status = error
appender.console.type = Console
appender.console.name = console
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = [%d{ISO8601}][%-5p][%-25c{1.}] %m%n
rootLogger.level = info
rootLogger.appenderRef.console.ref = console
"""


class Elasticsearch(Server):
    """A node on 127.0.0.1 without passwords, with its data in `<folder>/elasticsearch`.

    Started by root it runs as `nobody`, and where that user cannot reach the folder its data go below /var/tmp.
    """

    name = "elasticsearch"
    start_seconds = 180.0  # 7 s of two idle cores, and on a busy machine what that takes

    def __init__(
        self,
        folder: Path,
        port: int = 9200,
        *,
        heap: str = "512m",
        jvm_options: Sequence[str] = (),
        cache: Cache | None = None,
        say: Callable[[str], None] = print,
        stop: StopFlag | None = None,
    ) -> None:
        super().__init__(folder, say=say, stop=stop)
        self.port = port
        self._jvm_options = [f"-Xms{heap}", f"-Xmx{heap}", *jvm_options]
        self._cache = cache or Cache(say=say, stop=self._stop)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def address(self) -> str:
        return self.url

    def ports(self) -> list[Port]:
        return [Port(self.port, "Elasticsearch", "BULLETINS_ELASTICSEARCH_URL")]

    def identity(self) -> Mapping[str, str]:
        return {"port": str(self.port), "jvm_options": " ".join(self._jvm_options)}

    def is_ready(self) -> bool:
        """Whether every primary shard can be read and written."""
        # This build has no `GET /`.
        return http_ok(f"{self.url}/_cluster/health?wait_for_status=yellow&timeout=1s")

    def prepare(self) -> Command:
        account = unprivileged_account()
        jdk = java.find(account.can_read if account else lambda _: True)
        [archive] = [artifact for artifact in locked() if artifact.path.suffix == ".zip"]
        base = reachable_folder(self.folder, account)
        if base != self.folder:
            self._say(
                f"{self.name}: must not run as root, and user {account and account.name} cannot enter {self.folder}; using {base}"
            )
        into = base if account and not account.can_read(self._cache.folder) else None
        program = self._cache.unpack(self.name, archive, into)
        home = base / "elasticsearch"
        self._write_configuration(program, home)
        if account:
            _give(home, account)
        environment = {
            "ES_JAVA_HOME": str(jdk.home),
            "ES_PATH_CONF": str(home / "config"),
            "ES_TMPDIR": str(home / "tmp"),
            "ES_JAVA_OPTS": "",
        }
        return Command([str(program / "bin" / "elasticsearch")], environment, home, account)

    def _write_configuration(self, program: Path, home: Path) -> None:
        for name in ("config", "data", "logs", "snapshots", "tmp"):
            (home / name).mkdir(parents=True, exist_ok=True)
        shutil.copytree(program / "config", home / "config", dirs_exist_ok=True)
        (home / "config" / "elasticsearch.yml").write_text(self.configure(home), "utf-8")
        (home / "config" / "log4j2.properties").write_text(LOG4J_PROPERTIES, "utf-8")
        (home / "config" / "jvm.options.d" / "local.options").write_text(JVM_OPTIONS + "\n".join(self._jvm_options), "utf-8")

    def configure(self, home: Path) -> str:
        """The content of elasticsearch.yml; further files go into `home`/config."""
        return CONFIGURATION.format(home=home, port=self.port)


def reachable_folder(folder: Path, account: Account | None) -> Path:
    """`folder`, or one in its stead below /var/tmp where `account` cannot enter it. Raises StackError if that is not ours."""
    if account is None or account.can_read(folder):
        return folder
    elsewhere = stand_in(folder)
    elsewhere.mkdir(mode=0o755, exist_ok=True)
    # Anybody can write to /var/tmp: a folder that somebody else put there first must not be used.
    if elsewhere.is_symlink() or elsewhere.stat().st_uid != os.geteuid():
        raise StackError(f"{elsewhere} is not ours: remove it, or put the project where user {account.name} can enter.")
    return elsewhere


def stand_in(folder: Path) -> Path:
    """The folder below /var/tmp that stands for `folder`; it need not exist."""
    return SHARED_FOLDER / f"bulletins-{hashlib.sha256(str(folder).encode()).hexdigest()[:12]}"


def _give(folder: Path, account: Account) -> None:
    """Make `account` the owner of everything in `folder`."""
    for parent, _, files in os.walk(folder):
        for path in (parent, *(os.path.join(parent, file) for file in files)):
            os.chown(path, account.uid, account.gid, follow_symlinks=False)
