"""Keys are changed while Upstream runs: everything ends under the newest one, and nothing is lost on the way."""

from io import StringIO

import pytest
from cryptography.fernet import Fernet, MultiFernet
from django.conf import LazySettings
from django.core.management import CommandError, call_command
from django.db import connection
from encrypted_model_fields import fields as library
from intake.writing import claim, person, picture, take_in, write

from upstream.accounts.models import Organization, SecondFactor, User
from upstream.claims.models import Patient
from upstream.intake.models import RowError, SourceMapping, Upload
from upstream.ops import rotation
from upstream.phi import files

APP_SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
CSV = b"""claim_id,payer,procedure_code,submitted_date,outcome,billed_amount
C9,Aster Health,99213,2026-03-02,pending,100
C8,,,,,
"""


class Ring:
    """The list of keys as every process has it after a restart."""

    def __init__(self, settings: LazySettings, monkeypatch: pytest.MonkeyPatch) -> None:
        self._settings, self._monkeypatch = settings, monkeypatch

    def set(self, *keys: str) -> None:
        self._settings.FIELD_ENCRYPTION_KEY = list(keys)
        self._monkeypatch.setattr(library, "CRYPTER", MultiFernet([Fernet(key) for key in keys]))


@pytest.fixture
def ring(settings: LazySettings, monkeypatch: pytest.MonkeyPatch) -> Ring:
    return Ring(settings, monkeypatch)


@pytest.fixture
def keys(settings: LazySettings) -> tuple[str, str]:
    """The new one, and the one that everything was written with."""
    return Fernet.generate_key().decode(), settings.FIELD_ENCRYPTION_KEY[0]


PEOPLE = [
    person(),
    person("Moss, Teal", "", reference="R2"),
    person("Reed, Ash", ""),
    person("Sedge, Lark", "M4"),
]


def clinic_of(organization: Organization) -> None:
    """People known by member number, by reference and by name, a rejected row, a stored file with its reading, a
    header that is remembered, and an authenticator app.
    """
    write(organization, [claim(f"C{n}", patient=each) for n, each in enumerate(PEOPLE)])
    # More becomes known of somebody who was first met by the practice's own number.
    met = Patient.objects.for_organization(organization).get(member_number__isnull=True, reference__isnull=False)
    met.member_number = "M2"
    met.save()
    Upload.unscoped.update(stored_name="")
    take_in(organization, CSV)
    SourceMapping.unscoped.create(
        organization=organization, header_digest="0" * 64, columns=["claim_id"], column_names='["Ref"]'
    )
    somebody = User.objects.create_user(email="ada@example.org", password="a long and harmless passphrase")
    SecondFactor.objects.create(user=somebody, secret=APP_SECRET)


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("rotate_keys", *arguments, stdout=out, stderr=out)
    return out.getvalue()


def test_everything_ends_under_the_newest_key_and_the_old_one_may_go(
    organization: Organization, ring: Ring, keys: tuple[str, str]
) -> None:
    clinic_of(organization)
    before = picture(organization)
    file = b"".join(files.read(Upload.unscoped.exclude(stored_name="").get().stored_name))
    new, old = keys
    ring.set(new, old)
    with pytest.raises(CommandError, match="11 of 11 rows and files are under an older key"):
        run("--check")
    told = run()
    assert "11 of 11 rows and files put under the newest key" in told
    assert "All 11 rows and files are under the newest key" in told
    ring.set(new)
    assert picture(organization) == before
    assert RowError.unscoped.get().raw is not None
    assert SourceMapping.unscoped.get().column_names == '["Ref"]'
    assert SecondFactor.objects.get().secret == APP_SECRET
    assert b"".join(files.read(Upload.unscoped.exclude(stored_name="").order_by("pk").first().stored_name)) == file
    # Everybody is known again.
    ids = set(Patient.unscoped.values_list("pk", flat=True))
    write(organization, [claim(f"C{n}", patient=each, billed_amount=50) for n, each in enumerate(PEOPLE)])
    assert set(Patient.unscoped.values_list("pk", flat=True)) == ids


def test_a_run_that_was_cut_off_goes_on(
    organization: Organization, ring: Ring, keys: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    clinic_of(organization)
    ring.set(*keys)
    monkeypatch.setattr(rotation, "ROWS_AT_ONCE", 2)

    def killed(label: str, tally: rotation.Tally, total: int) -> None:
        if tally.looked_at == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rotation.rotate(killed, change=True)
    assert rotation.rotate(lambda *_: None, change=False).older == 8
    assert "8 of 11 rows and files put under the newest key" in run()
    assert "0 of 11 rows and files put under the newest key" in run()


def test_what_no_key_opens_is_told_and_stops_nothing_else(
    organization: Organization, ring: Ring, keys: tuple[str, str]
) -> None:
    clinic_of(organization)
    ring.set(*keys)
    damaged = {str(pk) for pk in Patient.unscoped.filter(reference__isnull=False).values_list("pk", flat=True)}
    with connection.cursor() as cursor:
        cursor.execute("UPDATE claims_patient SET name = 'plain' WHERE reference IS NOT NULL")
    with pytest.raises(CommandError, match="under a key that is not in FIELD_ENCRYPTION_KEY, or damaged"):
        run()
    left = rotation.rotate(lambda *_: None, change=False)
    assert left.older == 0
    assert {each.removeprefix("claims.Patient ") for each in left.unreadable} == damaged
