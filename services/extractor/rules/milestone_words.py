"""The lexicon's lists as parts of the rules' regular expressions."""

from __future__ import annotations

from functools import partial

from services.extractor.lexicon import group

# Of `seeds/lexicon/milestone.yaml`.
listed = partial(group, "milestone")
