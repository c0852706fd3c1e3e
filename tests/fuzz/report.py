"""What the callers' runs come to: a table, what is wrong, and whether anything is. Arguments: the tallies."""

import json
import sys
from collections import Counter

CALLERS = {"anonymous": "", "user": "Authenticated", "staff": "Staff", "superuser": "Superuser"}
# Calls that end in 429, of all of a caller's: more would mean that limits answer in place of endpoints.
MOST_LIMITED = 0.1
# What a caller never gets done although the level allows it.
NEVER = {("superuser", "POST /v1/users/me/erase"): "a superuser's account can't be erased: 409 `superuser_account`"}


def may(caller: str, level: str) -> bool:
    """Whether the level admits the caller."""
    return level == "Public" or level == CALLERS[caller] or (level == "Authenticated" and caller != "anonymous")


def wrong(caller: str, operation: str, level: str, statuses: Counter) -> str | None:
    """What is wrong with the answers to a caller, if anything is."""
    done = any(200 <= status < 300 for status in statuses)
    expected = may(caller, level) and (caller, operation) not in NEVER
    if any(status >= 500 for status in statuses):
        return "a server error"
    if done != expected:
        return "a success that the level forbids" if done else "no success at all"
    return None


def main(files: list[str]) -> int:
    """Prints the report; how many expectations failed."""
    tallies = {}
    for file in files:
        with open(file) as text:
            told = json.load(text)
        statuses = {name: Counter({int(s): n for s, n in all.items()}) for name, all in told["statuses"].items()}
        tallies[told["caller"]] = (told["levels"], statuses)
    failures, passed = [], 0
    operations = sorted({(path, name) for _, all in tallies.values() for name in all for path in [name.split()[-1]]})
    width = max(len(name) for _, name in operations)
    print(f"{'':{width}} " + " ".join(f"{caller:32}" for caller in tallies))
    for _, operation in operations:
        cells = []
        for caller, (levels, all) in tallies.items():
            statuses = all.get(operation, Counter())
            cells.append(" ".join(f"{status}:{count}" for status, count in sorted(statuses.items())))
            if operation in levels:
                problem = wrong(caller, operation, levels[operation], statuses)
                failures += [f"{operation} as {caller}: {problem}"] if problem else []
                passed += not problem
        print(f"{operation:{width}} " + " ".join(f"{cell:32}" for cell in cells))
    for caller, (_, all) in tallies.items():
        calls = sum(map(Counter.total, all.values()))
        limited = sum(statuses[429] for statuses in all.values())
        good = sum(count for statuses in all.values() for status, count in statuses.items() if status < 300)
        print(f"{caller}: {calls} calls, {good / calls:.0%} succeeded, {limited / calls:.1%} met a limit")
        fits = 0 < limited <= MOST_LIMITED * calls
        failures += [] if fits else [f"{caller}: {limited} of {calls} calls met a limit"]
        passed += fits
    for (caller, operation), reason in NEVER.items():
        print(f"never done: {operation} as {caller}: {reason}")
    for failure in failures:
        print(f"FAIL {failure}")
    print(f"{passed} {len(failures)}", file=sys.stderr)
    return len(failures)


if __name__ == "__main__":
    sys.exit(min(main(sys.argv[1:]), 1))
