"""Units as well logs spell them: one canonical spelling each, and linear conversions."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from mudrock_jupyter.spec.errors import InvalidInput

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


@dataclass(frozen=True)
class Unit:
    """A unit: its value in the dimension's base unit is `scale * value + offset`."""

    symbol: str
    dimension: str
    scale: float = 1.0
    offset: float = 0.0
    spellings: tuple[str, ...] = ()


_FOOT = 0.3048
_INCH = 0.0254

# Exact definitions where there is one: the international foot, pound per cubic foot, psi.
_UNITS = (
    Unit("", "none", spellings=("none", "unitless", "_", "-", "--", "---", "''", "n/a")),
    Unit("v/v", "fraction", spellings=(
        "v/v_decimal", "decp", "deci", "dec", "decimal", "frac", "fraction", "cfcf", "m3/m3",
        "ft3/ft3", "vol/vol", "vv", "volume/volume", "cf/cf", "cm3/cm3")),
    Unit("%", "fraction", 0.01, spellings=(
        "pu", "p.u.", "lpu", "percent", "perc", "percnt", "pct", "pc", "v/v%")),
    Unit("g/cm3", "density", 1000.0, spellings=(
        "g/c3", "g/cc", "gm/cc", "gm/c3", "gm/cm3", "g/cm^3", "g/cm**3", "gr/cc", "gr/cm3",
        "g.cm-3", "gcc")),
    Unit("kg/m3", "density", spellings=("k/m3", "kg/m^3", "kg/m**3", "kgm3", "kg.m-3")),
    Unit("lb/ft3", "density", 0.45359237 / _FOOT**3, spellings=("lbm/ft3", "lb/f3", "lb/cf")),
    Unit("us/ft", "slowness", 1e-6 / _FOOT, spellings=(
        "us/f", "usec/ft", "usec/f", "µs/ft", "μs/ft", "µsec/ft", "us/feet", "usft", "mcs/ft")),
    Unit("us/m", "slowness", 1e-6, spellings=("usec/m", "µs/m", "μs/m", "mcs/m")),
    Unit("m/s", "velocity", spellings=("m/sec", "mps")),
    Unit("ft/s", "velocity", _FOOT, spellings=("ft/sec", "f/s", "fps")),
    Unit("km/s", "velocity", 1000.0, spellings=("km/sec",)),
    Unit("gAPI", "gamma ray", spellings=("api", "gapi", "apiu", "api units", "gr api", "°api")),
    # "ohm/m" is a common slip of the pen in headers: no log is measured in it.
    Unit("ohm.m", "resistivity", spellings=(
        "ohmm", "ohm-m", "ohm m", "ohm*m", "ohm/m", "ohms.m", "ohm.meter", "ohm-meter", "ohmsm",
        "ω.m", "ωm", "ohm.metre")),
    Unit("mS/m", "conductivity", spellings=("mmho/m", "mmhos/m", "mmho", "mmhos", "ms/metre")),
    Unit("m", "length", spellings=("metre", "metres", "meter", "meters", "mtr", "mrt")),
    Unit("ft", "length", _FOOT, spellings=("f", "feet", "foot", "fts")),
    Unit("in", "length", _INCH, spellings=("inch", "inches", "ins", '"')),
    Unit("0.1 in", "length", 0.1 * _INCH, spellings=("0.1in", ".1in", "0.1 inch")),
    Unit("cm", "length", 0.01),
    Unit("mm", "length", 0.001),
    Unit("mD", "permeability", spellings=("md", "millidarcy", "millidarcies", "mdarcy")),
    Unit("D", "permeability", 1000.0, spellings=("darcy", "darcies")),
    Unit("b/e", "photoelectric factor", spellings=("barn/e", "barns/e", "barn/electron", "b/elec")),
    Unit("degC", "temperature", spellings=("deg c", "°c", "c", "celsius", "deg_c", "dgc")),
    Unit("degF", "temperature", 5 / 9, -32 * 5 / 9, spellings=(
        "deg f", "°f", "fahrenheit", "deg_f", "dgf")),
    Unit("K", "temperature", 1.0, -273.15, spellings=("degk", "kelvin")),
    Unit("mV", "voltage", spellings=("mv", "mvolt", "mvolts", "millivolt", "millivolts")),
    Unit("V", "voltage", 1000.0, spellings=("volt", "volts")),
    Unit("s", "time", spellings=("sec", "second", "seconds")),
    Unit("ms", "time", 1e-3, spellings=("msec",)),
    Unit("us", "time", 1e-6, spellings=("usec", "µs", "μs")),
    Unit("min", "time", 60.0, spellings=("minute", "minutes")),
    Unit("h", "time", 3600.0, spellings=("hr", "hour", "hours")),
    Unit("deg", "angle", spellings=("degree", "degrees", "°", "dega")),
    Unit("psi", "pressure", 6894.757293168361, spellings=("psia", "psig", "lbf/in2")),
    Unit("Pa", "pressure"),
    Unit("kPa", "pressure", 1e3, spellings=("kpaa",)),
    Unit("MPa", "pressure", 1e6),
    Unit("GPa", "pressure", 1e9),
    Unit("bar", "pressure", 1e5, spellings=("bars", "bara")),
    Unit("lbf", "force", 4.4482216152605, spellings=("lb", "lbs")),
    Unit("N", "force", spellings=("newton",)),
    Unit("kN", "force", 1000.0),
    Unit("m/h", "drilling rate", spellings=("m/hr", "m/hour")),
    Unit("ft/h", "drilling rate", _FOOT, spellings=("ft/hr", "f/hr", "ft/hour")),
    Unit("m/min", "logging speed"),
    Unit("ft/min", "logging speed", _FOOT, spellings=("f/min", "ft/mn")),
    Unit("ppm", "parts per million", spellings=("ppm_w",)),
    Unit("cps", "count rate", spellings=("c/s", "counts/s")),
    Unit("cpm", "count rate", 1 / 60, spellings=("c/min",)),
)

