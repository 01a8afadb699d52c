"""A service on a machine whose clock is wrong: `python -m tests.integration.other_clock SECONDS COMMAND…`, that many seconds ahead."""

from __future__ import annotations

import sys
import time

from services.cli import main

if __name__ == "__main__":
    ahead, right = float(sys.argv.pop(1)), time.time
    time.time = lambda: right() + ahead
    main()
