"""Write `artifacts.sha256`, `charts.sha256` and `strimzi.sha256` anew: `python -m deploy.local.lock`, after a change of the versions below.

Trust on first use: the hashes are of what Maven Central serves at that moment; read the difference before committing it.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Sequence
from pathlib import Path

from jgo.maven import Artifact, MavenContext

from deploy.local.artifacts import LOCK_FILE
from deploy.local.charts import CHARTS_LOCK

KAFKA = "org.apache.kafka:kafka_2.13:4.3.1"
# Without a binding for SLF4J the broker logs nothing; the version is that of log4j-core among Kafka's own dependencies.
# Taken alone: resolved together with Kafka, its own dependency management would turn back Kafka's Jackson.
KAFKA_LOGGING = "org.apache.logging.log4j:log4j-slf4j-impl:2.25.4"
CHARTS = ("org.webjars.npm", "uplot", "1.6.30", "jar")
STRIMZI = (("io.strimzi", "api", "1.2.0", "jar"), ("io.strimzi", "crd-generator", "1.2.0", "jar"))
ELASTICSEARCH = ("org.elasticsearch.distribution.integ-test-zip", "elasticsearch", "9.5.3", "zip")

STRIMZI_LOCK = CHARTS_LOCK.with_name("strimzi.sha256")
STRIMZI_HEADER = (
    "# What tests/contract makes the schemas of Strimzi's resources with, in the form of sha256sum; made like artifacts.sha256.\n"
)
CHARTS_HEADER = "# What the explore page draws its charts with, in the form of sha256sum; made like artifacts.sha256.\n"
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
        artifacts = [_alone(context, ELASTICSEARCH), *(dependency.artifact for dependency in [*given, logging, *transitive])]
        _write(LOCK_FILE, HEADER, artifacts, Path(scratch))
        _write(CHARTS_LOCK, CHARTS_HEADER, [_alone(context, CHARTS)], Path(scratch))
        _write(STRIMZI_LOCK, STRIMZI_HEADER, [_alone(context, each) for each in STRIMZI], Path(scratch))


def _alone(context: MavenContext, coordinates: tuple[str, str, str, str]) -> Artifact:
    """Without what it depends on."""
    group, name, version, packaging = coordinates
    return context.project(group, name).at_version(version).artifact(packaging=packaging)


def _write(file: Path, header: str, artifacts: Sequence[Artifact], folder: Path) -> None:
    paths = sorted(Path(artifact.resolve()) for artifact in artifacts)
    lines = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(folder).as_posix()}\n" for path in paths]
    file.write_text(header + "".join(lines), "utf-8")
    print(f"{file}: {len(lines)} files")


if __name__ == "__main__":
    main()
