import pytest

from mer_tasks.config import PLACES, Config
from mer_tasks.errors import ConfigError


@pytest.mark.parametrize(
    "genres",
    [
        pytest.param("rock, pop,", id="one string"),
        pytest.param(["rock", "", " pop "], id="lines"),
        pytest.param(("rock", "pop"), id="tuple"),
    ],
)
def test_genres_come_in_several_forms(genres):
    assert Config.load({"genres": genres}).genres == ("rock", "pop")


@pytest.mark.parametrize("genres", ["", " , ", [], [""]])
def test_no_genres_are_all_of_them(genres):
    assert Config.load({"genres": genres}).genres == ()


def test_params_win_over_variables_over_defaults(monkeypatch):
    assert Config.load().seed == Config.model_fields["seed"].default
    monkeypatch.setenv("MER_SEED", "7")
    assert Config.load().seed == 7
    assert Config.load({"seed": 8}).seed == 8
    assert Config.load({"seed": None}).seed == 7
    monkeypatch.setenv("MER_GENRES", "rock, pop")
    assert Config.load().genres == ("rock", "pop")


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"epochs": 0}, r"^configuration: epochs=0: Input should be greater than or equal to 1$"),
        ({"label_rule": "most"}, r"label_rule='most': Input should be 'share>=0\.3', 'share>mean' or 'seed'"),
        ({"epoch": 3}, r"epoch=3: Extra inputs are not permitted"),
        ({"genres": [1]}, r"genres\.0=1: Input should be a valid string"),
        ({"epochs": 0, "seed": -1}, r"epochs=0: .*; seed=-1: "),
        (
            {"validation_fraction": 0.45, "test_fraction": 0.4},
            r"validation_fraction \+ test_fraction = 0\.85, expected at most 0\.8",
        ),
    ],
)
def test_a_wrong_value_is_named_with_what_was_expected(params, message):
    with pytest.raises(ConfigError, match=message):
        Config.load(params)


def test_the_digest_is_of_what_decides_numbers():
    digest = Config.load().digest()
    assert Config.load({"store_url": "file:///elsewhere", "database_url": "postgresql://x"}).digest() == digest
    assert Config.load({"epochs": 9}).digest() != digest
    assert not PLACES & Config.load().values().keys()


def test_the_landing_zone_is_below_the_store_unless_it_is_named():
    assert Config.load({"store_url": "s3://bucket/mer/"}).landing == "s3://bucket/mer/landing"
    assert Config.load({"landing_url": "file:///music"}).landing == "file:///music"


def test_the_databases_password_is_not_shown():
    assert "secret" not in repr(Config.load({"database_url": "postgresql://mer_writer:secret@host/mer"}))
