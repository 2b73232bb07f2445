"""What docker inspect says of our images: no root, a version of each one's own, a health check; and that they need no writable root. Run by deploy/test-compose.sh."""

import json
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import cases
from compose import DOCKER, images, run


class ImagesTest(unittest.TestCase):
    def test_each_is_without_root_labelled_and_checked(self):
        self.assertEqual(len(images()), 7)
        for name, image in images().items():
            with self.subTest(name):
                config = json.loads(run(DOCKER, "image", "inspect", image))[0]["Config"]
                self.assertEqual(config["User"], "10001:10001")
                labels = {key.removeprefix("org.opencontainers.image."): value for key, value in config["Labels"].items()}
                self.assertEqual(labels["title"], f"marketprism/{name}")
                self.assertEqual(f"v{labels['version']}", image.split(":")[1])
                self.assertRegex(labels["revision"], r"^([0-9a-f]{12}|unknown)$")
                self.assertLessEqual({"vendor", "licenses"}, set(labels))
                # mpctl is a command and no server.
                self.assertEqual("Healthcheck" in config, name != "mpctl")

    def test_each_starts_with_a_read_only_root_and_no_capabilities(self):
        for name, image in images().items():
            with self.subTest(name):
                said = run(DOCKER, "run", "--rm", "--read-only", "--cap-drop", "ALL", "--network", "none", image, "--version")
                self.assertRegex(said, r"\d+\.\d+")


if __name__ == "__main__":
    cases.main()
