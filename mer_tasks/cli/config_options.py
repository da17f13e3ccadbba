"""Make command-line options from the fields of :class:`mer_tasks.config.Config`.

Choices, bounds, defaults and descriptions are those of the fields. If an option is not given, its field is set by ``MER_*`` or
by its default; so the default of every option is None.
"""

from collections.abc import Callable, Collection, Sequence
from inspect import Parameter, Signature, signature
from typing import Annotated, Any, Literal, get_args, get_origin

import typer
from pydantic.fields import FieldInfo

from mer_tasks.config import Config

CHECKED_TYPES = (int, float, bool)
"""Types that the command line checks. Values of other types go to the configuration as text, and it checks them."""


def option(name: str, field: FieldInfo, *, hidden: bool = False) -> Parameter:
    """Make the command parameter for the field `name`. A hidden option is accepted, but the help does not list it."""
    choices = get_args(field.annotation) if get_origin(field.annotation) is Literal else ()
    kind: Any = field.annotation if field.annotation in CHECKED_TYPES or choices else str
    flag = name.replace("_", "-")
    info: Any = typer.Option(
        f"--{flag}/--no-{flag}" if kind is bool else f"--{flag}",
        help=" ".join([field.description or "", *_choices(choices), *_default(field.default)]),
        metavar=None if kind is bool else name.rpartition("_")[2].upper(),
        hidden=hidden,
        **_bounds(field),
    )
    return Parameter(name, Parameter.KEYWORD_ONLY, default=None, annotation=Annotated[kind | None, info])


def _choices(choices: Sequence[str]) -> list[str]:
    return [f"One of {', '.join(choices)}."] if choices else []


def _default(value: Any) -> list[str]:
    if value is None or value == ():
        return []
    if isinstance(value, tuple):
        value = ",".join(value)
    return [f"Default: {('no', 'yes')[value] if isinstance(value, bool) else value}."]


def _bounds(field: FieldInfo) -> dict[str, Any]:
    limits = (("ge", "min"), ("le", "max"))
    return {name: getattr(rule, limit) for rule in field.metadata for limit, name in limits if hasattr(rule, limit)}


def with_config(
    without: Sequence[str] = (), kind: type[Config] = Config, shown: Collection[str] | None = None
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Add an option for every field of the configuration to a command.

    Parameters
    ----------
    without : sequence of str
        Fields that the command sets itself.
    kind : type
        Class of the configuration.
    shown : collection of str, optional
        Fields whose options the help lists; None for all.

    Returns
    -------
    callable
        A decorator. The last parameter of the decorated function, ``params``, gets the values of the fields as a dict.
    """

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        fields = {name: field for name, field in kind.model_fields.items() if name not in without}
        options = {name: option(name, field, hidden=shown is not None and name not in shown) for name, field in fields.items()}
        own = list(signature(command, eval_str=True).parameters.values())[:-1]

        def called(**values: Any) -> None:
            params = {name: values.pop(name) for name in options}
            command(**values, params=params)

        called.__doc__ = command.__doc__
        own_keywords = [parameter.replace(kind=Parameter.KEYWORD_ONLY) for parameter in own]
        called.__signature__ = Signature([*own_keywords, *options.values()])  # type: ignore[attr-defined]
        return called

    return decorate
