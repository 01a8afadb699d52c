"""`make faults`: a load while services and servers are killed, frozen and refuse to work; then the proof that nothing was lost.

`python -m tests.faults.run [--bulletins N] [--seed N]` starts servers of its own, prints a table and writes
`build/faults/faults.json`. Exit code 1 where a promise does not hold.
"""

from __future__ import annotations

import argparse
import json
import signal
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from kafka import KafkaProducer
from kafka.errors import KafkaError

from deploy.local.services import environment
from services.ops.journal import JournalError
from services.ops.reconcile import reconcile
from services.settings import PROJECT
from tests.faults import proof
from tests.faults.field import Field, Recovery
from tests.faults.load import Poison, Write, oracle, poison, standing, writes
from tests.faults.plan import FULL, SERVERS, WORKERS, Fault, Scale, plan
from tests.faults.proof import Check, Losses
from tests.servers import reachable_folder

# New bulletins still come while the last faults are recovered from.
AFTER_SECONDS = 30.0
SETTLE_SECONDS = 300.0
LOOK_SECONDS = 2.0
STOP_SECONDS = 10.0
RECOVERY_SECONDS = 15.0
RECONCILE_SECONDS = "60"


class Result(NamedTuple):
    """`checks` have to hold on any machine, `timed` ones on one that is not too busy."""

    checks: list[Check]
    timed: list[Check]
    recoveries: list[Recovery]
    facts: dict[str, Any]

    @property
    def holds(self) -> bool:
        return all(check.holds for check in (*self.checks, *self.timed))