_BY_SPELLING = {
    spelling.casefold(): unit for unit in _UNITS for spelling in (unit.symbol, *unit.spellings)
}
# In a header F is feet for a depth and Fahrenheit for a temperature; never farad.
_OTHER_MEANINGS = {"f": ("degF",)}


@lru_cache(maxsize=4096)  # a project asks for the same few of thousands of curves
def _lookup(unit: str, like: str | None = None) -> Unit | None:
    spelling = " ".join(unit.strip().strip("[]()").split()).casefold()
    found = _BY_SPELLING.get(spelling)
    if like is None:
        return found
    wanted = _lookup(like)
    if wanted is not None:
        for symbol in _OTHER_MEANINGS.get(spelling, ()):
            other = _BY_SPELLING[symbol.casefold()]
            if other.dimension == wanted.dimension:
                return other
    return found


def canonical(unit: str, like: str | None = None) -> str | None:
    """Return the canonical spelling of `unit`, or None when the spelling is unknown.

    `like` is a unit of the expected dimension: it settles the spellings with two meanings.

    >>> canonical("G/C3"), canonical("MD"), canonical("furlong")
    ('g/cm3', 'mD', None)
    >>> canonical("F"), canonical("F", like="degC")
    ('ft', 'degF')
    """
    found = _lookup(unit, like)
    return None if found is None else found.symbol


def compatible(a: str, b: str) -> bool:
    """Say whether values in `a` can be expressed in `b`.

    Two unknown spellings are compatible only when they are the same.

    >>> compatible("US/F", "us/m"), compatible("GAPI", "ohm.m"), compatible("foo", "foo")
    (True, False, True)
    """
    if a.strip() == b.strip():
        return True
    unit_a, unit_b = _lookup(a, like=b), _lookup(b, like=a)
    return unit_a is not None and unit_b is not None and unit_a.dimension == unit_b.dimension


def conversion(source: str, target: str) -> tuple[float, float]:
    """Return `(factor, offset)` so that `value * factor + offset` is in `target`.

    Raises `InvalidInput` when the units are of different dimensions or one of them is unknown.

    >>> conversion("ft", "m")
    (0.3048, 0.0)
    """
    if not compatible(source, target):
        unknown = [unit for unit in (source, target) if _lookup(unit) is None]
        why = f"{unknown[0]!r} is not a unit known here" if unknown else "they measure other things"
        raise InvalidInput(f"Values in {source!r} cannot be converted to {target!r}: {why}.")
    a, b = _lookup(source, like=target), _lookup(target, like=source)
    if a is None or b is None or a == b:
        return 1.0, 0.0
    return a.scale / b.scale, (a.offset - b.offset) / b.scale


def convert(
    values: npt.ArrayLike, source: str, target: str
) -> npt.NDArray[np.float64]:
    """Return `values` (in `source`) as a float array in `target`.

    Raises `InvalidInput` when that is impossible; values are never passed through unconverted.

    >>> convert([2650.0], "K/M3", "G/CC").tolist()
    [2.65]
    """
    import numpy as np

    factor, offset = conversion(source, target)
    array = np.asarray(values, dtype=np.float64)
    return array * factor + offset if (factor, offset) != (1.0, 0.0) else array.copy()
