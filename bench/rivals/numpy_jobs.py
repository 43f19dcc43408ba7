"""NumPy's memory maps as a rival of blobs: rows of 768 float32."""

import json
import sys
import time

import numpy as np

WIDTH = 768
STEP = 4096


def opened(path):
    return np.memmap(path, np.float32, "r").reshape(-1, WIDTH)


def get(job):
    rows = opened(job["path"])
    return lambda: [np.array(rows[index]) for index in job["indices"]]


def batch(job):
    rows = opened(job["path"])
    indices = np.array(job["indices"]).reshape(-1, 512)
    return lambda: [rows[each] for each in indices]


def iterate(job):
    rows = opened(job["path"])
    target = np.empty((STEP, WIDTH), np.float32)

    def run():
        for at in range(0, len(rows), STEP):
            part = rows[at : at + STEP]
            np.copyto(target[: len(part)], part)

    return run


def append(job):
    count = job["records"]
    part = np.ones((1000, WIDTH), np.float32)

    def run():
        rows = np.memmap(job["path"], np.float32, "w+", shape=(count, WIDTH))
        for at in range(0, count, 1000):
            rows[at : at + 1000] = part
        del rows

    return run


JOBS = {"get": get, "batch": batch, "iterate": iterate, "append": append}

for line in sys.stdin:
    job = json.loads(line)
    clock = time.process_time if job["clock"] == "cpu" else time.perf_counter
    run = JOBS[job["job"]](job)
    start = clock()
    run()
    print(json.dumps({"seconds": clock() - start}), flush=True)
