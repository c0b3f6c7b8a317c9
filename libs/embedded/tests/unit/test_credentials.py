from __future__ import annotations

import re
import stat
from pathlib import Path

import pytest
from joserfc.jwk import ECKey

from embedded.credentials import Credentials, CredentialsLost
from embedded.state import DataFolder


@pytest.fixture
def folder(tmp_path: Path) -> DataFolder:
    folder = DataFolder(tmp_path / "var")
    folder.prepare()
    return folder


def test_a_secret_stays_the_same_and_differs_from_others(folder: DataFolder) -> None:
    first = Credentials(folder).secret("postgres")

    assert Credentials(folder).secret("postgres") == first
    assert Credentials(folder).secret("owner:pipeline") != first


def test_a_secret_needs_no_escaping_in_a_url(folder: DataFolder) -> None:
    secrets = Credentials(folder).secrets([str(number) for number in range(50)], prefix="client")

    assert all(re.fullmatch(r"[A-Za-z0-9_-]{32}", secret) for secret in secrets.values())


def test_only_the_owner_may_read_them(folder: DataFolder) -> None:
    credentials = Credentials(folder)
    credentials.secret("postgres")
    credentials.ensure_issuer_key()
    credentials.ensure_api_key_signing_key()
    credentials.ensure_sealing_key()

    files = (folder.credentials, folder.issuer_key, folder.api_key_signing_key, folder.sealing_key)
    modes = {stat.S_IMODE(path.stat().st_mode) for path in files}

    assert modes == {0o600}


def test_the_issuer_key_is_a_p256_key_made_once(folder: DataFolder) -> None:
    Credentials(folder).ensure_issuer_key()
    made = folder.issuer_key.read_bytes()

    Credentials(folder).ensure_issuer_key()

    assert folder.issuer_key.read_bytes() == made
    assert ECKey.import_key(made).curve_name == "P-256"


def test_lost_credentials_of_a_present_database_are_reported(folder: DataFolder) -> None:
    folder.postgres.mkdir()

    with pytest.raises(CredentialsLost, match=r"credentials\.json is missing"):
        Credentials(folder)
