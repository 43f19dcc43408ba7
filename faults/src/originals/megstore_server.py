"""Does jobs with megstore: each line of standard input is one as JSON, each line of standard output its answer."""

import hashlib
import json
import os
import sys
import time

from megstore.indexed import indexed_jsonline_open, indexed_txt_open

OPEN = {"jsonl": indexed_jsonline_open, "text": indexed_txt_open}


def text_of(record):
    if isinstance(record, str):
        return record
    if isinstance(record, dict) and set(record) == {"w", "n", "p"}:
        return f"{record['w']} {record['n']} {len(record['p'])} {record['p']}"
    return json.dumps(record, ensure_ascii=False, separators=(",", ":"))


def read(job):
    """Counts the records and digests them, one by one and by iteration."""
    digests = []
    with OPEN[job["kind"]](job["path"], "r") as reader:
        for records in ((reader[i] for i in range(len(reader))), iter(reader)):
            digest = hashlib.sha256()
            for record in records:
                digest.update(text_of(record).encode() + b"\n")
            digests.append(digest.hexdigest())
        return {"records": len(reader), "digest": digests[0] if digests[0] == digests[1] else "differ"}


def append(job):
    """Appends values in one go."""
    with OPEN[job["kind"]](job["path"], "a") as writer:
        writer.extend(job["values"])
    return {}


def hammer(job):
    """Opens the file again and again, as a viewer beside our writers would; its own troubles are its own."""
    opens = failures = 0
    end = time.monotonic() + job["seconds"]
    while time.monotonic() < end and not os.path.exists(job["stop"]):
        try:
            with OPEN[job["kind"]](job["path"], "r") as reader:
                if len(reader):
                    reader[len(reader) - 1]
            opens += 1
        except Exception:
            failures += 1
    return {"opens": opens, "failures": failures}


def pour(job):
    """Opens the file for appending again and again, and appends some values each time."""
    count = failures = 0
    end = time.monotonic() + job["seconds"]
    while time.monotonic() < end and not os.path.exists(job["stop"]):
        numbers = range(count, count + 1 + count % 3)
        values = [
            {"foreign": job["who"], "n": n} if job["kind"] == "jsonl" else f"foreign {job['who']} {n}"
            for n in numbers
        ]
        # Small enough for one write: megstore itself does not promise more.
        append({**job, "values": values})
        count += len(values)
        time.sleep(job["pause"])
    return {"count": count}


JOBS = {"pour": pour, "read": read, "append": append, "hammer": hammer}

for line in sys.stdin:
    job = json.loads(line)
    try:
        print(json.dumps(JOBS[job["job"]](job)), flush=True)
    except Exception as error:
        print(json.dumps({"error": f"{type(error).__name__}: {error}"}), flush=True)
