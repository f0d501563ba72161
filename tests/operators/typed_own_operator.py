"""Own operators as a type checker sees them: `make lint` checks this, nothing runs it."""

from __future__ import annotations

from typing import assert_type

import numpy as np
from numpy.typing import NDArray

import mudrock_jupyter as mr

Values = NDArray[np.float64]


@mr.operator("typed_row", inputs={"gr": mr.Curve("GR", unit="gAPI")},
             outputs={"vsh": mr.Curve("VSH", unit="v/v")})
def row(gr: mr.Expr, clean: float = 20.0) -> mr.Expr:
    return (gr - clean) / 100.0


@mr.operator("typed_well", kind="well", inputs={"gr": mr.Curve("GR")},
             outputs={"out": mr.Curve("OUT")}, tables="tops")
def well(gr: Values, depth: Values, tops: object, window: int = 5) -> Values:
    return np.cumsum(gr)


def use(gr: mr.Expr, values: Values) -> None:
    assert_type(row(gr, clean=1.0), mr.Expr)
    assert_type(well(values, values, None, window=3), Values)
    row(gr, clean="low")  # type: ignore[arg-type]
    row(gr, cleen=1.0)  # type: ignore[call-arg]
    mr.operator("typed", kind="wel")  # type: ignore[arg-type]
