import numpy as np
import pytest

from mer_tasks.corpus.genre_folds import LEFT_OUT, check_genres, parts_without_genre
from mer_tasks.errors import CorpusError


def tracks(seed=0):
    """120 tracks of three genres in groups of up to three tracks; group g00 has tracks of pop and rock."""
    random = np.random.default_rng(seed)
    genres = np.repeat(["folk", "pop", "rock"], 40)
    groups = [f"{genre}{number // 3:02}" for genre, number in zip(genres, np.tile(np.arange(40), 3), strict=True)]
    for track in (40, 41, 80, 81, 82):
        groups[track] = "shared"
    return random.random((120, 4)) < 0.4, groups, genres.tolist()


def test_all_tracks_of_the_genre_and_no_others_are_tested():
    labels, groups, genres = tracks()
    for genre in ("folk", "pop", "rock"):
        parts = parts_without_genre(labels, groups, genres, genre, 0.2, seed=1)
        assert [part == "test" for part in parts] == [each == genre for each in genres]


def test_tracks_of_other_genres_in_a_group_of_the_genre_are_left_out():
    labels, groups, genres = tracks()
    without_pop = parts_without_genre(labels, groups, genres, "pop", 0.2, seed=1)
    assert [track for track, part in enumerate(without_pop) if part == LEFT_OUT] == [80, 81, 82]
    without_rock = parts_without_genre(labels, groups, genres, "rock", 0.2, seed=1)
    assert [track for track, part in enumerate(without_rock) if part == LEFT_OUT] == [40, 41]
    assert LEFT_OUT not in parts_without_genre(labels, groups, genres, "folk", 0.2, seed=1)


def test_no_group_is_in_two_of_train_validation_and_test():
    labels, groups, genres = tracks()
    for genre in ("folk", "pop", "rock"):
        parts = parts_without_genre(labels, groups, genres, genre, 0.2, seed=1)
        used = {(group, part) for group, part in zip(groups, parts, strict=True) if part != LEFT_OUT}
        assert len(used) == len({group for group, _ in used})
        assert abs(parts.count("validation") / (parts.count("train") + parts.count("validation")) - 0.2) < 0.05


def test_the_same_seed_draws_the_same_validation_part_and_another_seed_another():
    labels, groups, genres = tracks()
    first, again, other = (parts_without_genre(labels, groups, genres, "pop", 0.2, seed) for seed in (1, 1, 2))
    assert first == again
    assert first != other


def test_too_few_groups_outside_the_genre_are_refused():
    labels = np.ones((4, 2), bool)
    expected = r"without genre 'pop' and the artists that it shares, 1 groups of tracks leave validation empty"
    with pytest.raises(CorpusError, match=expected):
        parts_without_genre(labels, ["a", "a", "b", "b"], ["pop", "pop", "rock", "rock"], "pop", 0.2, 1)
    with pytest.raises(CorpusError, match="0 groups of tracks leave train and validation empty"):
        parts_without_genre(labels, ["a"] * 4, ["pop", "rock", "rock", "pop"], "pop", 0.2, 1)


@pytest.mark.parametrize(("genres", "found"), [(["pop", "pop"], r"1 genre \(pop\)"), ([], r"0 genres \(none\)")])
def test_one_genre_is_refused_in_one_line(genres, found):
    with pytest.raises(
        CorpusError, match=f"leave_one_genre_out=True: labelled tracks are of {found}, expected two or more"
    ) as error:
        check_genres(genres, ["pop", "rock"])
    assert "\n" not in str(error.value)


def test_genres_without_labelled_tracks_are_named_once(caplog):
    assert check_genres(["rock", "pop"], ["folk", "jazz", "pop", "rock"]) == ["pop", "rock"]
    assert caplog.messages == ["2 genres without labelled tracks are not left out: folk, jazz"]
