"""Tables that cannot be read, and what must be said of them."""

EXTRACT = "UPN,Surname,Telephone\r\n"
ROW = "P207000016049,Barlow,1\r\n"
WIDE = ",".join(f"c{number}" for number in range(1000))
# What is wrong, the content, and what must be said (for the extract; the table alone below).
BAD_TABLES = {
    "empty": (b"", "the file is empty"),
    "blank lines only": (b"\r\n\r\n", "the file is empty"),
    "heading only": (EXTRACT.encode(), "line 1: the file has headings but no rows"),
    "no heading": (ROW.encode() * 2, "line 1: this looks like data"),
    "heading twice": (
        b"UPN,Surname, surname\r\nP,B,C\r\n",
        'line 1, column "surname": column 2 has the same heading',
    ),
    "two without a heading": (
        b"UPN,,\r\nP,B,C\r\n",
        "line 1: the columns 2, 3 have no heading",
    ),
    "two columns of UPN": (
        b"UPN,Unique Pupil Number\r\nP,P\r\n",
        "line 1, column \"Unique Pupil Number\": column 1 ('UPN') also contains unique pupil numbers",
    ),
    "two columns of surname": (b"UPN,Surname,Last name\r\nP,B,B\r\n", "also contains surnames"),
    "two columns of birth": (b"UPN,DOB,Date of birth\r\nP,B,B\r\n", "also contains dates of birth"),
    "row too long": (
        (EXTRACT + ROW + "P207000016049,Barlow,1,2\r\n").encode(),
        "line 3, column 4: the row has 4 cells but the heading has 3 columns",
    ),
    "NUL bytes": (
        (EXTRACT + "P207000016049,Bar\0low,1\r\n").encode(),
        "line 2, column 2: the file is damaged (NUL byte)",
    ),
    "1,000 columns": (
        (WIDE + "\r\n" + ROW).encode(),
        "line 1: the file has 1000 columns. The maximum",
    ),
    "a PDF": (b"%PDF-1.7\n%...", "this is a PDF, not a CSV file"),
    "a workbook": (b"PK\x03\x04rest", "this is an Excel workbook or ZIP file"),
    "an old workbook": (b"\xd0\xcf\x11\xe0rest", "this is an old Excel or Word file"),
    "semicolons": (b"UPN;Surname\r\nP;B\r\n", "line 1: the columns are not separated by commas"),
    "an open quotation mark": ((EXTRACT + 'P,"Bar\r\n').encode(), "is not closed"),
    "no encoding at all": (
        (EXTRACT + "P207000016049,").encode() + b"\x81\xff,1\r\n",
        "line 2, column 2: the byte 0x81 is text neither in UTF-8 nor in Windows-1252",
    ),
}
