"""Does jobs with array_record's Python module and says how long each took.

Each line of standard input is a job as JSON; each line of standard output is its answer, `{"seconds": …}`.
"""

import json
import sys
import time

from array_record.python.array_record_module import ArrayRecordReader, ArrayRecordWriter

CLOCKS = {"wall": time.perf_counter, "cpu": time.process_time}
SOURCES = {}


def opened(job):
    reader = ArrayRecordReader(job["path"])
    if not reader.ok():
        raise ValueError(job["path"])
    return reader


def source(path):
    if path not in SOURCES:
        SOURCES[path] = ArrayRecordReader(path).read_all()
    return SOURCES[path]


def build(job):
    """Opens the file and reads one record."""

    def run():
        reader = opened(job)
        reader.read([reader.num_records() // 2])

    return run


def get(job):
    reader = opened(job)

    def run():
        for index in job["indices"]:
            reader.read([index])

    return run


def seek(job):
    """The sequential verb at random places, which reads ahead at each of them."""
    reader = opened(job)

    def run():
        for index in job["indices"]:
            reader.seek(index)
            reader.read()

    return run


def batch(job):
    reader = opened(job)
    return lambda: reader.read(job["indices"])


def iterate(job):
    reader = opened(job)

    def run():
        for _ in range(job["records"]):
            reader.read()

    return run


def append(job):
    records = source(job["source"])

    def run():
        writer = ArrayRecordWriter(job["path"], job["options"])
        for record in records:
            writer.write(record)
        writer.close()

    return run


JOBS = {"build": build, "get": get, "seek": seek, "batch": batch, "iterate": iterate, "append": append}

for line in sys.stdin:
    job = json.loads(line)
    clock = CLOCKS[job["clock"]]
    run = JOBS[job["job"]](job)
    start = clock()
    run()
    print(json.dumps({"seconds": clock() - start}), flush=True)
