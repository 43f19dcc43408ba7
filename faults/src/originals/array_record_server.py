"""Reads files with array_record: each line of standard input is a job as JSON, each line of standard output its answer."""

import hashlib
import json
import sys

from array_record.python import array_record_module


def digest_of(records):
    digest = hashlib.sha256()
    for record in records:
        digest.update(record + b"\n")
    return digest.hexdigest()


def read(path):
    """Counts the records and digests them in each of the ways to read them."""
    reader = array_record_module.ArrayRecordReader(path)
    if not reader.ok():
        reader.read()
    count = reader.num_records()
    backwards = reader.read(range(count - 1, -1, -1)) if count else []
    digests = {
        digest_of(reader.read() for _ in range(count)),
        digest_of(reader.read_all()),
        digest_of(reversed(backwards)),
    }
    reader.close()
    return {"records": count, "digest": digests.pop() if len(digests) == 1 else "differ"}


for line in sys.stdin:
    try:
        print(json.dumps(read(json.loads(line)["path"])), flush=True)
    except Exception as error:
        print(json.dumps({"error": f"{type(error).__name__}: {error}"}), flush=True)
