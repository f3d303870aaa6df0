"""YAML as text: no value is taken for a number, a date or a truth, so that 0012 stays 0012 and NO stays NO."""

from __future__ import annotations

from typing import Any

from dicomize.errors import MetadataError

try:
    import yaml
except ModuleNotFoundError:
    raise MetadataError(
        "YAML cannot be read here, since PyYAML is not installed",
        "pip install 'dicomize[yaml]', or write JSON or TOML",
    ) from None


class _Loader(yaml.SafeLoader):
    """Text, lists and tables; the one value with a meaning of its own is null."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012 - PyYAML's own interface; never written to

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002
        names = [key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode)]
        if len(names) < len(node.value):
            raise ValueError("a key is no text")
        if twice := next((name for name in names if names.count(name) > 1), ""):
            raise ValueError(f"it says {twice!r} twice")
        return super().construct_mapping(node, deep=deep)


def _null_or_text(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> str | None:
    plain = node.style is None
    return None if plain and node.value in {"", "~", "null", "Null", "NULL"} else str(loader.construct_scalar(node))


_Loader.add_constructor("tag:yaml.org,2002:str", _null_or_text)


def load(text: str) -> Any:
    """One YAML document.

    Raises:
        ValueError: it is none.
    """
    try:
        return yaml.load(text, Loader=_Loader)  # noqa: S506 - a subclass of SafeLoader
    except yaml.YAMLError as error:
        raise ValueError(f"it is no YAML: {' '.join(str(error).split())}") from None
