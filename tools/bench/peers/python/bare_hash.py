"""Times the check of a password alone."""

import time

from argon2 import PasswordHasher

hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


def handler(event, _):
    started, before = time.perf_counter(), time.process_time()
    hasher.verify(event["hash"], event["password"])
    return {"ms": (time.perf_counter() - started) * 1000, "cpu_ms": (time.process_time() - before) * 1000}
