#!/usr/bin/env python3
"""Score extracted events against gold annotations, bulletin by bulletin.

    score.py GOLD.jsonl EVENTS.ndjson [--text TEXT_FILE] [--misses]

GOLD.jsonl     one JSON object a line: the contract's fields that can be checked, plus `quote` (evidence, compared with white space
               left out) and, where the quote stands more than once, `occurrence` (1-based). A name that the text gives in two
               forms may be a list of both. An event with "optional": true is debatable: found or not, it counts neither way.
EVENTS.ndjson  one event of the contract a line, all from the same bulletin.
TEXT_FILE      the bulletin's text; default: the file named on gold's first line as {"text_file": ...}, beside GOLD.jsonl.

An extracted event matches a gold event of the same type when their evidence overlaps and its core agrees:
  investment_report  the amount (within 0.5 %; or, where gold has none, change_percent or plan_percent) and the metric
  project_milestone  the stage, and the project's name (character-bigram Dice of at least 0.5)
  accolade           the honour and, where gold names one, the recipient (Dice of at least 0.5 each)
Matching is one to one and maximal. Prints precision, recall and F1 for each type and overall, then, on the matched events, how
often each further slot agrees. Exit status 0 unless the input is unusable.
"""

import argparse
import collections
import json
import pathlib
import re
import sys

TYPES = ("investment_report", "project_milestone", "accolade")
SLOTS = {
    "investment_report": ("status", "period", "subject", "bound", "change_percent", "plan_percent", "project_count"),
    "project_milestone": ("status", "period", "organization", "project_count", "progress_percent"),
    "accolade": ("status", "period", "recipient_count", "level", "rank"),
}


def squeeze(text):
    """Return text without white space, and each kept character's place in the original."""
    kept = [(c, i) for i, c in enumerate(text) if not c.isspace()]
    return "".join(c for c, _ in kept), [i for _, i in kept]


def locate(text, quote, occurrence=1):
    """Return the [start, end) of the quote's n-th occurrence in text, white space aside; None if it is not there."""
    flat, places = squeeze(text)
    needle, at = squeeze(quote)[0], -1
    for _ in range(occurrence):
        at = flat.find(needle, at + 1)
        if at < 0 or not needle:
            return None
    return places[at], places[at + len(needle) - 1] + 1


def dice(a, b):
    """Similarity of two names in 0..1: character bigrams, white space and punctuation left out; of a list of names, the best."""
    if isinstance(a, list):
        return max(dice(name, b) for name in a)
    a, b = (re.sub(r"[\W_]+", "", x or "") for x in (a, b))
    if not a or not b:
        return float(a == b)
    if a in b or b in a:
        return max(0.5, 2 * min(len(a), len(b)) / (len(a) + len(b))) if min(len(a), len(b)) > 1 else 0.0
    grams = [collections.Counter(x[i : i + 2] for i in range(len(x) - 1)) for x in (a, b)]
    both = sum((grams[0] & grams[1]).values())
    return 2 * both / max(1, sum(grams[0].values()) + sum(grams[1].values()))


def near(a, b):
    if a is None or b is None:
        return a is b
    return abs(a - b) <= 0.005 * max(abs(a), abs(b))


def value(event):
    amount = event.get("amount")
    return amount.get("value") if isinstance(amount, dict) else amount


def slot(event, name):
    if name == "bound":
        amount = event.get("amount")
        return amount.get("bound", "exact") if isinstance(amount, dict) else None
    if name == "period":
        period = event.get("period") or {}
        return (period.get("start"), period.get("end"))
    return event.get(name)


def core(gold, got):
    """The strength of a match, or 0 when the core disagrees."""
    if gold["event_type"] == "investment_report":
        if gold.get("metric") != got.get("metric"):
            return 0
        if value(gold) is not None:
            return 1 if near(value(gold), value(got)) else 0
        keys = [k for k in ("change_percent", "plan_percent") if gold.get(k) is not None]
        return 1 if value(got) is None and keys and all(near(gold[k], got.get(k)) for k in keys) else 0
    if gold["event_type"] == "project_milestone":
        likeness = dice(gold.get("project"), got.get("project"))
        return likeness if gold.get("stage") == got.get("stage") and likeness >= 0.5 else 0
    likeness = [dice(gold.get(k), got.get(k)) for k in ("honor", "recipient") if gold.get(k)]
    return sum(likeness) / len(likeness) if likeness and min(likeness) >= 0.5 else 0


