"""The object store is unavailable, forbidden or full: the error says so, and a repeated stage loses nothing."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from mer_tasks.config import Config
from mer_tasks.corpus.usable_tracks import Corpus, load_corpus
from mer_tasks.errors import AccessDenied, ObjectMissing, StoreUnavailable
from mer_tasks.runs.pipeline import run_shards
from mer_tasks.runs.run import Run
from mer_tasks.stages.discover import discover
from tests.support.audio_files import encoded, music
from tests.support.s3_servers import Bucket
from tests.support.small_disk import on_a_small_disk

FILES = {f"rock/{number}.wav": encoded(music(4, seed=number)) for number in range(1, 5)}
SIZE = len(FILES["rock/1.wav"])
STAGES: dict[str, Callable[[Run], object]] = {
    "discover": discover,
    "reformat": lambda run: run_shards(run, "reformat"),
    "features": lambda run: run_shards(run, "features"),
}


@pytest.fixture
def run(bucket: Bucket, tmp_path: Path) -> Run:
    run = Run(Config.load({"store_url": f"{bucket.url}/mer", "scratch_dir": tmp_path / "scratch"}), "r1")
    for key, content in FILES.items():
        run.landing.put(key, content)
    return run


def run_stages_before(run: Run, stage: str) -> None:
    for name, run_stage in STAGES.items():
        if name == stage:
            return
        run_stage(run)


def run_stages_from(run: Run, stage: str) -> Corpus:
    """Run `stage` and the stages after it, and return the corpus."""
    for name in list(STAGES)[list(STAGES).index(stage) :]:
        STAGES[name](run)
    return load_corpus(run)


def has_result(run: Run, stage: str) -> bool:
    """Return whether `stage` has written a document that marks it as finished."""
    return any(info.key.endswith(".json") for info in run.store.list(f"runs/{run.run_id}/{stage}/") if "shards" not in info.key)


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_can_be_repeated_if_the_store_is_unavailable_at_its_start(bucket: Bucket, run: Run, stage: str) -> None:
    run_stages_before(run, stage)
    bucket.line.cut()
    with pytest.raises(StoreUnavailable, match=rf"^s3://{bucket.name}/mer/"):
        STAGES[stage](run)
    bucket.line.mend()
    assert not has_result(run, stage)
    corpus = run_stages_from(run, stage)
    assert (corpus.tracks["key"].tolist(), corpus.rejected) == (sorted(FILES), [])


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_can_be_repeated_if_the_store_fails_while_it_runs(bucket: Bucket, run: Run, stage: str) -> None:
    run_stages_before(run, stage)
    # the connection breaks while the third input file of the stage is read
    sizes = [info.size for info in run.store.list("blobs/reformat/") if info.key.endswith(".flac")]
    bucket.line.break_after(int(2.5 * (max(sizes) if stage == "features" else SIZE)), for_good=True)
    with pytest.raises(StoreUnavailable, match=rf"^s3://{bucket.name}/mer/.*(wav|flac)"):
        STAGES[stage](run)
    bucket.line.mend()
    assert not has_result(run, stage)
    corpus = run_stages_from(run, stage)
    assert (corpus.tracks["key"].tolist(), corpus.rejected) == (sorted(FILES), [])
    names = {"discover": ("hashed", "known"), "reformat": ("decoded", "reused"), "features": ("computed", "reused")}
    new, reused = names[stage]
    expected = (4, 0) if stage == "discover" else (2, 2)
    assert (corpus.counters[stage][new], corpus.counters[stage][reused]) == expected


def test_wrong_credentials_are_refused_and_not_shown(
    bucket: Bucket, run: Run, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    if bucket.kind == "moto":
        request.getfixturevalue("strict_moto")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "somebody")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "not-to-be-shown")
    wrong = Run(run.config, "r1")
    with pytest.raises(AccessDenied, match=r"refused \(.*\); expected credentials with rights on 'mer-") as caught:
        discover(wrong)
    assert "not-to-be-shown" not in str(caught.value)


def test_a_bucket_that_may_not_be_listed_is_refused(bucket: Bucket, run: Run) -> None:
    if bucket.kind == "moto":
        pytest.skip("moto's server ignores a policy that forbids listing")
    bucket.deny("ListBucket")
    with pytest.raises(AccessDenied, match=rf"^s3://{bucket.name}/mer/landing/: ListObjectsV2 refused"):
        discover(run)


def test_a_store_that_refuses_writes_makes_no_track_rejected(bucket: Bucket, run: Run) -> None:
    discover(run)
    bucket.deny("PutObject")
    with pytest.raises(AccessDenied, match=rf"^s3://{bucket.name}/mer/blobs/reformat/.*refused"):
        STAGES["reformat"](run)
    bucket.admin.delete_bucket_policy(Bucket=bucket.name)
    corpus = run_stages_from(run, "reformat")
    assert (len(corpus.tracks), corpus.rejected) == (4, [])


def test_a_missing_bucket_is_named(bucket: Bucket, run: Run) -> None:
    without_bucket = Run(Config.load({"store_url": f"s3://{bucket.name}-not"}), "r1")
    with pytest.raises(ObjectMissing, match=f"no bucket '{bucket.name}-not'"):
        discover(without_bucket)


def run_command(run: Run, **variables: str) -> tuple[int, str]:
    """Run the command ``discover`` as a user does, and return its exit code and its stderr."""
    env = {**os.environ, "MER_STORE_URL": run.config.store_url, **variables}
    command = [sys.executable, "-m", "mer_tasks", "discover", "--run-id", "r1"]
    completed = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    return completed.returncode, completed.stderr


def test_a_command_prints_one_line_and_its_exit_code_shows_a_transient_error(bucket: Bucket, run: Run) -> None:
    code, stderr = run_command(run, MER_STORE_URL=f"{run.config.store_url}-not")
    assert (code, stderr.count("\n")) == (1, 1)
    assert stderr.startswith(f"error: landing zone {run.config.store_url}-not/landing: no audio there")
    bucket.line.cut()
    code, stderr = run_command(run)
    assert (code, stderr.count("\n")) == (75, 1)
    assert stderr.startswith(f"error: {run.config.store_url}/landing/: Could not connect to the endpoint URL")


FILL_DISK_AND_RUN = """
import sys
from pathlib import Path
from mer_tasks.runs.pipeline import run_shards
from mer_tasks.config import Config
from mer_tasks.corpus.usable_tracks import load_corpus
from mer_tasks.stages.discover import discover
from mer_tasks.errors import StoreUnavailable
from mer_tasks.runs.run import Run

