"""`python -m tests.integration.fuzz_api` has schemathesis ask an API over the sample bulletins everything that it can think of.

No answer may be 5xx, differ from the schemas of the OpenAPI document or have a status that the document does not name; what the
document forbids has to be refused. The same values each time. Ends with 1 and schemathesis's report where something is found.
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

from deploy.local.elasticsearch import Elasticsearch
from deploy.local.preflight import free_port
from services.settings import PROJECT
from tests.browser.data import filled
from tests.integration.api_process import running
from tests.servers import reachable_folder, settings_for

PROGRAM = Path(sys.executable).with_name("schemathesis")
CONFIGURATION = Path(__file__).with_name("schemathesis.toml")
SEED = 7
# It needs Kafka, and schemathesis would wait for its end.
ENDLESS = "streamEvents"
# Random values for each operation: with them it takes some ten minutes on two cores, most of it for the values that are chosen.
RANDOM = 50
# What an API that nobody counts may be asked.
RATE = 1_000_000


def ask(url: str, report: Path, *arguments: str) -> dict[str, Any]:
    """What schemathesis found, and under `output` what it printed."""
    command = [
        str(PROGRAM), "--config-file", str(CONFIGURATION), "run", f"{url}/openapi.json", "--seed", str(SEED), "--no-color",
        "--generation-deterministic", "--continue-on-failure", "--exclude-operation-id", ENDLESS, "--report", "json", "--report-json-path", str(report), *arguments,
    ]  # fmt: skip
    done = subprocess.run(command, cwd=report.parent, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if not report.exists():
        raise RuntimeError(done.stdout)
    return {**json.loads(report.read_text("utf-8")), "output": done.stdout}


def main() -> int:
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with reachable_folder() as folder, Elasticsearch(folder, free_port()) as server:
        settings = settings_for("127.0.0.1:9", server.url, folder).model_copy(update={"api_rate_per_minute": RATE})
        with filled(settings), running(settings) as api:
            found = ask(api.url, PROJECT / "build" / "schemathesis.json", "--max-examples", str(RANDOM))
    print(found["output"])
    return int(found["exit_code"])


if __name__ == "__main__":
    (PROJECT / "build").mkdir(exist_ok=True)
    raise SystemExit(main())
