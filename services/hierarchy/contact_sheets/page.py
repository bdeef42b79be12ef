"""Contact sheets as one page of HTML: A4 on paper, one sheet each; on a telephone behind the QR code. No script, no
fonts from elsewhere, nothing to load: it works on a network that sees nothing else.
"""

import base64
import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime
from html import escape
from io import BytesIO
from pathlib import Path

import segno

from services.hierarchy.contact_sheets.paper import DESKS, fitted, instead
from services.hierarchy.contact_sheets.views import Answering, ContactSheet, SheetEntry
from shared.kernel.periods import CHINA

STYLE = (Path(__file__).parent / "sheet.css").read_text("utf-8")
_DIGEST = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
POLICY = (
    f"default-src 'none'; style-src 'sha256-{_DIGEST}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


def page(sheets: Sequence[ContactSheet], *, notes: Iterable[str] = ()) -> str:
    """The document. `notes` are for whoever prints it and are not printed."""
    title = sheets[0].place.full_name if len(sheets) == 1 else f"联系卡 {len(sheets)} 张"
    said = "".join(f'<p class="note">{note}</p>' for note in notes)
    return _document(f"{title} · {sheets[0].title if sheets else ''}", said + "".join(map(_sheet, sheets)))


def _document(title: str, body: str) -> str:
    return (
        '<!doctype html>\n<html lang="zh-CN"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="robots" content="noindex"><meta name="format-detection" content="telephone=no">'
        f"<title>{escape(title)}</title><style>{STYLE}</style></head><body>{body}</body></html>\n"
    )


def missing(instead: Iterable[tuple[str, str]]) -> str:
    """Behind a QR code whose place is no more: `instead` are the codes and names of those that took over."""
    links = "".join(f'<p><a href="./{escape(code)}"><b>{escape(name)}</b></a></p>' for code, name in instead)
    said = (
        f"<p>这里已经调整，请看新的联系卡：</p>{links}"
        if links
        else f"<p>没有找到这张联系卡。楼栋可能已调整，请拨 {_tel('12345')} 或问社区。</p>"
    )
    return _document("联系卡", f'<article class="sheet"><section class="empty">{said}</section></article>')


def _sheet(sheet: ContactSheet) -> str:
    size, honours = fitted(sheet)
    above, below = (_header, _now, _people), (_desks, _lines, _footer)
    parts = [*(part(sheet) for part in above), _honours(sheet, honours), *(part(sheet) for part in below)]
    return f'<article class="sheet {size.name}">{"".join(parts)}</article>'


def _header(sheet: ContactSheet) -> str:
    whole, name = sheet.place.full_name, sheet.place.name
    above = whole.removesuffix(name) if whole.endswith(name) else whole
    intro = f'<p class="intro">{escape(sheet.intro)}</p>' if sheet.intro else ""
    code = "" if sheet.public_url is None or sheet.now is not None else _code(sheet.public_url)
    return (
        f'<header><div class="where"><p class="above">{escape(above)}</p><h1>{escape(name)}</h1>'
        f'<p class="title">{escape(sheet.title)}</p>{intro}</div>{code}</header>'
    )


def _code(url: str) -> str:
    return f'<figure class="code">{qr(url)}<figcaption>手机扫一扫<br>看现在谁值班</figcaption></figure>'


def qr(url: str) -> str:
    """The address as a QR code, SVG, as wide as its box."""
    made, out = segno.make(url, error="m", micro=False), BytesIO()
    made.save(out, kind="svg", xmldecl=False, omitsize=True, border=0, svgclass="qr", lineclass=None, title="二维码")
    return out.getvalue().decode()


def _people(sheet: ContactSheet) -> str:
    if not sheet.entries:
        return '<section><p class="empty">这里暂未登记责任人，请拨打下面的便民电话。</p></section>'
    instead = f"可拨{sheet.lines[0].label}转接" if sheet.lines else ""
    return f'<section class="people"><ol>{"".join(_person(entry, instead) for entry in sheet.entries)}</ol></section>'


def _person(entry: SheetEntry, instead: str) -> str:
    scope = "、".join(entry.matters) if entry.matters else entry.place.name
    name = "（暂缺）" if entry.vacant else entry.name or ""
    empty = ' class="vacant"' if entry.vacant else ""
    without = "请找下一位" if entry.vacant else instead
    number = _tel(entry.phone) if entry.phone else f'<span class="none">{escape(without)}</span>'
    return (
        f'<li{empty}><span class="order">{entry.order}</span><div class="who">'
        f'<p><b>{escape(entry.post_name)}</b> <span class="name">{escape(name)}</span></p>'
        f'<small>{escape(scope)}</small></div><span class="number">{number}</span></li>'
    )


def _tel(number: str) -> str:
    digits = "".join(char for char in number if char.isdigit() or char == "+")
    return f'<a href="tel:{escape(digits)}">{escape(_grouped(number))}</a>'


def _grouped(number: str) -> str:
    """`100 3000 0001`: eleven digits are read out and dialled in three groups."""
    if len(number) == 11 and number.isdigit():  # noqa: PLR2004 - a mobile number
        return f"{number[:3]} {number[3:7]} {number[7:]}"
    return number


def _honours(sheet: ContactSheet, shown: int) -> str:
    if not shown:
        return ""
    doors = "".join(f"<li>{escape(one.door)} <b>{escape(one.label)}</b></li>" for one in sheet.honours[:shown])
    more = f"<li>{words}</li>" if (words := instead(sheet, shown)) else ""
    return f'<section class="honours"><h2>门前荣誉</h2><ul>{doors}{more}</ul></section>'


def _desks(sheet: ContactSheet) -> str:
    if not sheet.desks:
        return ""
    cards = "".join(
        f"<li><b>{escape(desk.name)}</b><small>{escape(desk.hours_in_words)}</small>{_spot(desk.address)}"
        f"{_tel(desk.phone) if desk.phone else ''}</li>"
        for desk in sheet.desks[:DESKS]
    )
    return f'<section class="desks"><h2>家门口的服务点</h2><ul>{cards}</ul></section>'


def _spot(address: str | None) -> str:
    return f'<small class="spot">{escape(address)}</small>' if address else ""


def _lines(sheet: ContactSheet) -> str:
    if not sheet.lines:
        return ""
    rows = "".join(f"<li><span>{escape(line.label)}</span>{_tel(line.number)}</li>" for line in sheet.lines)
    return f'<section class="lines"><h2>便民电话</h2><ul>{rows}</ul></section>'


def _now(sheet: ContactSheet) -> str:
    if sheet.now is None:
        return ""
    open_ = [one for one in sheet.now if not one.skipped]
    if not open_:
        return ""
    first, rest = open_[0], open_[1:3]
    others = "".join(f"<li>{_answer(one)}</li>" for one in rest)
    more = f'<ul class="then">{others}</ul>' if others else ""
    return (
        f'<section class="now"><h2>现在找谁 <time>{_clock(sheet.asked_at)}</time></h2>'
        f'<div class="first">{_answer(first)}</div>{more}</section>'
    )


def _answer(one: Answering) -> str:
    named = f" {escape(one.name)}" if one.name and one.name != one.label else ""
    number = _tel(one.phone) if one.phone else ""
    return f"<p><b>{escape(one.label)}</b>{named}</p>{number}<small>{escape(one.why_zh)}</small>"


def _clock(at: datetime) -> str:
    return f"{at.astimezone(CHINA):%H:%M}"


def _footer(sheet: ContactSheet) -> str:
    said = f"<span>{escape(sheet.footer)}</span>" if sheet.footer else ""
    day = f"{sheet.on.year}年{sheet.on.month}月{sheet.on.day}日"
    return f"<footer>{said}<span>{day}</span></footer>"
