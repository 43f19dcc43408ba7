"""Does jobs with TensorFlow and says how long each took.

Each line of standard input is a job as JSON; each line of standard output is its answer, `{"seconds": …}`.
"""

import json
import os
import sys
import time

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import tensorflow as tf
from tensorflow.python.lib.io import tf_record

CLOCKS = {"wall": time.perf_counter, "cpu": time.process_time}


def iterate(job, clock):
    start = clock()
    for batch in tf.data.TFRecordDataset(job["path"]).batch(1000 if job["records"] > 10_000 else 16):
        pass
    return clock() - start


def get(job, clock):
    reader = tf_record.tf_record_random_reader(job["path"])
    start = clock()
    for offset in job["offsets"]:
        reader.read(offset)
    return clock() - start


JOBS = {"iterate": iterate, "get": get}

for line in sys.stdin:
    job = json.loads(line)
    print(json.dumps({"seconds": JOBS[job["job"]](job, CLOCKS[job["clock"]])}), flush=True)
