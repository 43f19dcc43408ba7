"""Does jobs with tfd-utils and says how long each took.

Each line of standard input is a job as JSON; each line of standard output is its answer, `{"seconds": …}`.
"""

import contextlib
import json
import os
import sys
import time

from tfd_utils.random_access import TFRecordRandomAccess


CLOCKS = {"wall": time.perf_counter, "cpu": time.process_time}


def opened(job):
    return TFRecordRandomAccess(job["path"], index_file=job["path"] + ".tfd", use_multiprocessing=False)


def build(job, clock):
    index = job["path"] + ".tfd"
    if os.path.exists(index):
        os.remove(index)
    start = clock()
    len(opened(job))
    return clock() - start


def get(job, clock):
    reader = opened(job)
    keys = job["keys"]
    len(reader)
    start = clock()
    for key in keys:
        reader.get_record(key)
    return clock() - start


JOBS = {"build": build, "get": get}

for line in sys.stdin:
    job = json.loads(line)
    with contextlib.redirect_stdout(sys.stderr if job.get("loud") else open(os.devnull, "w")):
        seconds = JOBS[job["job"]](job, CLOCKS[job["clock"]])
    print(json.dumps({"seconds": seconds}), flush=True)
