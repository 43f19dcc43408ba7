"""The original as a rival of blobs, on the very folders that ours are measured on."""

import json
import sys
import time

import torch
from tensorblob import TensorBlob

STEP = 4096
BATCH = 512
WRITE_STEP = 1000


def get(job):
    blob = TensorBlob.open(job["path"], "r")
    return lambda: [blob[index] for index in job["indices"]]


def batch(job):
    blob = TensorBlob.open(job["path"], "r")
    indices = job["indices"]
    batches = [indices[at : at + BATCH] for at in range(0, len(indices), BATCH)]

    def run():
        for each in batches:
            blob[each]

    return run


def iterate(job):
    blob = TensorBlob.open(job["path"], "r")
    count = len(blob)

    def run():
        blob.seek(0)
        for _ in range(0, count, STEP):
            blob.read(STEP)

    return run


def append(job):
    TensorBlob.unlink(job["path"])
    rows = torch.ones((WRITE_STEP, 768))

    def run():
        with TensorBlob.open(job["path"], "w", dtype="float32", shape=768) as blob:
            for _ in range(0, job["records"], WRITE_STEP):
                blob.write(rows)

    return run


def build(job):
    """Opens a blob and reads one row."""
    [index] = job["indices"]

    def run():
        with TensorBlob.open(job["path"], "r") as blob:
            blob[index]

    return run


JOBS = {"get": get, "batch": batch, "iterate": iterate, "append": append, "build": build}

for line in sys.stdin:
    job = json.loads(line)
    clock = time.process_time if job["clock"] == "cpu" else time.perf_counter
    run = JOBS[job["job"]](job)
    start = clock()
    run()
    print(json.dumps({"seconds": clock() - start}), flush=True)
