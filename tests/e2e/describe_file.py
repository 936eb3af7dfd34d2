"""What stands in a downloaded report, as JSON for the browser tests: a PDF's pages, a workbook's sheets.

Usage: describe_file.py FILE
"""

import json
import sys
from pathlib import Path

import openpyxl
import pypdf


def pdf(path: Path) -> dict[str, object]:
    """pages: the text of each, spaces and line breaks as single spaces."""
    return {"pages": [" ".join(page.extract_text().split()) for page in pypdf.PdfReader(path).pages]}


def workbook(path: Path) -> dict[str, object]:
    """sheets by title: the rows as {value, type}, type one of Excel's (n number, d date, s text, b yes or no)."""
    book = openpyxl.load_workbook(path)
    return {
        sheet.title: [[{"value": str(cell.value), "type": cell.data_type} for cell in row] for row in sheet.iter_rows()]
        for sheet in book
    }


if __name__ == "__main__":
    file = Path(sys.argv[1])
    print(json.dumps(pdf(file) if file.suffix == ".pdf" else workbook(file)))  # noqa: T201 - this is its answer
