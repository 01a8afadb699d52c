"""Write `artifacts.sha256` anew: `python -m deploy.local.lock`, after a change of the versions below.

Trust on first use: the hashes are of what Maven Central serves at that moment; read the difference before committing it.
"""

from __future__ import annotations

import hashlib
import tempfile
from pathlib import Path

from jgo.maven import MavenContext

from deploy.local.artifacts import LOCK_FILE

KAFKA = "org.apache.kafka:kafka_2.13:4.3.1"
# Without a binding for SLF4J the broker logs nothing; the version is that of log4j-core among Kafka's own dependencies.
# Taken alone: resolved together with Kafka, its own dependency management would turn back Kafka's Jackson.
KAFKA_LOGGING = "org.apache.logging.log4j:log4j-slf4j-impl:2.25.4"
ELASTICSEARCH = ("org.elasticsearch.distribution.integ-test-zip", "elasticsearch", "9.5.3", "zip")

HEADER = f"""\
# The files that the local servers run from, by their path in a Maven repository, in the form of sha256sum.
# Made by `python -m deploy.local.lock` from {KAFKA}, {KAFKA_LOGGING}
# and {":".join(ELASTICSEARCH)}.
"""


def main() -> None:
    with tempfile.TemporaryDirectory() as scratch:
        context = MavenContext(repo_cache=Path(scratch))
        given, transitive = context.resolver.resolve([context.create_dependency(KAFKA)])
        logging = context.create_dependency(KAFKA_LOGGING)
        group, name, version, packaging = ELASTICSEARCH
        elasticsearch = context.project(group, name).at_version(version).artifact(packaging=packaging)
        artifacts = [elasticsearch, *(dependency.artifact for dependency in [*given, logging, *transitive])]
        paths = sorted(Path(artifact.resolve()) for artifact in artifacts)
        lines = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(scratch).as_posix()}\n" for path in paths]
    LOCK_FILE.write_text(HEADER + "".join(lines), "utf-8")
    print(f"{LOCK_FILE}: {len(lines)} files")


if __name__ == "__main__":
    main()
