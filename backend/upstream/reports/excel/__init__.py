"""Excel: rows streamed into a workbook, encrypted as they are made, with nothing in them that Excel could evaluate."""
