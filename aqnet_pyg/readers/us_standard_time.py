"""Standard time of the counties of the United States, the time of their official daily averages."""

from __future__ import annotations

_STATES: dict[int, str] = {
    -4: "72 78",
    -5: "09 10 11 12 13 18 21 23 24 25 26 33 34 36 37 39 42 44 45 50 51 54",
    -6: "01 05 17 19 20 22 27 28 29 31 38 40 46 47 48 55",
    -7: "04 08 16 30 35 49 56",
    -8: "06 32 41 53",
    -9: "02",
    -10: "15",
    -11: "60",
    10: "66 69",
}
"""State codes (FIPS) by the offset of most of the state from UTC in hours."""

_COUNTIES: dict[tuple[str, int], str] = {
    ("12", -6): "005 013 033 045 059 063 091 113 131 133",
    ("16", -8): "009 017 021 035 055 057 061 069 079",
    ("18", -6): "051 073 089 091 111 123 127 129 147 149 163 173",
    ("20", -7): "071 075 181 199",
    ("21", -6): (
        "001 003 007 009 027 031 033 035 039 047 053 055 057 059 061 075 083 085 087 091 099 101 105 107 139 141 143 145 149 157 "
        "169 171 177 183 207 213 219 221 225 227 233"
    ),
    ("26", -6): "043 053 071 109",
    ("31", -7): "005 007 013 029 033 045 049 057 069 075 091 101 105 123 135 157 161 165",
    ("38", -7): "001 007 011 025 033 037 041 087 089",
    ("41", -7): "045",
    ("46", -7): "007 019 031 033 041 047 055 063 071 081 093 102 103 105 113 137",
    ("47", -5): (
        "001 009 011 013 019 025 029 057 059 063 065 067 073 089 091 093 105 107 121 123 129 139 143 145 151 155 163 171 173 179"
    ),
    ("48", -7): "141 229",
}
"""County codes (FIPS) by state and offset, where it is not that of most of the state."""

_OFFSETS = {state: offset for offset, states in _STATES.items() for state in states.split()} | {
    state + county: offset for (state, offset), counties in _COUNTIES.items() for county in counties.split()
}


def standard_offset(county: str) -> int | None:
    """Return the offset of standard time from UTC in hours, without daylight saving time; None outside the United States.

    The limits of the zones are those of 49 CFR 71. A county in two zones has that of most of its inhabitants.

    Args:
        county: FIPS codes of state and county, five digits, such as ``27003``.
    """
    return _OFFSETS.get(county, _OFFSETS.get(county[:2]))


def zone_of(offset: int) -> str:
    """Return the IANA name of a fixed offset from UTC in hours, such as ``Etc/GMT+6`` for -6 (the sign is that of POSIX)."""
    return "UTC" if offset == 0 else f"Etc/GMT{-offset:+d}"
