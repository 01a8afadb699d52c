"""Extract the annotated bulletins and score the events: `make eval`, or

    python -m tests.eval.evaluate [SET ...] [--misses] [--each]

SET is a folder of tests/gold: seeds and districts (what the rules must read nearly perfectly), dev (to build on), heldout (looked
at only as figures: --misses refuses it unless it is named with --peek). Exit status 1 where a set falls below its floor.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import defaultdict
from pathlib import Path

import yaml

from services.commands.files import bulletin_of
from services.contracts import Bulletin, json_dict
from services.extractor.extract import extract
from tests.eval import score

GOLD = Path(__file__).resolve().parents[1] / "gold"
FLOORS = Path(__file__).with_name("floors.yaml")
SETS = ("seeds", "districts", "dev", "heldout")

Counts = dict[str, tuple[int, int, int]]
Slots = dict[tuple[str, str], list[int]]


def evaluate(gold_file: Path) -> tuple[Counts, Slots, list[dict[str, object]], list[dict[str, object]]]:
    """Score one annotated bulletin: counts by type, slot agreement, missed gold events, spurious events."""
    gold = score.load(gold_file)
    text_file = gold.pop(0)["text_file"]
    bulletin = annotated(gold_file.parent / text_file)
    return score.score(gold, [json_dict(event) for event in extract(bulletin).events], bulletin.text)  # type: ignore[no-any-return]


def annotated(text_file: Path) -> Bulletin:
    """The bulletin of an annotated text, described as `bulletins extract` and the watcher do it."""
    bulletin = bulletin_of(str(text_file))
    # The annotations count in the text as it was annotated.
    assert bulletin.text == text_file.read_text("utf-8").lstrip("\ufeff").replace("\r\n", "\n"), text_file
    return bulletin


def total(results: list[tuple[Counts, Slots]]) -> tuple[Counts, Slots]:
    counts = {kind: tuple(sum(c[kind][i] for c, _ in results) for i in range(3)) for kind in score.TYPES}
    slots: Slots = defaultdict(lambda: [0, 0])
    for _, each in results:
        for key, (hit, of) in each.items():
            slots[key][0] += hit
            slots[key][1] += of
    return counts, slots  # type: ignore[return-value]


def f1(counts: Counts) -> float:
    matched, got, gold = (sum(counts[kind][i] for kind in score.TYPES) for i in range(3))
    return 2 * matched / (got + gold) if got + gold else 1.0


def slot_rate(slots: Slots) -> float:
    hit, of = (sum(value[i] for value in slots.values()) for i in (0, 1))
    return hit / of if of else 1.0


def measure(name: str, misses: bool = False, each: bool = False) -> tuple[float, float]:
    """Print the table of one set; returns overall F1 and the rate of right slots."""
    results = []
    for gold_file in sorted((GOLD / name).glob("*.jsonl")):
        counts, slots, missed, spurious = evaluate(gold_file)
        results.append((counts, slots))
        if each:
            print(f"{name}/{gold_file.stem}  F1 {f1(counts):.3f}  slots {slot_rate(slots):.3f}")
        if misses:
            for event in missed:
                print(
                    f"{gold_file.stem} MISSED  ", json.dumps({k: v for k, v in event.items() if k != "span"}, ensure_ascii=False)
                )
            for event in spurious:
                print(f"{gold_file.stem} SPURIOUS", json.dumps(_brief(event), ensure_ascii=False))
    counts, slots = total(results)
    print(f"== {name}: {len(results)} bulletins")
    score.report(counts, slots)
    return f1(counts), slot_rate(slots)


def _brief(event: dict[str, object]) -> dict[str, object]:
    shown = ("event_type", "subject", "metric", "amount", "project", "stage", "honor", "recipient", "status", "rule", "evidence")
    return {key: event[key] for key in shown if event.get(key) is not None}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sets", nargs="*", metavar="SET")
    parser.add_argument("--misses", action="store_true")
    parser.add_argument("--each", action="store_true")
    parser.add_argument("--peek", action="store_true")
    arguments = parser.parse_args()
    floors = yaml.safe_load(FLOORS.read_text("utf-8"))
    below = []
    for name in arguments.sets or SETS:
        misses = arguments.misses and (name != "heldout" or arguments.peek)
        reached = measure(name, misses, arguments.each)
        for label, value, floor in zip(("f1", "slots"), reached, (floors[name]["f1"], floors[name]["slots"]), strict=True):
            if value < floor:
                below.append(f"{name}: {label} {value:.3f} is below its floor {floor}")
    print("\n".join(below))
    return 1 if below else 0


if __name__ == "__main__":
    sys.exit(main())
