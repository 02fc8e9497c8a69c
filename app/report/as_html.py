"""A report as one HTML file that needs nothing else; printed, it fills two A4 pages."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from app.report.content import TABLE_HEADS, Report
from app.report.figure import draw

_STYLE = """
@page { size: A4; margin: 14mm; }
* { box-sizing: border-box; }
body { max-width: 780px; margin: 24px auto; padding: 0 20px; background: #fff; color: #17232b;
  font: 14px/1.45 "Source Sans 3", "Source Sans Pro", system-ui, sans-serif;
  font-variant-numeric: tabular-nums; }
.banner { margin: 0 0 14px; padding: 7px 12px; border: 1.5px solid #17232b; font-weight: 600; }
h1 { margin: 0 0 4px; font-size: 26px; line-height: 1.15; }
h2 { margin: 20px 0 6px; font-size: 16px; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 1px 16px; margin: 8px 0 16px; }
dt { color: #5b6a73; } dd { margin: 0; }
.figures { display: grid; grid-template-columns: repeat(4, 1fr); gap: 12px 18px; margin: 0 0 16px; }
.figures span, .figures small { display: block; color: #5b6a73; font-size: 12px; line-height: 1.3; }
.figures strong { display: block; font-size: 20px; line-height: 1.25; font-weight: 600; }
svg { display: block; width: 100%; font-family: inherit; }
p { margin: 6px 0; } .small { color: #5b6a73; font-size: 12.5px; }
table { width: 100%; border-collapse: collapse; font-size: 13px; }
th { color: #5b6a73; font-weight: 500; } th, td { padding: 3px 10px 3px 0; text-align: left; }
td { border-top: 1px solid #dde3e6; }
.second { break-before: page; } footer { margin-top: 18px; color: #5b6a73; font-size: 12px; }
.pair { display: grid; grid-template-columns: 1fr 1.6fr; gap: 28px; }
@media (max-width: 600px) { .figures { grid-template-columns: 1fr 1fr; }
  .pair { grid-template-columns: 1fr; } .wide { overflow-x: auto; } }
@media print { body { margin: 0; padding: 0; max-width: none; font-size: 12px; } }
"""


def as_html(report: Report) -> str:
    """Return the report as a whole HTML document."""
    facts = "".join(
        f"<dt>{escape(label)}</dt><dd>{escape(value)}</dd>" for label, value in report.facts
    )
    figures = "".join(
        f"<div><span>{escape(one.label)}</span><strong>{escape(one.value)}</strong>"
        f"<small>{escape(one.note)}</small></div>"
        for one in report.figures
    )
    method = "".join(f'<p class="small">{escape(line)}</p>' for line in report.method)
    subject = dict(report.facts)
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(report.title)}: {escape(subject['Infant'])}</title>"
        f"<style>{_STYLE}</style></head><body>"
        f'<p class="banner" role="note">{escape(report.banner)}</p>'
        f"<h1>{escape(report.title)}</h1><dl>{facts}</dl>"
        f'<div class="figures">{figures}</div>'
        f"{draw(report.chart).svg(report.chart['label'])}"
        f'<p class="small">{escape(report.caption)}</p>'
        f'<section class="second"><h2>Through the span</h2>'
        f'<div class="wide">{_table(TABLE_HEADS, report.rows)}</div><div class="pair"><div>'
        f"<h2>Not assessable because</h2>{_table(('Reason', 'For'), report.reasons)}</div>"
        f"<div><h2>Events and notes</h2>{_table(('When', 'What'), report.events)}</div></div>"
        f"<h2>Method</h2>{method}</section><footer>{escape(report.foot)}</footer></body></html>"
    )


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    if not rows:
        return '<p class="small">None.</p>'
    head = "".join(f'<th scope="col">{escape(one)}</th>' for one in heads)
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
