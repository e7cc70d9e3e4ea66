"""Files that people send can lie: what could run is refused, and what is kept never runs."""

import io
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from customer_knowledge.models import Attachment, Question
from customer_knowledge.services.attachments import check_upload
from tests.portal.workspace.conftest import signed_in
from tests.security.conftest import Bank, asvs


def _zip() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("word/document.xml", "<w/>")
    return buffer.getvalue()


PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 64
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


@asvs("12.2.1", "12.1.1", "12.5.1")
@pytest.mark.parametrize(
    ("name", "data"),
    [
        pytest.param("page.html", b"<script>alert(1)</script>", id="a page"),
        pytest.param("drawing.svg", SVG, id="a drawing that runs"),
        pytest.param("drawing.png", SVG, id="a drawing as a picture"),
        pytest.param(
            "photo.jpg", b"<html><script>alert(1)</script></html>", id="a page as a photo"
        ),
        pytest.param("letter.pdf", _zip(), id="an archive as a letter"),
        pytest.param("letter.docx", b"MZ" + b"\x00" * 100, id="a program as a letter"),
        pytest.param("notes.txt", PNG, id="a picture as notes"),
        pytest.param("notes.txt", b"a\x00b", id="bytes as notes"),
        pytest.param("tool.exe", b"MZ" + b"\x00" * 100, id="a program"),
        pytest.param("empty.png", b"", id="an empty file"),
        pytest.param("noname", PNG, id="no ending"),
    ],
)
def test_a_file_that_could_run_or_lies_is_refused(bank: Bank, name: str, data: bytes) -> None:
    sent = {"text": "附上", "kind": "product_service", "client_id": "f"}
    file = SimpleUploadedFile(name, data, content_type="image/png")
    answer = signed_in(bank.contact).post("/portal/ask/", sent | {"attachments": file})
    assert answer.status_code == 422
    assert "附上" in answer.content.decode()
    assert not Question.objects.filter(client_id="f").exists()
    assert not Attachment.objects.exists()


@asvs("12.3.1", "12.3.2", "12.4.1", "12.5.2", "14.4.2")
@pytest.mark.parametrize("name", ["../../etc/passwd.txt", "..\\..\\boot.txt", "发票“一”.txt"])
def test_a_file_lies_under_a_name_of_ours_and_comes_as_a_download(
    bank: Bank, settings: LazySettings, tmp_path: Path, name: str
) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"
    sent = {"text": "附上", "kind": "product_service", "client_id": "f"}
    text = b"<script>alert(1)</script>"
    file = SimpleUploadedFile("x.txt", text, content_type="text/html")
    file.name = name
    client = signed_in(bank.contact)
    client.post("/portal/ask/", sent | {"attachments": file})
    row = Attachment.objects.get()
    stored = Path(row.file.path).resolve()
    assert stored.is_relative_to((tmp_path / "media").resolve())
    assert stored.stem == row.public_id
    answer: Any = client.get(f"/files/{row.public_id}/")
    assert b"".join(answer.streaming_content) == text
    assert answer["Content-Type"] == "text/plain"
    assert answer["Content-Disposition"].startswith("attachment;")
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
    for part in ("other_contact", "other_manager", "colleague", "product_team", "editor"):
        assert signed_in(getattr(bank, part)).get(f"/files/{row.public_id}/").status_code == 404
    assert Client().get(f"/files/{row.public_id}/").status_code == 302


@asvs("5.2.3", "12.3.1")
def test_the_shown_name_of_a_file_adds_no_header_and_hides_no_ending() -> None:
    file = SimpleUploadedFile("x.txt", b"words")
    file._name = "a\r\nSet-Cookie: x=1\u202egnp.txt"
    name, kind = check_upload(file)
    assert (name, kind) == ("aSet-Cookie: x=1gnp.txt", "text/plain")