disk, landing, stage = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
run = Run(Config.load({"store_url": disk.as_uri(), "landing_url": landing}), "r1")
stages = {"discover": discover, **{s: lambda run, s=s: run_shards(run, s) for s in ("reformat", "features")}}
for name, run_stage in stages.items():
    if name == stage:
        with open(disk / "filler", "wb", buffering=0) as filler:
            try:
                while filler.write(bytes(512)):
                    pass
            except OSError as error:
                assert "No space left" in str(error)
        try:
            run_stage(run)
            print("no error")
        except StoreUnavailable as error:
            print(error)
        print(sum(path.name.startswith(".mer-tmp-") for path in disk.rglob("*")))
        (disk / "filler").unlink()
    run_stage(run)
print(len(load_corpus(run).tracks))
"""


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_reports_a_full_disk_and_can_be_repeated(tmp_path: Path, stage: str) -> None:
    landing = Run(Config.load({"store_url": tmp_path.as_uri()}), "r1").landing
    for key, content in FILES.items():
        landing.put(key, content)
    printed = on_a_small_disk(tmp_path / "disk", 4096, FILL_DISK_AND_RUN, landing.url, stage).splitlines()
    assert printed[0].startswith((tmp_path / "disk").as_uri())
    assert printed[0].endswith(": the disk is full")
    assert printed[1:] == ["0", "4"]
