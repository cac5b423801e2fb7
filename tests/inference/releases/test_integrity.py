"""Whether a file is the one that was meant."""

import hashlib

from fcsrlib.inference.releases import integrity
from fcsrlib.inference.releases.integrity import digest_file, find_fault, is_sha256


def test_the_digest_is_that_of_the_known_test_vector(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"abc")  # FIPS 180-2, appendix B.1
    expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert digest_file(path) == expected
    assert find_fault(path, expected.upper(), 3) is None
    assert find_fault(path, None, None) is None


def test_the_size_is_looked_at_before_the_hash(tmp_path, monkeypatch):
    path = tmp_path / "file"
    path.write_bytes(b"abc")
    monkeypatch.setattr(integrity, "digest_file", None)  # a call would raise
    assert find_fault(path, "0" * 64, 4) == "it has 3 bytes, expected 4"


def test_another_hash_is_a_fault(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"abc")
    wanted = hashlib.sha256(b"abd").hexdigest()
    assert find_fault(path, wanted, 3).endswith(f"expected {wanted}")
    assert "cannot be read" in find_fault(tmp_path / "absent", wanted, 3)


def test_a_sha256_has_64_hexadecimal_digits():
    assert is_sha256("0" * 64) and is_sha256("aF" * 32)
    assert not any(map(is_sha256, ("0" * 63, "0" * 65, "g" * 64, "0" * 64 + "\n", None)))
