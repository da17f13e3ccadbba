"""The fields of :class:`mer_tasks.config.Config` as options of a command line, made from the fields themselves.

Choices, bounds, defaults and descriptions are the fields' own. An option that is not given leaves its field to ``MER_*`` and
the default, so an option's own default is always None.
"""

from collections.abc import Callable, Collection, Sequence
from inspect import Parameter, Signature, signature
from typing import Annotated, Any, Literal, get_args, get_origin

import typer
from pydantic.fields import FieldInfo

from mer_tasks.config import Config

PLAIN = (int, float, bool)
"""Types that the command line checks itself; everything else goes to the configuration as text."""


def option(name: str, field: FieldInfo, *, hidden: bool = False) -> Parameter:
    """The parameter of a command that stands for the field `name`; a hidden one is taken, and not in the help."""
    choices = get_args(field.annotation) if get_origin(field.annotation) is Literal else ()
    kind: Any = field.annotation if field.annotation in PLAIN or choices else str
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
    """Give a command an option for every field of the configuration.

    Parameters
    ----------
    without : sequence of str
        Fields that the command sets itself.
    kind : type
        The configuration that the command takes.
    shown : collection of str, optional
        Fields whose options are in the help; without it, all.

    Returns
    -------
    callable
        A decorator for a function that takes the values of the fields as the dict ``params``, its last parameter.
    """

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        fields = {name: field for name, field in kind.model_fields.items() if name not in without}
        options = {name: option(name, field, hidden=shown is not None and name not in shown) for name, field in fields.items()}
        own = list(signature(command, eval_str=True).parameters.values())[:-1]

        def called(**values: Any) -> None:
            params = {name: values.pop(name) for name in options}
            command(**values, params=params)

        called.__doc__ = command.__doc__
        called.__signature__ = Signature([*(one.replace(kind=Parameter.KEYWORD_ONLY) for one in own), *options.values()])  # type: ignore[attr-defined]
        return called

    return decorate
