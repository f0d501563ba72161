"""What a node can do: operators, their declaration and their registry.

Calling the room itself lists the catalogue: `mudrock_jupyter.operators()`.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas


class _Room(ModuleType):
    # `mr.operators()` is the public name for the catalogue, and importing the room of that name
    # sets it as an attribute of the package: so the room itself answers the call.
    def __call__(self, search: str = "") -> pandas.DataFrame:
        """Return the catalogue: one row for each operator, indexed by id.

        `search` keeps those whose id, title, family, summary or curves have that text.

        >>> import mudrock_jupyter as mr
        >>> mr.operators("clavier").index.tolist()[0]
        'vsh_clavier'
        """
        from mudrock_jupyter.operators.listing import catalogue_frame

        return catalogue_frame(search)

    def remove(self, id: str) -> None:
        """Take an operator of your own out of the catalogue.

        Raises `NotFound` if there is none, `InvalidInput` for one of mudrock_jupyter.
        """
        from mudrock_jupyter.operators import registry

        registry.remove(id)


sys.modules[__name__].__class__ = _Room
