"""An organization's own texts for reason codes: loaded whole or not at all, and shown to nobody else."""

from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from world import World, make_world

from upstream.accounts.models import Organization
from upstream.accounts.roles import Role
from upstream.audit import services as audit
from upstream.audit.models import AuditEvent
from upstream.claims.code_text_file import MAX_BYTES, MAX_TEXT_LENGTH, read_code_texts
from upstream.claims.code_texts import load_code_texts, remove_code_texts
from upstream.claims.models import ReasonKind
from upstream.claims.selectors import code_texts
from upstream.core.actor import Actor
from upstream.core.errors import ErrorCode, ServiceError

CARC, RARC = ReasonKind.CARC, ReasonKind.RARC
WHOLE = {"1": "First text", "197": "Text of 197, with a comma", "B7": "Text of B7"}


@pytest.fixture
def load(organization: Organization, tmp_path: Path) -> Callable[..., str]:
    """`load(content, kind="carc", …)`: what the command says."""

    def run(content: bytes | None, kind: str = "carc", **options: Any) -> str:
        out, file = StringIO(), tmp_path / "texts.csv"
        if content is not None:
            file.write_bytes(content)
        given = [] if options.get("remove") else [str(file)]
        call_command(
            "load_code_texts", *given, **{"organization": organization.slug, "kind": kind, "stdout": out, **options}
        )
        return out.getvalue().strip()

    return run


def events(organization: Organization) -> list[tuple[str, str, str, dict[str, int]]]:
    rows = AuditEvent.objects.for_organization(organization).filter(target_type="code_texts").order_by("sequence")
    return list(rows.values_list("actor_kind", "action", "target_id", "detail"))


@pytest.mark.parametrize(
    "content",
    [
        b'1,First text\n197,"Text of 197, with a comma"\nB7,Text of B7\n',
        b'Code,Description\n1,First text\n197,"Text of 197, with a comma"\nb7,Text of B7\n',
        b"\xef\xbb\xbf1\tFirst text\r\n197\tText of 197, with a comma\r\nB7\tText of B7\r\n",
        b"Start Date\tReason code\tLast modified\tTEXT\tNotes\n"
        b"1/1/1995\t1\t\tFirst text\t\n\t197\t\tText of 197, with a comma\tsee elsewhere\n\tB7\t\tText of B7\t\n",
        b'001,First  text,01/01/1995,,\n\n197,"Text of 197,\nwith a comma",1995-01-01,\n,,\n' + b"B7,Text of B7\n" * 2,
    ],
    ids=["plain", "header", "tabs and a byte order mark", "columns by name", "dates, breaks and the same twice"],
)
def test_a_list_is_read_in_the_forms_it_comes_in(content: bytes) -> None:
    assert read_code_texts(CARC, content) == WHOLE


def test_letters_outside_ascii_are_read_from_utf_8_and_from_windows_1252() -> None:
    text = "The payer\u2019s own \u201ctext\u201d \u2013 caf\u00e9"
    for encoding in ("utf-8", "utf-8-sig", "cp1252"):
        assert read_code_texts(RARC, f"N1,{text}\n".encode(encoding)) == {"N1": text}


def test_loading_replaces_the_texts_of_one_kind_and_counts_what_changed(
    organization: Organization, load: Callable[..., str]
) -> None:
    assert load(b"N706,Remark\n", kind="rarc") == "1 texts of RARC loaded: 1 new, 0 changed, 0 as before; 0 removed."
    assert load(b"1,One\n2,Two\n3,Three\n").startswith("3 texts of CARC loaded: 3 new")
    told = load(b"2,Two\n3,Three anew\n4,Four\n5,Five\n")
    assert told == "4 texts of CARC loaded: 2 new, 1 changed, 1 as before; 1 removed."
    assert code_texts(organization) == {
        ("RARC", "N706"): "Remark",
        ("CARC", "2"): "Two",
        ("CARC", "3"): "Three anew",
        ("CARC", "4"): "Four",
        ("CARC", "5"): "Five",
    }
    assert events(organization)[-1] == (
        "system",
        "code_texts.loaded",
        "CARC",
        {"new": 2, "changed": 1, "unchanged": 1, "removed": 1},
    )
    assert audit.verify(organization.pk) == []


def test_texts_are_taken_away_when_a_licence_ends(organization: Organization, load: Callable[..., str]) -> None:
    load(b"N706,Remark\n", kind="rarc")
    load(b"1,One\n2,Two\n")
    assert load(None, remove=True) == "2 texts of CARC removed."
    assert code_texts(organization) == {("RARC", "N706"): "Remark"}
    assert events(organization)[-1][1:3] == ("code_texts.removed", "CARC")


