from typing import get_args

import pytest
from airflow.sdk import ParamsDict
from airflow.sdk.exceptions import ParamValidationError
from mer_common.form import SECTIONS, params

from mer_tasks.config import Config, Kind, deciding, kinds_of
from mer_tasks.errors import ConfigError


@pytest.fixture
def form() -> ParamsDict:
    return ParamsDict(params())


def test_every_field_but_the_places_is_there_and_described(form: ParamsDict) -> None:
    assert set(form) == set(Config.model_fields) - {*deciding("places")}
    for name, param in form.items():
        assert param.description == Config.model_fields[name].description


def test_sections_have_all_that_a_field_may_decide_once() -> None:
    kinds = [kind for kinds in SECTIONS.values() for kind in kinds]
    assert len(kinds) == len(set(kinds))
    assert set(kinds) == {*get_args(Kind)} - {"places"}


def test_a_field_is_in_the_section_of_what_it_decides_first(form: ParamsDict) -> None:
    for name, param in form.items():
        assert kinds_of(Config.model_fields[name])[0] in SECTIONS[param.schema["section"]]


def test_the_form_is_in_the_order_of_its_sections(form: ParamsDict) -> None:
    order = [list(SECTIONS).index(param.schema["section"]) for param in form.values()]
    assert order == sorted(order)


def test_defaults_are_those_of_the_configuration(form: ParamsDict) -> None:
    assert form.validate() == Config.load().values()
    assert Config.load(form.validate()) == Config.load()


def test_the_form_opens_with_what_the_environment_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MER_EPOCHS", "3")
    monkeypatch.setenv("MER_GENRES", "rock, pop")
    form = ParamsDict(params())
    assert (form["epochs"], form["genres"]) == (3, ["rock", "pop"])


@pytest.mark.parametrize(("mode", "opens"), [("eval", "eval"), ("predict", "train")])
def test_a_mode_that_is_no_choice_of_the_form_is_not_what_it_opens_with(
    monkeypatch: pytest.MonkeyPatch, mode: str, opens: str
) -> None:
    monkeypatch.setenv("MER_MODE", mode)
    form = ParamsDict(params())
    assert form["mode"] == opens
    assert Config.load(form.validate()).mode == opens


def test_a_wrong_variable_stops_the_form(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MER_EPOCHS", "many")
    with pytest.raises(ConfigError, match="epochs='many'"):
        params()


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("epochs", 0, "0 is less than the minimum of 1"),
        ("epochs", 1.5, "1.5 is not of type 'integer'"),
        ("epochs", "3", "'3' is not of type 'integer'"),
        ("epochs", None, "None is not of type 'integer'"),
        ("batch_size", 5000, "5000 is greater than the maximum of 4096"),
        ("learning_rate", 0, "0 is less than or equal to the minimum of 0"),
        ("test_fraction", 0.5, "0.5 is greater than or equal to the maximum of 0.5"),
        ("soft_targets", "yes", "'yes' is not of type 'boolean'"),
        ("mode", "test", r"'test' is not one of \['train', 'eval'\]"),
        ("label_rule", "share>0.3", "'share>0.3' is not one of"),
        ("genres", "rock", "'rock' is not of type 'array', 'null'"),
        ("genres", [1], "1 is not of type 'string'"),
        ("model_run", 7, "7 is not of type 'string', 'null'"),
    ],
)
def test_bad_values_are_refused(form: ParamsDict, name: str, value: object, message: str) -> None:
    with pytest.raises(ParamValidationError, match=f"Invalid input for param {name}: {message}"):
        form[name] = value


@pytest.mark.parametrize(
    ("name", "value"), [("genres", None), ("genres", ["hip hop", "日本"]), ("model_run", "r1"), ("segment_seconds", 3)]
)
def test_good_values_reach_the_configuration(form: ParamsDict, name: str, value: object) -> None:
    form[name] = value
    assert Config.load(form.validate()).values()[name] == (value or [])


def test_the_form_says_what_makes_a_dropdown(form: ParamsDict) -> None:
    assert form.get_param("preset").schema["enum"] == ["statistics", "seed-cnn", "small-cnn"]