def run(folder: Path, count: int, seed: int, scale: Scale, say: Callable[[str], None], **changed: object) -> Result:
    """The whole run, with servers of its own below `folder`; `changed` are settings of the services."""
    faults, load, bad = plan(seed, scale), writes(count, seed), poison(max(1, count // 200))
    seconds = scale.total_seconds + min(AFTER_SECONDS, scale.length_seconds)
    with Field(folder, say, **changed) as field:
        begin = time.monotonic()
        feeding = threading.Thread(target=_feed, args=(field, load, bad, begin, seconds), daemon=True)
        feeding.start()
        say(f"{len(standing(load))} bulletins, {len(bad)} poison messages and {len(faults)} faults in {seconds:.0f} s")
        field.run(faults, begin)
        feeding.join()
        say("the load is over; waiting until all of it is through")
        settled = _wait_until_settled(field, len(standing(load)), begin)
        expected = oracle(load)
        found = proof.gather(field.direct)
        losses = _losses(field, faults)
        checks = proof.judge(found, expected, bad, losses)
        checks += [Check("not settled in time", not settled, 0), Check("reconcile differs", _reconcile_command(field) != 0, 0)]
        stops = {name: program.stop() for name, program in field.programs.items()}
        checks.append(Check("exit codes of a stop that are not 0", sum(code != 0 for code, _ in stops.values()), 0))
        facts = {
            "bulletins": len(standing(load)),
            "files_written": len(load),
            "poison": len(bad),
            "seed": seed,
            "events": len(expected),
            "event_messages_again": proof.repeated_events(found, bad),
            "losses": losses._asdict(),
            "kills": {name: program.kills for name, program in field.programs.items()},
            "stops": {name: (code, round(seconds, 1)) for name, (code, seconds) in stops.items()},
            "ended_by_themselves": {name: program.own_exits for name, program in field.programs.items()},
            "seconds": round(time.monotonic() - begin, 1),
        }
        slowest_stop = max(seconds for _, seconds in stops.values())
        timed = [Check("slowest stop, s", round(slowest_stop, 1), STOP_SECONDS), *_recovery_checks(field.recoveries, scale)]
        return Result(checks, timed, sorted(field.recoveries), facts)


def _feed(field: Field, load: Sequence[Write], bad: Sequence[Poison], begin: float, seconds: float) -> None:
    """Evenly over the time; poison among it. Messages wait for the broker, files for nobody."""
    items: list[tuple[float, Write | Poison]] = [(seconds * number / len(load), write) for number, write in enumerate(load)]
    items += [(seconds * number / len(bad), item) for number, item in enumerate(bad)]
    messages: list[Poison] = []
    ended = threading.Event()
    sending = threading.Thread(target=_send_poison, args=(field, messages, ended), daemon=True)
    sending.start()
    for at, item in sorted(items, key=lambda timed: timed[0]):
        if field.over.wait(max(0.0, begin + at - time.monotonic())):
            break
        write = item if isinstance(item, Write) else item.file
        if write is None:
            messages.append(item)  # type: ignore[arg-type]
        else:
            path = field.watched / write.name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(write.content)
    ended.set()
    sending.join()
    field.load_ended.set()


def _send_poison(field: Field, messages: list[Poison], ended: threading.Event) -> None:
    done = 0
    while not field.over.is_set() and not (ended.is_set() and done == len(messages)):
        try:
            producer = KafkaProducer(bootstrap_servers=field.direct.kafka_bootstrap, bootstrap_timeout_ms=5000)
        except KafkaError:
            continue
        try:
            while not field.over.is_set() and not (ended.is_set() and done == len(messages)):
                if done == len(messages):
                    field.over.wait(0.1)
                    continue
                sent = messages[done].message
                assert sent is not None
                producer.send(sent.topic, key=sent.key, value=sent.value, headers=sent.headers).get(timeout=60)
                done += 1
        except KafkaError:
            continue
        finally:
            producer.close(timeout=2)


def _wait_until_settled(field: Field, bulletins: int, begin: float) -> bool:
    deadline = time.monotonic() + SETTLE_SECONDS
    while time.monotonic() < deadline:
        watcher = field.programs["watcher"]
        quiet = watcher.get("/readyz")[0] == 200 and not watcher.metric("messages_pending") + watcher.metric("files_settling")
        try:
            summary, differences = reconcile(field.direct)
        except JournalError:
            continue
        if quiet and not differences and summary.bulletins >= bulletins:
            return True
        time.sleep(LOOK_SECONDS)
    return False


def _losses(field: Field, faults: Sequence[Fault]) -> Losses:
    """Each kill, each process that ended by itself, and each outage of the broker, which may end every session."""
    outages = sum(fault.target == "broker" for fault in faults)

    def lost(*names: str) -> int:
        programs = [field.programs[name] for name in names]
        return sum(program.kills + len(program.own_exits) + outages for program in programs)

    return Losses(lost("watcher"), lost(*WORKERS))


def _reconcile_command(field: Field) -> int:
    command = [sys.executable, "-m", "services.cli", "reconcile", "--wait", RECONCILE_SECONDS]
    return subprocess.run(command, cwd=PROJECT, env=environment(field.direct), check=False).returncode


def _recovery_checks(recoveries: Sequence[Recovery], scale: Scale) -> list[Check]:
    """Of workers that were killed while nothing else was wrong that they depend on."""
    if not scale.alone:
        return []
    alone = [item for item in recoveries if item.fault.target in WORKERS and _is_alone(item, recoveries)]
    slowest = max((float("inf") if item.seconds is None else item.seconds for item in alone), default=float("inf"))
    return [
        Check("recovery of a worker alone, slowest, s", round(slowest, 1), RECOVERY_SECONDS),
        Check("recoveries alone that were to be seen and were not", max(0, scale.alone - len(alone)), 0),
    ]


def _is_alone(item: Recovery, recoveries: Sequence[Recovery]) -> bool:
    end = item.recovered or float("inf")
    return not any(
        other is not item
        and other.fault.target in ("broker", *WORKERS)
        and other.began < end
        and (other.recovered or float("inf")) > item.began
        for other in recoveries
    )


def table(result: Result) -> list[str]:
    lines = [f"{'what':<52} {'found':>10} {'at most':>12}"]
    for check in (*result.checks, *result.timed):
        lines.append(f"{check.name:<52} {check.value:>10,} {check.most:>12,}  {'' if check.holds else 'BROKEN'}".rstrip())
    lines += ["", f"{'recovery after':<28} {'times':>6} {'median s':>9} {'most s':>7}"]
    kinds = sorted(
        {(item.fault.target, item.fault.action) for item in result.recoveries}, key=lambda kind: (kind[0] in SERVERS, kind)
    )
    for target, action in kinds:
        of_kind = [item for item in result.recoveries if (item.fault.target, item.fault.action) == (target, action)]
        known = [item.seconds for item in of_kind if item.seconds is not None]
        middle = f"{statistics.median(known):>9.1f} {max(known):>7.1f}" if known else f"{'-':>9} {'-':>7}"
        lines.append(f"{target + ' ' + action:<28} {len(of_kind):>6} {middle}")
    return [*lines, "", json.dumps(result.facts)]


def written(result: Result) -> dict[str, Any]:
    """For build/faults."""
    return {
        "holds": result.holds,
        **result.facts,
        "checks": [{**check._asdict(), "holds": check.holds} for check in (*result.checks, *result.timed)],
        "recoveries": [
            {
                **item.fault._asdict(),
                "began": round(item.began, 1),
                "restored": round(item.restored, 1),
                "recovery_seconds": None if item.seconds is None else round(item.seconds, 1),
            }
            for item in result.recoveries
        ],
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--bulletins", type=int, default=2500)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, default=PROJECT / "build" / "faults" / "faults.json")
    parser.add_argument("--keep", type=Path, help="a new folder for logs and data, which stays")
    arguments = parser.parse_args()
    # A terminated run must stop its servers as an interrupted one does.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    if arguments.keep:
        arguments.keep.mkdir(parents=True)
        result = run(arguments.keep, arguments.bulletins, arguments.seed, FULL, _say)
    else:
        with reachable_folder() as folder:
            result = run(folder, arguments.bulletins, arguments.seed, FULL, _say)
    print("\n".join(table(result)))
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    arguments.out.write_text(json.dumps(written(result), indent=2) + "\n", "utf-8")
    return 0 if result.holds else 1


def _say(words: str) -> None:
    print(words, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
