"""Requests made to hurt: bodies that a GraphQL server may choke on, by name."""

import json

Attack = tuple[bytes, str]
"""A body and its content type."""

JSON = "application/json"


def _query(query: str, **more: object) -> Attack:
    return json.dumps({"query": query, **more}).encode(), JSON


def _fragments(levels: int) -> str:
    """Each fragment spreads the next one twice: read one by one, 2^levels."""
    spread = " ".join(
        f"fragment F{level} on Query {{ ...F{level + 1} ...F{level + 1} __typename }}" for level in range(levels)
    )
    return f"{{ ...F0 }} {spread} fragment F{levels} on Query {{ __typename }}"


def _multipart(operations: str, places: str, files: int = 1) -> Attack:
    parts = [("operations", operations), ("map", places)]
    body = "".join(f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{text}\r\n' for name, text in parts)
    body += "".join(
        f'--b\r\nContent-Disposition: form-data; name="{number}"; filename="x.csv"\r\n'
        f"Content-Type: text/csv\r\n\r\nx\r\n"
        for number in range(files)
    )
    return f"{body}--b--\r\n".encode(), "multipart/form-data; boundary=b"


_UPLOAD = json.dumps(
    {"query": "mutation($file: Upload!) { uploadFile(file: $file) { errors { code } } }", "variables": {"file": None}}
)
_NESTED = "{ claims { items " + "{ payer { summary " * 40 + "{ claims }" + " } }" * 40 + " } }"
_DEEP = "{ __schema { types " + "{ fields { type " * 60 + "{ name }" + " } }" * 60 + " } }"

ATTACKS: dict[str, Attack] = {
    "60 levels deep": _query(_DEEP),
    "40 lists within lists": _query(_NESTED),
    "18 levels of fragments that double": _query(_fragments(18)),
    "60 levels of fragments that double": _query(_fragments(60)),
    "fragments in a circle": _query("{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }"),
    "a fragment of itself": _query("{ ...A } fragment A on Query { ...A }"),
    "1,000 aliases": _query("{ " + " ".join(f"a{n}: viewer {{ id }}" for n in range(1000)) + " }"),
    "one field 3,000 times": _query("{ " + "__typename " * 3000 + "}"),
    "1,000 directives": _query("{ __typename " + "@skip(if: false) " * 1000 + "}"),
    "1,000 unknown directives": _query("{ __typename " + "@x " * 1000 + "}"),
    "1,000 operations": _query(" ".join(f"query Q{n} {{ __typename }}" for n in range(1000))),
    "a batch of 1,000": (json.dumps([{"query": "{ __typename }"}] * 1000).encode(), JSON),
    "pages of 2 billion rows": _query("{ claims(first: 2147483647) { items { id } } }"),
    "a list of 100,000 numbers": _query("{ claims(filter: {outcome: [" + "PAID " * 20_000 + "]}) { totalCount } }"),
    "a text of a megabyte": _query('{ payers(filter: {search: "' + "x" * 1_000_000 + '"}) { totalCount } }'),
    "a megabyte of braces": _query("{" * 1_000_000),
    "a megabyte of comments": _query("#" * 1_000_000 + "\n{ __typename }"),
    "types in lists in lists": _query("query($a: " + "[" * 3000 + "Int" + "]" * 3000 + ") { __typename }"),
    "variables 100,000 deep": (
        b'{"query": "{ __typename }", "variables": ' + b'{"a":' * 100_000 + b"1" + b"}" * 100_000 + b"}",
        JSON,
    ),
    "variables that are none": (b'{"query": "{ __typename }", "variables": [1, 2]}', JSON),
    "null for a body": (b"null", JSON),
    "bytes that are no text": (b"\xff\xfe\x00{", JSON),
    "a file in the place of everything": _multipart(_UPLOAD, '{"0": ["query", "variables", ""]}'),
    "a map of 10,000 places": _multipart(_UPLOAD, json.dumps({"0": ["variables.file"] * 10_000})),
    "a file where there is no place": _multipart(_UPLOAD, '{"0": ["variables.__class__.__init__"]}'),
}
