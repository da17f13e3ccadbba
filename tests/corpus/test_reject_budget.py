import pytest

from mer_tasks.corpus.reject_budget import check_budget
from mer_tasks.corpus.usable_tracks import load_corpus
from mer_tasks.errors import CorpusError
from tests.support.run_documents import discovered, fanned_out, line, rejection, run_in


def corpus_of(tmp_path, files: int, rejected: int):
    run = run_in(tmp_path)
    names = [f"{number:02}" for number in range(files)]
    discovered(run, [line(name) for name in names])
    fanned_out(run, rejected=dict.fromkeys(names[:rejected], ("reformat", "truncated")))
    return load_corpus(run)


def test_a_corpus_may_have_as_many_rejected_files_as_the_budget_allows(tmp_path):
    # 0.29 * 100 is 28.999999999999996 in floating point
    corpus = corpus_of(tmp_path, files=100, rejected=29)
    check_budget(corpus, 0.29)
    with pytest.raises(CorpusError, match="expected at most 28"):
        check_budget(corpus, 0.28)


def test_one_rejected_file_too_many_is_an_error_that_lists_the_files(tmp_path):
    with pytest.raises(
        CorpusError, match=r"'rock': 2 of 10 files rejected, expected at most 1 .*: 00 \(truncated\), 01 \(trun"
    ):
        check_budget(corpus_of(tmp_path, files=10, rejected=2), 0.1)


def test_a_long_list_of_rejected_files_is_shortened(tmp_path):
    with pytest.raises(CorpusError, match=r"19 \(truncated\) and 5 more$"):
        check_budget(corpus_of(tmp_path, files=30, rejected=25), 0.1)


def test_a_genre_without_usable_audio_is_refused_whatever_the_budget(tmp_path):
    with pytest.raises(CorpusError, match="'rock' has no usable audio among 3 files"):
        check_budget(corpus_of(tmp_path, files=3, rejected=3), 1.0)


def test_a_genre_is_refused_if_discover_rejected_all_its_files(tmp_path):
    run = run_in(tmp_path)
    discovered(run, [line("1")], [rejection("2", "pop", "discover", "unknown_extension")])
    fanned_out(run)
    with pytest.raises(CorpusError, match=r"'pop' has no usable audio among 1 files: 2 \(unknown_extension\)"):
        check_budget(load_corpus(run), 1.0)


def test_an_empty_landing_zone_is_refused(tmp_path):
    run = run_in(tmp_path)
    discovered(run, [])
    with pytest.raises(CorpusError, match="no usable audio"):
        check_budget(load_corpus(run), 0.1)
