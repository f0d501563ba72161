"""Pay: flags along depth, and what they add up to."""

from __future__ import annotations

from typing import Annotated

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from mudrock_jupyter.operators.declare import Curve, Kind, operator
from mudrock_jupyter.operators.parameters import Fraction, described
from mudrock_jupyter.operators.runs import thicknesses
from mudrock_jupyter.operators.summaries import (
    DEPTH,
    WELL_ID,
    Groups,
    batches_with_thickness,
    group_rows,
    quantity,
    share,
    unit_of,
)

Values = NDArray[np.float64]
Thickness = Annotated[float, described("In depth units", minimum=0)]


@operator(
    "wel_pay_flags",
    kind=Kind.WELL,
    family="net_pay",
    category="wells",
    title="Pay flags",
    inputs={
        "vshale": Curve("VSH", unit="v/v", description="Shale volume"),
        "phie": Curve("PHIE", unit="v/v", description="Effective porosity"),
        "swe": Curve("SWE", unit="v/v", description="Effective water saturation"),
    },
    outputs={
        "rock": Curve("ROCK", type="flag", description="Rock that is not shale"),
        "res": Curve("RES", type="flag", description="Reservoir: porous rock"),
        "pay": Curve("PAY", type="flag", description="Pay: reservoir with hydrocarbon"),
    },
    formula="ROCK = VSH < vsh; RES = ROCK and PHIE > phi; PAY = RES and SWE < sw",
    source="Worthington and Cosentino (2005)",
)
def wel_pay_flags(
    vshale: Values,
    phie: Values,
    swe: Values,
    depth: Values,
    vsh: Annotated[Fraction, described("Rock has less shale than this", unit="v/v")] = 0.4,
    phi: Annotated[Fraction, described("Reservoir has more porosity than this", unit="v/v")] = 0.1,
    sw: Annotated[Fraction, described("Pay has less water than this", unit="v/v")] = 0.6,
    min_thick: Annotated[
        float, described("Beds thinner than this are dropped, in depth units", minimum=0)
    ] = 0.5,
    merge_gap: Annotated[
        float, described("Beds this close are joined, in depth units", minimum=0)
    ] = 0.3,
) -> dict[str, Values]:
    """Flag rock, reservoir and pay by cutoffs and bed thickness.

    Pay is always reservoir, and reservoir always rock. At each of the three, beds no further apart
    than `merge_gap` are joined (within the bed of the flag before), then those thinner than
    `min_thick` dropped. A sample stands for half a step on either side. A flag is missing where
    its curve is, unless a cutoff before has already failed.
    """
    from mudrock_jupyter.operators.kernels_pay import pay_flags

    # The slack lets a bed of exactly min_thick stay, whatever the rounding of its depths.
    joined, least = merge_gap * (1.0 + 1e-9), min_thick * (1.0 - 1e-9)
    thickness = thicknesses(depth)
    rock, res, pay = pay_flags(vshale, phie, swe, thickness, vsh, phi, sw, joined, least)
    return {"rock": rock, "res": res, "pay": pay}


@operator(
    "wel_net_pay",
    kind=Kind.TABLE,
    family="net_pay",
    category="wells",
    title="Net pay summary",
    inputs={
        "res": Curve("RES", type="flag", description="Reservoir"),
        "pay": Curve("PAY", type="flag", description="Pay"),
        "phie": Curve("PHIE", unit="v/v", description="Effective porosity"),
        "swe": Curve("SWE", unit="v/v", description="Effective water saturation"),
        "klog": Curve("KLOG", unit="mD", description="Permeability", optional=True),
        "zone": Curve("ZONE", description="Zone", optional=True, type="text"),
    },
    formula=(
        "net_pay = sum(h); avg_phi = sum(PHIE h) / sum(h); avg_sw = sum(SWE PHIE h) / "
        "sum(PHIE h); hpv = sum(PHIE (1 - SWE) h); kh = sum(KLOG h); over pay, h = half-step"
    ),
    source="Worthington and Cosentino (2005)",
)
def wel_net_pay(
    table: pa.Table,
    /,
    res: str = "RES",
    pay: str = "PAY",
    phie: str = "PHIE",
    swe: str = "SWE",
    klog: str | None = None,
    zone: str | None = None,
) -> pa.Table:
    """Net pay of each well, and of each zone where there are zones.

    Thicknesses are along the hole, each sample standing for half a step on either side; `ntg` is
    net pay over gross. Averages are weighted by thickness, saturation also by porosity, and are
    missing where there is no pay. `kh` is there where a permeability is.
    """
    groups = group_rows(table, [name for name in (WELL_ID, zone) if name])
    sums = _sums(table, groups, [res, pay, phie, swe, klog or phie])
    gross, net_res, net_pay, porosity, porous, water, watered, hydrocarbon, flow = sums.T
    unit = unit_of(table.schema, DEPTH)
    columns = [
        quantity("gross", gross, unit, "Gross thickness"),
        quantity("net_res", net_res, unit, "Net reservoir thickness"),
        quantity("net_pay", net_pay, unit, "Net pay thickness"),
        quantity("ntg", share(net_pay, gross), "v/v", "Net pay to gross"),
        quantity("avg_phi", share(porosity, porous), "v/v", "Mean porosity of the pay"),
        quantity("avg_sw", share(water, watered), "v/v", "Mean water saturation of the pay"),
        quantity("hpv", hydrocarbon, unit, "Hydrocarbon pore thickness"),
    ]
    if klog:
        columns.append(quantity("kh", flow, f"mD.{unit}", "Permeability thickness of the pay"))
    return groups.table(columns)


def _sums(table: pa.Table, groups: Groups, names: list[str]) -> Values:
    """Add up what the summary is made of: a row for each group, a column for each sum."""
    sums = np.zeros((len(groups.keys), 9))
    if len(table):
        from mudrock_jupyter.operators.kernels_pay import add_pay

        row = 0
        for of, thickness in batches_with_thickness(table, names):
            res, pay, phie, swe, klog = (of[name] for name in names)
            run = int(np.searchsorted(groups.starts, row, side="right")) - 1
            add_pay(thickness, res, pay, phie, swe, klog, row, run, groups.starts, groups.groups,
                    sums)
            row += thickness.size
    return sums
