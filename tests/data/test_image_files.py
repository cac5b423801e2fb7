import os
import struct

import cv2
import numpy as np
import pytest

from fcsrlib.data.image_files import decode_image, list_images, read_bytes
from fcsrlib.errors import UndecodableImageError

FACE = np.random.default_rng(0).integers(0, 255, (32, 40, 3), np.uint8)


def make_jpeg(*options, thumbnail=b""):
    data = cv2.imencode(".jpg", FACE, options)[1].tobytes()
    segment = b"\xff\xe1" + struct.pack(">H", len(thumbnail) + 2) + thumbnail
    return data[:2] + segment + data[2:]


@pytest.mark.parametrize("options", [(), (cv2.IMWRITE_JPEG_PROGRESSIVE, 1)])
@pytest.mark.parametrize(
    "appended", [b"", b"\0" * 9, b"\0\0\x01\x0aSEFH\x01SEFT", make_jpeg() + b"film"]
)
def test_what_a_phone_appends_to_a_jpeg_is_no_damage(tmp_path, options, appended):
    jpeg = make_jpeg(*options, thumbnail=make_jpeg())
    found = decode_image(jpeg + appended, tmp_path / "phone.jpg")
    assert np.array_equal(found, decode_image(jpeg, tmp_path / "phone.jpg"))


@pytest.mark.parametrize("options", [(), (cv2.IMWRITE_JPEG_PROGRESSIVE, 1)])
def test_a_thumbnail_does_not_hide_that_a_jpeg_is_truncated(tmp_path, options):
    jpeg = make_jpeg(*options, thumbnail=make_jpeg())
    start = jpeg.index(b"\xff\xd9") + 2  # behind the thumbnail
    for kept in range(3, len(jpeg) - 1, 7):
        data = jpeg[:kept] + (b"\0" * 16 if kept > start else b"")
        with pytest.raises(UndecodableImageError, match="cut.jpg is truncated"):
            decode_image(data, tmp_path / "cut.jpg")


def test_a_link_that_leads_nowhere_is_listed_and_named_when_it_is_read(tmp_path):
    (tmp_path / "lost.png").symlink_to(tmp_path / "nowhere.png")
    (tmp_path / "folder.png").mkdir()
    assert list_images(tmp_path) == ["lost.png"]
    with pytest.raises(UndecodableImageError, match="lost.png cannot be read: No such file"):
        read_bytes(tmp_path / "lost.png")


def test_a_pipe_is_refused_instead_of_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe.png")
    with pytest.raises(UndecodableImageError, match="pipe.png is a pipe"):
        read_bytes(tmp_path / "pipe.png")
