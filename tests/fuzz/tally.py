"""Counts responses per operation, and stores the counts when the run ends."""

import atexit
import json
from collections import Counter, defaultdict
from pathlib import Path


def is_described(case) -> bool:
    """Whether the call has the operation's method. Some calls test that other methods don't exist."""
    return case.method.lower() == case.operation.method.lower()


class Tally:
    """The statuses of the responses to one caller."""

    def __init__(self, caller: str, file: Path) -> None:
        self.caller = caller
        self.file = file
        self.statuses: defaultdict[str, Counter[int]] = defaultdict(Counter)
        atexit.register(self.write)

    def count(self, case, status: int) -> None:
        """Counts a response. Responses to undescribed methods are counted separately."""
        self.statuses[case.operation.label if is_described(case) else "other methods"][status] += 1

    def write(self) -> None:
        """Stores the counts for the report."""
        self.file.write_text(json.dumps({"caller": self.caller, "statuses": self.statuses}))
