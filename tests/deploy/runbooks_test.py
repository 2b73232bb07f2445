"""What docs/*.md tell to do exists: commands and their options, make targets, files, metrics, configuration keys; and there is a runbook for everything."""

import re
import shlex
import subprocess
import sys
import pathlib
import unittest

import yaml

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import cases
import monitoring
from system import BIN, SOURCE

DOCUMENTS = sorted((SOURCE / "docs").glob("*.md")) + [SOURCE / "README.md", SOURCE / "k8s/README.md", SOURCE / "deploy/README.md"]
RUNBOOKS = {"upgrade", "scale", "backup-and-restore", "lost-broker", "lost-or-damaged-disk", "full-disk", "banned-by-an-exchange",
            "certificates"}
SECTIONS = ("auth|backup|batch|book|bus|cache|clickhouse|connection|export|fleet|grpc|http|instruments|leadership|limits|live|log|query|raw_capture|redis|"
            "rest|service|shutdown|spool|storage|tls|upstream")


def code(document):
    """Every command line: lines of indented blocks and inline code, comments left off."""
    text = document.read_text()
    lines = [line.strip() for line in re.findall(r"^ {4,}(\S.*)$", text, re.MULTILINE)]
    lines = re.sub(r"\\\n\s*", " ", "\n".join(lines)).split("\n")
    return [re.sub(r"\s+# .*", "", line) for line in lines + re.findall(r"`([^`\n]+)`", text)]


def commands(program):
    """{document: its command lines of a program}, without environment before them."""
    return [(document.name, match[1]) for document in DOCUMENTS for line in code(document)
            if (match := re.match(rf"(?:\w+=\S+ )*({program} .*)", line))]


def keys(tree, path=""):
    """Every key of a configuration, sections too."""
    for name, value in tree.items():
        yield f"{path}{name}"
        if isinstance(value, dict):
            yield from keys(value, f"{path}{name}.")


class RunbooksTest(unittest.TestCase):
    def test_there_is_one_for_everything(self):
        self.assertLessEqual(RUNBOOKS, monitoring.anchors((SOURCE / "docs/operations.md").read_text()))

    def test_mpctl_knows_its_commands_and_options(self):
        known = {}

        def usage(words):
            if words not in known:
                run = subprocess.run([BIN / "mpctl", *words, "--help"], capture_output=True, text=True, timeout=20)
                known[words] = run.stdout if run.returncode == 0 else ""
            return known[words]
        asked = commands("mpctl")
        self.assertGreater(len(asked), 25)
        for document, line in asked:
            try:
                words = shlex.split(line.replace("<", "").replace(">", ""))[1:]
            except ValueError:
                words = line.split()[1:]
            with self.subTest(f"{document}: {line}"):
                command, everything = (), usage(())
                for word in words:
                    if not word.startswith("-") and re.search(rf"^  {re.escape(word)}\s", everything.partition("Subcommands:")[2], re.MULTILINE):
                        command += (word,)
                        everything = usage(command)
                if words and not words[0].startswith("-") and words[0] != "...":
                    self.assertTrue(command, "no such command")
                for word in words:
                    if re.match(r"--?[a-z]", word):
                        option = word.partition("=")[0]
                        self.assertTrue(any(re.search(rf"(^|[\s,]){re.escape(option)}\b", usage(command[:length]))
                                            for length in range(len(command) + 1)), f"no option {option}")

    def test_make_knows_its_targets(self):
        targets = set(re.findall(r"^([a-z-]+):", (SOURCE / "Makefile").read_text(), re.MULTILINE))
        for document, line in commands("make"):
            with self.subTest(f"{document}: {line}"):
                self.assertIn(line.split()[1].rstrip(","), targets)

    def test_files_are_there(self):
        for document in DOCUMENTS:
            for path in re.findall(r"`((?:deploy|tools|k8s|tests|libs|services|proto|docs)/[\w./-]+)", document.read_text()):
                with self.subTest(f"{document.name}: {path}"):
                    self.assertTrue((SOURCE / path).exists() or list(SOURCE.glob(f"{path}*")), path)

    def test_links_lead_somewhere(self):
        for document in DOCUMENTS:
            for target in re.findall(r"\]\(([^)\s]+)\)", document.read_text()):
                if "://" in target:
                    continue
                path, _, anchor = target.partition("#")
                file = (document.parent / path).resolve() if path else document
                with self.subTest(f"{document.name}: {target}"):
                    self.assertTrue(file.exists())
                    if anchor:
                        self.assertIn(anchor, monitoring.anchors(file.read_text()))

    def test_metrics_are_in_the_catalogue(self):
        known = {name for metrics in monitoring.catalogue().values() for name in metrics}
        known |= monitoring.catalogued_series() | monitoring.recorded()
        for document in DOCUMENTS:
            for name in re.findall(r"`\^?(marketprism_\w+|datasource_\w+|api_request\w+)", document.read_text()):
                with self.subTest(f"{document.name}: {name}"):
                    self.assertTrue(name in known or name.endswith("_") and any(one.startswith(name) for one in known))

    def test_settings_exist(self):
        known = {key for file in (SOURCE / "services").glob("*/config/base.yaml") for key in keys(yaml.safe_load(file.read_text()))}
        known |= {f"{key}_file" for key in known}  # where a secret may be read from
        # Loggers are called alike.
        known |= {name for file in (SOURCE / "services").rglob("*.cpp") for name in re.findall(r'Logger kLog\{"([\w.]+)"', file.read_text())}
        for name in ("operations.md", "security.md"):
            asked = re.findall(rf"`((?:{SECTIONS})(?:\.[a-z_]+)+)[`:]", (SOURCE / "docs" / name).read_text())
            self.assertEqual(set(asked) - known, set(), name)


if __name__ == "__main__":
    cases.main()
