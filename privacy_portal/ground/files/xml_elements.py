"""The type of an element of XML."""

from typing import Any, TypeAlias

# lxml's stubs deny what its elements have (text that is no bytes, lines, document types).
Element: TypeAlias = Any
