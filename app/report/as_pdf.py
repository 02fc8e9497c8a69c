"""A report as PDF on two A4 pages: the same words and the same drawing as the HTML."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from fpdf import FPDF
from fpdf.enums import XPos, YPos

from app.report.content import TABLE_HEADS, Report
from app.report.figure import INK, MUTED, WIDTH, Box, Drawing, Line, Words, draw

_FONTS = Path(__file__).with_name("fonts")
_FAMILY = "Cotside Sans"
_MARGIN_MM = 14.0
_WIDE_MM = 210.0 - 2 * _MARGIN_MM
_MM = _WIDE_MM / WIDTH
_PT_PER_MM = 72 / 25.4


def as_pdf(report: Report) -> bytes:
    """Return the report as a PDF file."""
    pdf = _Sheet(report)
    pdf.first_page()
    pdf.second_page()
    return bytes(pdf.output())


class _Sheet(FPDF):
    def __init__(self, report: Report) -> None:
        super().__init__(format="A4")
        self.report = report
        self.set_margin(_MARGIN_MM)
        # Cells begin where their place begins, so that everything stands on one edge.
        self.c_margin = 0.0
        # Two pages, whatever the words: what is long was cut where it was gathered.
        self.set_auto_page_break(False)
        self.add_font(_FAMILY, "", _FONTS / "CotsideSans-Regular.ttf")
        self.add_font(_FAMILY, "B", _FONTS / "CotsideSans-Semibold.ttf")
        self.set_title(report.title)
        self.set_creator("Cotside")
        self.set_lang("en")

    def header(self) -> None:
        self._ink(INK)
        self.set_line_width(0.4)
        self._font(10, bold=True)
        self.cell(_WIDE_MM, 7, f"  {self.report.banner}", border=1)
        self.ln(10)

    def footer(self) -> None:
        self.set_y(-11)
        self._ink(MUTED)
        self._font(8)
        self.cell(_WIDE_MM - 20, 4, self.report.foot)
        self.cell(20, 4, f"{self.page_no()} of 2", align="R")

    def first_page(self) -> None:
        report = self.report
        self.add_page()
        self._font(20, bold=True)
        self._ink(INK)
        self.cell(_WIDE_MM, 9, report.title)
        self.ln(11)
        for label, value in report.facts:
            self._font(10)
            self._ink(MUTED)
            self.cell(46, 5, label)
            self._ink(INK)
            self.cell(_WIDE_MM - 46, 5, self._fit(value, _WIDE_MM - 46))
            self.ln(5)
        self.ln(4)
        self._figures()
        self._place(draw(report.chart))
        self.ln(2)
        self._paragraph(report.caption)

    def second_page(self) -> None:
        report = self.report
        self.add_page()
        self._heading("Through the span")
        share = (_WIDE_MM - 52) / (len(TABLE_HEADS) - 1)
        self._table(TABLE_HEADS, report.rows, [52, *[share] * (len(TABLE_HEADS) - 1)])
        top_mm = self.get_y()
        self._heading("Not assessable because")
        self._table(("Reason", "For"), report.reasons, [40, 18])
        left_end_mm = self.get_y()
        self.set_y(top_mm)
        self.set_left_margin(_MARGIN_MM + 66)
        self._heading("Events and notes")
        self._table(("When", "What"), report.events, [28, _WIDE_MM - 66 - 28])
        self.set_left_margin(_MARGIN_MM)
        self.set_y(max(left_end_mm, self.get_y()))
        self._heading("Method")
        for line in report.method:
            self._paragraph(line)
            self.ln(1)

    def _figures(self) -> None:
        wide_mm, tall_mm = _WIDE_MM / 4, 17.0
        top_mm = self.get_y()
        for number, one in enumerate(self.report.figures):
            row, column = divmod(number, 4)
            x_mm, y_mm = _MARGIN_MM + column * wide_mm, top_mm + row * tall_mm
            for text, size, bold, ink, down_mm in (
                (one.label, 8.5, False, MUTED, 3.5),
                (one.value, 14, True, INK, 9.2),
            ):
                self._font(size, bold=bold)
                self._ink(ink)
                self.text(x_mm, y_mm + down_mm, self._fit(text, wide_mm - 2))
            self._font(7.5)
            self._ink(MUTED)
            self.set_xy(x_mm, y_mm + 10.4)
            self.multi_cell(wide_mm - 3, 3.1, one.note, align="L", max_line_height=3.1)
        rows = -(-len(self.report.figures) // 4)
        self.set_xy(_MARGIN_MM, top_mm + rows * tall_mm + 3)

    def _place(self, drawing: Drawing) -> None:
        top_mm = self.get_y()
        for shape in drawing.shapes:
            if isinstance(shape, Box):
                self.set_fill_color(shape.fill)
                place = (shape.x * _MM + _MARGIN_MM, shape.y * _MM + top_mm)
                self.rect(*place, shape.width * _MM, shape.height * _MM, style="F")
            elif isinstance(shape, Line):
                self.set_draw_color(shape.stroke)
                self.set_line_width(shape.width * _MM)
                self.line(
                    shape.x1 * _MM + _MARGIN_MM, shape.y1 * _MM + top_mm,
                    shape.x2 * _MM + _MARGIN_MM, shape.y2 * _MM + top_mm,
                )  # fmt: skip
            else:
                self._words(shape, top_mm)
        self.set_draw_color(0)
        self.set_xy(_MARGIN_MM, top_mm + drawing.height * _MM)

    def _words(self, shape: Words, top_mm: float) -> None:
        self._font(shape.size * _MM * _PT_PER_MM)
        self._ink(shape.fill)
        width_mm = self.get_string_width(shape.text)
        back_mm = {"start": 0.0, "middle": width_mm / 2, "end": width_mm}[shape.anchor]
        x_mm, y_mm = shape.x * _MM + _MARGIN_MM, shape.y * _MM + top_mm
        with self.rotation(90 if shape.is_turned else 0, x_mm, y_mm):
            self.text(x_mm - back_mm, y_mm, shape.text)

    def _table(
        self, heads: Sequence[str], rows: Sequence[Sequence[str]], widths_mm: Sequence[float]
    ) -> None:
        if not rows:
            self._paragraph("None.")
            return
        self.set_draw_color("#dde3e6")
        self.set_line_width(0.2)
        for number, row in enumerate([heads, *rows]):
            self._font(8.5)
            self._ink(INK if number else MUTED)
            for text, width_mm in zip(row, widths_mm, strict=True):
                shown = self._fit(text, width_mm - 2)
                self.cell(width_mm, 4.6, shown, border="T" if number else 0)
            self.ln(4.6)

    def _heading(self, text: str) -> None:
        self.ln(3)
        self._font(11.5, bold=True)
        self._ink(INK)
        self.cell(0, 6, text, new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    def _paragraph(self, text: str) -> None:
        self._font(8.5)
        self._ink(MUTED)
        self.multi_cell(0, 4, text, align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    def _font(self, size_pt: float, *, bold: bool = False) -> None:
        self.set_font(_FAMILY, "B" if bold else "", size_pt)

    def _ink(self, colour: str) -> None:
        self.set_text_color(colour)

    def _fit(self, text: str, width_mm: float) -> str:
        """Return the text, shortened with an ellipsis where it would run out of its place."""
        if self.get_string_width(text) <= width_mm:
            return text
        while text and self.get_string_width(f"{text}…") > width_mm:
            text = text[:-1]
        return f"{text}…"
