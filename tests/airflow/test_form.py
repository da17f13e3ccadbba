from collections.abc import Callable
from pathlib import Path
from typing import get_args

import pytest
from airflow.sdk import ParamsDict
from airflow.sdk.exceptions import ParamValidationError
from mer_common.form import SECTIONS, params

from mer_tasks.config import Config, Kind, deciding, kinds_of
from mer_tasks.errors import ConfigError
from mer_tasks.label_set import Kind as LabelKind
from mer_tasks.runs.crossval_config import CrossvalConfig
from mer_tasks.storage.label_files import label_file
from tests.support.label_sets import make_label_set


@pytest.fixture
def form() -> ParamsDict:
    return ParamsDict(params())


def test_the_form_has_and_describes_every_field_except_places(form: ParamsDict) -> None:
    assert set(form) == set(Config.model_fields) - {*deciding("places")}
    for name, param in form.items():
        assert param.description == Config.model_fields[name].description


def test_each_kind_of_decision_except_places_is_in_exactly_one_section() -> None:
    kinds = [kind for kinds in SECTIONS.values() for kind in kinds]
    assert len(kinds) == len(set(kinds))
    assert set(kinds) == {*get_args(Kind)} - {"places"}


def test_a_field_is_in_the_section_of_its_first_kind_of_decision(form: ParamsDict) -> None:
    for name, param in form.items():
        assert kinds_of(Config.model_fields[name])[0] in SECTIONS[param.schema["section"]]


def test_fields_are_in_the_order_of_the_sections(form: ParamsDict) -> None:
    order = [list(SECTIONS).index(param.schema["section"]) for param in form.values()]
    assert order == sorted(order)


def test_the_form_has_the_defaults_of_the_configuration(form: ParamsDict) -> None:
    assert form.validate() == Config.load().values()
    assert Config.load(form.validate()) == Config.load()


def test_the_form_opens_with_the_values_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MER_EPOCHS", "3")
    monkeypatch.setenv("MER_GENRES", "rock, pop")
    form = ParamsDict(params())
    assert (form["epochs"], form["genres"]) == (3, ["rock", "pop"])


@pytest.mark.parametrize(("mode", "opens"), [("eval", "eval"), ("predict", "train")])
def test_the_form_opens_with_the_default_mode_if_it_does_not_offer_the_environments_mode(
    monkeypatch: pytest.MonkeyPatch, mode: str, opens: str
) -> None:
    monkeypatch.setenv("MER_MODE", mode)
    form = ParamsDict(params())
    assert form["mode"] == opens
    assert Config.load(form.validate()).mode == opens


def test_a_wrong_variable_raises_an_error_instead_of_making_a_form(monkeypatch: pytest.MonkeyPatch) -> None:
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
def test_the_form_refuses_wrong_values(form: ParamsDict, name: str, value: object, message: str) -> None:
    with pytest.raises(ParamValidationError, match=f"Invalid input for param {name}: {message}"):
        form[name] = value


@pytest.mark.parametrize(
    ("name", "value"), [("genres", None), ("genres", ["hip hop", "日本"]), ("model_run", "r1"), ("segment_seconds", 3)]
)
def test_the_configuration_gets_right_values_of_the_form(form: ParamsDict, name: str, value: object) -> None:
    form[name] = value
    assert Config.load(form.validate()).values()[name] == (value or [])


ALL_RULES = ["auto", "share>=0.3", "share>mean", "seed", "majority"]


@pytest.mark.parametrize("address", [str, Path.as_uri])
@pytest.mark.parametrize(("kind", "rules"), [("multi", ALL_RULES[:-1]), ("single", ["auto", "majority"])])
def test_the_form_offers_the_label_rules_of_the_kind_of_the_configured_set(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, address: Callable[[Path], str], kind: LabelKind, rules: list[str]
) -> None:
    path = tmp_path / "moods.toml"
    path.write_text(label_file(make_label_set(3, kind)), encoding="utf-8")
    monkeypatch.setenv("MER_LABELS", address(path))
    for form in (params(), params(CrossvalConfig)):
        assert form["label_rule"].schema["enum"] == rules
    monkeypatch.setenv("MER_LABEL_RULE", "majority" if kind == "multi" else "seed")
    assert ParamsDict(params()).get_param("label_rule").schema["enum"] == ALL_RULES  # the run refuses the variable's rule


@pytest.mark.parametrize("labels", ["s3://bucket/moods.toml", "/no/such/moods.toml", "file:///no/such/moods.toml"])
def test_the_form_offers_all_label_rules_if_the_set_is_in_a_store_or_cannot_be_read(
    monkeypatch: pytest.MonkeyPatch, labels: str
) -> None:
    monkeypatch.setattr("mer_tasks.storage.s3.S3Store.__init__", lambda *_: pytest.fail("a request to a store"))
    monkeypatch.setenv("MER_LABELS", labels)
    assert params()["label_rule"].schema["enum"] == ALL_RULES


def test_a_field_with_choices_is_a_dropdown_list(form: ParamsDict) -> None:
    assert form.get_param("preset").schema["enum"] == ["auto", "statistics", "embedding", "seed-cnn", "small-cnn"]
