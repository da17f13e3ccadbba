"""Measure the watcher on a large landing zone: ``python -m benchmarks.watching [files ...]``.

Makes landing zones with the given numbers of empty files in a hundred genres, on disk and in moto's S3 server. A process of its
own watches each zone twice: the first time all files are new, the second time no file is. Memory is the peak of that process.
On S3, most of the time is spent in the server, which goes through all keys for each page of a thousand.
"""

import logging
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mer_tasks.landing.watcher import Watch
from mer_tasks.storage import open_store

FILES = (1_000, 100_000)
GENRES = 100


def names(files: int) -> Iterator[str]:
    """Yield the keys of a landing zone."""
    return (f"genre {number % GENRES:02d}/{number:06d}.mp3" for number in range(files))


@contextmanager
def on_disk(files: int) -> Iterator[str]:
    """Make a landing zone in a folder, and give the folder's URL."""
    with tempfile.TemporaryDirectory() as folder:
        for name in names(files):
            path = Path(folder, "landing", name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
        yield Path(folder).as_uri()


@contextmanager
def on_s3(files: int) -> Iterator[str]:
    """Make a landing zone in a bucket, and give its URL; the files bypass the server, which would take minutes."""
    from moto.core import DEFAULT_ACCOUNT_ID
    from moto.s3.models import s3_backends
    from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        keys = {"AWS_ACCESS_KEY_ID": "mer", "AWS_SECRET_ACCESS_KEY": "mer", "AWS_DEFAULT_REGION": "us-east-1"}
        os.environ.update(keys, AWS_ENDPOINT_URL_S3=f"http://{host}:{port}")
        backend = s3_backends[DEFAULT_ACCOUNT_ID]["aws"]
        backend.create_bucket(f"mer-{files}", "us-east-1")
        for name in names(files):
            backend.put_object(f"mer-{files}", f"landing/{name}", b"")
        yield f"s3://mer-{files}"
    finally:
        server.stop()


def peak() -> int:
    """Read the peak memory of this process so far, in MB; `getrusage` would include the process that started this one."""
    (line,) = (line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) // 1024


def look(url: str) -> None:
    """Look at a zone twice, and print the seconds of each look, the peak memory in MB, and its growth in MB."""
    watch = Watch(open_store(f"{url}/landing"), open_store(f"{url}/store"), 0)
    next(iter(open_store(f"{url}/landing").list()))  # imports boto3 before the measurement
    before = peak()
    for _ in range(2):
        began = time.perf_counter()
        watch.poll()
        print(f"{time.perf_counter() - began:.2f}", end=" ")
    print(peak(), peak() - before)


def main(sizes: list[int]) -> None:
    """Make landing zones, watch them, and print a line for each."""
    for make_zone in (on_disk, on_s3):
        for files in sizes:
            with make_zone(files) as url:
                command = [sys.executable, "-m", "benchmarks.watching", url]
                output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
                first, second, highest, growth = output.split()
                print(
                    f"{make_zone.__name__}, {files} files: all new {first} s, nothing new {second} s, peak {highest} MB,"
                    f" {growth} of them by looking",
                    flush=True,
                )


if __name__ == "__main__":
    arguments = sys.argv[1:]
    if arguments and "://" in arguments[0]:
        look(arguments[0])
    else:
        main([int(argument) for argument in arguments] or list(FILES))
