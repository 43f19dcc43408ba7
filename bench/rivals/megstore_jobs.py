"""Does jobs with megstore and says how long each took.

Each line of standard input is a job as JSON; each line of standard output is its answer, `{"seconds": …}`.
"""

import json
import os
import sys
import time

from megstore.indexed import indexed_jsonline_open, indexed_msgpack_open


CLOCKS = {"wall": time.perf_counter, "cpu": time.process_time}


def opened(job, path, mode):
    opener = indexed_msgpack_open if job.get("format") == "msgpack" else indexed_jsonline_open
    return opener(path, mode)


def forget_index(path):
    if os.path.exists(path + ".idx"):
        os.remove(path + ".idx")


def build(job, clock):
    forget_index(job["path"])
    start = clock()
    opened(job, job["path"], "r").close()
    return clock() - start


def get(job, clock):
    indices = job["indices"]
    with opened(job, job["path"], "r") as reader:
        start = clock()
        for index in indices:
            reader[index]
        return clock() - start


def iterate(job, clock):
    with opened(job, job["path"], "r") as reader:
        start = clock()
        for record in reader[0 : job["records"]]:
            pass
        return clock() - start


def append(job, clock):
    with open(job["path"], "rb") as source:
        values = [json.loads(next(source)) for _ in range(job["records"])]
    target = job["path"] + ".megstore"
    every = job["commitEvery"]
    start = clock()
    with opened(job, target, "w") as writer:
        for number, value in enumerate(values, 1):
            writer.append(value)
            if number % every == 0:
                writer.commit()
    seconds = clock() - start
    forget_index(target)
    os.remove(target)
    return seconds


JOBS = {"build": build, "get": get, "iterate": iterate, "append": append}

for line in sys.stdin:
    job = json.loads(line)
    print(json.dumps({"seconds": JOBS[job["job"]](job, CLOCKS[job["clock"]])}), flush=True)