FAULTS: dict[str, tuple[str, bytes, str]] = {
    "no code": ("carc", b"1,One\n,Two\n", "Line 2: the code is missing. Fill it in"),
    "no text": ("carc", b"code,text\n1,One\n2,\n", "Line 3: the text of 2 is missing. Fill it in"),
    "no text at all": ("carc", b"1\n", "Line 1: the text of 1 is missing"),
    "another list's code": (
        "carc",
        b"1,One\nN290,Two\n",
        "Line 2: “N290” is no CARC (like 197 or B7, without",
    ),
    "a code with its group": ("carc", b"CO-197,One\n", "Line 1: “CO-197” is no CARC"),
    "a CARC among RARC": ("rarc", b"N1,One\n197,Two\n", "Line 2: “197” is no RARC (like N290 or MA130)"),
    "semicolons": ("carc", b"1;One\n", "Line 1: “1;One” is no CARC"),
    "two texts": ("carc", b'1,"One\nline"\n2,Two\n1,Other\n', "Line 4: 1 has another text further up. Leave one"),
    "too long": ("carc", b"1," + b"x" * (MAX_TEXT_LENGTH + 1), "Line 1: the text of 1 has more than 2,000 characters"),
    "a comma outside quotation marks": ("carc", b"1,One, and more\n", "Line 1: something follows the text of 1. Put"),
    "more cells than names": ("carc", b"code,text\n1,One, more\n", "Line 2: something follows the text of 1"),
    "an open quotation mark": ("carc", b'1,One\n2,"Two\n3,Three\n', "Line 2: a quotation mark is not closed"),
    "a header without texts": ("carc", b"code,start\n1,1995\n", "Line 1: no column is called text. Name the columns"),
    "a header without codes": ("carc", b"number,text\n1,One\n", "Line 1: no column is called code. Name the columns"),
    "a workbook": ("carc", b"PK\x03\x04\x00\x00", "Line 1: this is not text. Save the list as CSV in UTF-8"),
    "UTF-16": ("carc", "1,One\n".encode("utf-16"), "Line 1: this is not text. Save the list as CSV in UTF-8"),
    "bytes of no encoding": ("carc", b"1,One\n2,\x81\n", "Line 2: this is not text"),
    "nothing": ("carc", b"\n \n", "The file holds no codes. To take the texts away, use --remove."),
    "a header alone": ("carc", b"code,text\n", "The file holds no codes."),
    "too large": ("carc", b"1,One\n" * (MAX_BYTES // 6 + 1), "The file is larger than 5 MB."),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_told_with_its_line_and_changes_nothing(
    organization: Organization, load: Callable[..., str], fault: str
) -> None:
    for kind in ("carc", "rarc"):
        load({"carc": b"9,Before\n", "rarc": b"N9,Before\n"}[kind], kind=kind)
    before = code_texts(organization), events(organization)
    kind, content, message = FAULTS[fault]
    with pytest.raises(CommandError) as refused:
        load(content, kind=kind)
    assert str(refused.value).startswith(message)
    assert (code_texts(organization), events(organization)) == before


def test_an_unknown_organization_a_missing_file_and_a_folder_are_told(load: Callable[..., str], tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="no organization with this slug"):
        load(b"1,One\n", organization="nobody")
    (tmp_path / "texts.csv").unlink()
    with pytest.raises(CommandError, match="No such file or directory"):
        load(None)
    (tmp_path / "texts.csv").mkdir()
    with pytest.raises(CommandError, match="Is a directory"):
        load(None)


def test_the_command_wants_a_kind_and_either_a_file_or_removal(organization: Organization) -> None:
    for arguments in (["--kind", "carc"], ["--kind", "carc", "a.csv", "--remove"], ["--kind", "cpt", "a.csv"]):
        with pytest.raises(CommandError):
            call_command("load_code_texts", "--organization", organization.slug, *arguments)


def test_texts_are_an_owners_to_change(organization: Organization, member: Callable[..., Actor]) -> None:
    for act in (
        lambda actor: load_code_texts(actor=actor, kind=CARC, content=b"1,One\n"),
        lambda actor: remove_code_texts(actor=actor, kind=CARC),
    ):
        with pytest.raises(ServiceError) as refused:
            act(member(Role.CARE_TEAM))
        assert refused.value.code == ErrorCode.FORBIDDEN
    assert code_texts(organization) == {}


CLAIM = """query($id: ID!) { claim(id: $id) { denialText remarks { code label text } adjustments { reasonCode text }
  lines { remarks { code text } adjustments { reasonCode label text } } } }"""
REASONS = "query($id: ID!) { signal(id: $id) { reasons { code label text } } }"


def test_texts_stand_beside_our_own_labels(organization: Organization, graphql: Callable, analyst: Actor) -> None:
    world: World = make_world(organization, canary="Own")
    ask = graphql(analyst)
    assert ask(CLAIM, {"id": world.claim.pk})["data"]["claim"] == {
        "denialText": "Own 197",
        "remarks": [{"code": "N706", "label": "Documentation missing", "text": "Own N706"}],
        "adjustments": [{"reasonCode": "45", "text": None}],
        "lines": [
            {
                "remarks": [{"code": "N706", "text": "Own N706"}],
                "adjustments": [{"reasonCode": "197", "label": "No prior authorization", "text": "Own 197"}],
            }
        ],
    }
    reasons = ask(REASONS, {"id": world.signal.pk})["data"]["signal"]["reasons"]
    assert {reason["code"]: reason["text"] for reason in reasons} == {"197": "Own 197", "N706": "Own N706"}


def test_another_organization_never_sees_them(
    organization: Organization, other_organization: Organization, graphql: Callable, owner: Actor, load: Callable
) -> None:
    world: World = make_world(organization, canary="Own")
    load(None, remove=True)
    load(None, kind="rarc", remove=True)
    make_world(other_organization, canary="Theirs")
    load(b"197,Licensed\n45,Licensed\n", organization=other_organization.slug)
    claim = graphql(owner)(CLAIM, {"id": world.claim.pk})["data"]["claim"]
    assert (claim["denialText"], claim["adjustments"][0]["text"], claim["remarks"][0]["text"]) == (None, None, None)
    reasons = graphql(owner)(REASONS, {"id": world.signal.pk})["data"]["signal"]["reasons"]
    assert [reason["text"] for reason in reasons] == [None, None]
