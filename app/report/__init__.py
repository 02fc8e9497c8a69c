"""Reports: an infant's shift or week on two pages, as HTML and as PDF.

``content`` gathers what a report says (from the same functions as the pages), ``figure`` draws the
trends as vectors, ``as_html`` and ``as_pdf`` place both. The letters of the PDF are those of the
dashboard (``fonts``), so that it needs nothing of the machine.
"""