def assign(edges, n_gold):
    """Maximum one-to-one matching (augmenting paths, strongest edges first)."""
    by_gold = collections.defaultdict(list)
    for _strength, g, e in sorted(edges, reverse=True):
        by_gold[g].append(e)
    owner = {}

    def place(g, seen):
        for e in by_gold[g]:
            if e not in seen:
                seen.add(e)
                if e not in owner or place(owner[e], seen):
                    owner[e] = g
                    return True
        return False

    for g in range(n_gold):
        place(g, set())
    return {g: e for e, g in owner.items()}


def agree(name, a, b):
    if name in ("subject", "organization", "rank"):
        return a == b if a is None or b is None else dice(a, b) >= 0.5
    if isinstance(a, (int, float)) and isinstance(b, (int, float)):
        return near(a, b)
    return a == b


def load(path):
    return [json.loads(line) for line in pathlib.Path(path).read_text("utf-8").splitlines() if line.strip()]


def score(gold, events, text):
    """Return (counts by type, slot agreement, missed gold, spurious events). Raises ValueError on unusable gold."""
    for g in gold:
        span = locate(text, g["quote"], g.get("occurrence", 1))
        if span is None:
            raise ValueError(f"gold quote not in the text: {g['quote']!r}")
        g["span"] = span
    counts, slots, missed, spurious = {}, collections.defaultdict(lambda: [0, 0]), [], []
    for kind in TYPES:
        gs = [g for g in gold if g["event_type"] == kind]
        es = [e for e in events if e.get("event_type") == kind]
        edges = []
        for i, g in enumerate(gs):
            for j, e in enumerate(es):
                ev = e.get("evidence") or {}
                start, end = ev.get("start", -1), ev.get("end", -1)
                overlap = min(end, g["span"][1]) - max(start, g["span"][0])
                strength = core(g, e) if overlap > 0 else 0
                if strength:
                    edges.append((strength + 0.1 * overlap / max(1, end - start), i, j))
        pairs = assign(edges, len(gs))
        used = set(pairs.values())
        optional = {i for i, g in enumerate(gs) if g.get("optional")}
        freed = len(optional & pairs.keys())
        counts[kind] = (len(pairs) - freed, len(es) - freed, len(gs) - len(optional))
        missed += [g for i, g in enumerate(gs) if i not in pairs and i not in optional]
        spurious += [e for j, e in enumerate(es) if j not in used]
        for i, j in pairs.items():
            for name in SLOTS[kind]:
                if name in gs[i] or name in ("status", "bound"):
                    slots[kind, name][0] += agree(name, slot(gs[i], name), slot(es[j], name))
                    slots[kind, name][1] += 1
    return counts, slots, missed, spurious


def report(counts, slots):
    def line(label, tp, n_got, n_gold):
        p, r = tp / n_got if n_got else 0.0, tp / n_gold if n_gold else 0.0
        f = 2 * p * r / (p + r) if p + r else 0.0
        print(f"{label:<20} P {p:.3f}  R {r:.3f}  F1 {f:.3f}   ({tp} matched, {n_got} extracted, {n_gold} gold)")
        return f

    for kind in TYPES:
        line(kind, *counts[kind])
    total = line("overall", *(sum(counts[k][i] for k in TYPES) for i in range(3)))
    hit, of = (sum(v[i] for v in slots.values()) for i in (0, 1))
    print("slots on matched: " + (f"{hit / of:.3f} ({hit}/{of})" if of else "none"))
    for (kind, name), (hit, of) in sorted(slots.items()):
        print(f"  {kind}.{name}: {hit}/{of}")
    return total


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("gold")
    ap.add_argument("events")
    ap.add_argument("--text")
    ap.add_argument("--misses", action="store_true", help="list what was missed and what was spurious")
    a = ap.parse_args()
    gold = load(a.gold)
    head = gold.pop(0) if gold and "text_file" in gold[0] else {}
    path = a.text or (pathlib.Path(a.gold).parent / head["text_file"] if head else sys.exit("no text: give --text"))
    text = pathlib.Path(path).read_text("utf-8").lstrip("\ufeff").replace("\r\n", "\n")
    try:
        counts, slots, missed, spurious = score(gold, load(a.events), text)
    except ValueError as e:
        sys.exit(str(e))
    report(counts, slots)
    if a.misses:
        for g in missed:
            print("MISSED  ", json.dumps({k: v for k, v in g.items() if k != "span"}, ensure_ascii=False))
        for e in spurious:
            print(
                "SPURIOUS",
                json.dumps(
                    {
                        k: e.get(k)
                        for k in (
                            "event_type",
                            "subject",
                            "metric",
                            "amount",
                            "project",
                            "stage",
                            "honor",
                            "recipient",
                            "status",
                            "evidence",
                        )
                        if e.get(k) is not None
                    },
                    ensure_ascii=False,
                ),
            )


if __name__ == "__main__":
    main()
