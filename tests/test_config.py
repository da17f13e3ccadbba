import pytest

from mer_tasks.config import Config, Decides, deciding, kinds_of
from mer_tasks.corpus.feature_maker import recipe as feature_recipe
from mer_tasks.errors import ConfigError
from mer_tasks.runs.crossval_config import CrossvalConfig
from mer_tasks.runs.housekeeping_config import HousekeepingConfig


@pytest.mark.parametrize(
    "genres",
    [
        pytest.param("rock, pop,", id="one string"),
        pytest.param(["rock", "", " pop "], id="lines"),
        pytest.param(("rock", "pop"), id="tuple"),
    ],
)
def test_genres_are_read_from_a_text_a_list_or_a_tuple(genres):
    assert Config.load({"genres": genres}).genres == ("rock", "pop")


def test_genres_are_compared_in_the_normal_form_that_the_catalogue_has():
    assert Config.load({"genres": "U\u0308"}).genres == ("\u00dc",)


@pytest.mark.parametrize("genres", ["", " , ", [], [""]])
def test_an_empty_list_of_genres_stands_for_all_genres(genres):
    assert Config.load({"genres": genres}).genres == ()


def test_params_override_variables_and_variables_override_defaults(monkeypatch):
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
        (
            {"label_rule": "most"},
            r"label_rule='most': Input should be 'auto', 'share>=0\.3', 'share>mean', 'seed' or 'majority'",
        ),
        ({"epoch": 3}, r"epoch=3: Extra inputs are not permitted"),
        ({"genres": [1]}, r"genres\.0=1: Input should be a valid string"),
        ({"epochs": 0, "seed": -1}, r"seed=-1: .*; epochs=0: "),
        (
            {"validation_fraction": 0.45, "test_fraction": 0.4},
            r"validation_fraction \+ test_fraction = 0\.85, expected at most 0\.8",
        ),
    ],
)
def test_an_error_names_each_wrong_value_and_what_was_expected(params, message):
    with pytest.raises(ConfigError, match=message):
        Config.load(params)


def test_the_digest_covers_every_field_but_the_places():
    digest = Config.load().digest()
    assert Config.load({"store_url": "file:///elsewhere", "database_url": "postgresql://x"}).digest() == digest
    assert Config.load({"epochs": 9}).digest() != digest
    assert not {*deciding("places")} & Config.load().values().keys()


def test_the_landing_zone_is_below_the_store_unless_landing_url_is_set():
    assert Config.load({"store_url": "s3://bucket/mer/"}).landing == "s3://bucket/mer/landing"
    assert Config.load({"landing_url": "file:///music"}).landing == "file:///music"


def test_repr_hides_the_password_of_the_database():
    assert "secret" not in repr(Config.load({"database_url": "postgresql://mer_writer:secret@host/mer"}))


@pytest.mark.parametrize("config_class", [Config, CrossvalConfig, HousekeepingConfig])
def test_every_field_declares_what_it_decides(config_class: type[Config]) -> None:
    undeclared = [name for name, field in config_class.model_fields.items() if not kinds_of(field)]
    assert undeclared == [], "declare what they decide: Annotated[..., Decides(...)]"


def test_the_feature_recipe_has_each_field_that_decides_features() -> None:
    config = Config.load()
    expected = {name: getattr(config, name) for name in deciding("audio", "features")}
    recipe = feature_recipe(config)
    assert {**recipe["audio"], **recipe}.items() >= expected.items()
    assert expected.keys() == {"max_duration_seconds", "segment_seconds"}


def test_a_field_enters_the_recipe_when_it_is_declared_to_decide_features(monkeypatch: pytest.MonkeyPatch) -> None:
    before = feature_recipe(Config.load())
    monkeypatch.setattr(Config.model_fields["epochs"], "metadata", [Decides("audio")])
    after = feature_recipe(Config.load())
    assert after["audio"] == {**before["audio"], "epochs": 40}


def test_features_and_fit_fields_are_those_that_a_resumed_training_must_share() -> None:
    fields = ("seed", "segment_seconds", "balance", "soft_targets", "preset", "batch_size", "learning_rate")
    fields += ("crossfit", "crossfit_folds")
    assert set(deciding("features", "fit")) == set(fields)
