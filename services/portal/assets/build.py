"""Compiles the style sheets into the portal's static folder under hashed names, and tells whether they are stale.

`build.py` needs Node and npm; `build.py --check` needs neither: it compares the sources with the digest that the
manifest kept. The gzip form lies beside each file, so that nothing is compressed while serving.
"""

import gzip
import hashlib
import json
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
STATIC = HERE.parent / "src" / "clinic" / "portal" / "static"
MANIFEST = STATIC / "manifest.json"
FACES = ("client", "staff")
COPIED = ("mark-client.svg", "mark-staff.svg")
FORBIDDEN = ("GDS Transport", "gov.uk", "url(http", "1d70b8")


def source_digest() -> str:
    """SHA-256 over every source: names and bytes, in the order of names."""
    names = sorted(
        path.name for path in HERE.iterdir() if path.suffix in {".scss", ".svg"} or path.name == "package-lock.json"
    )
    digest = hashlib.sha256()
    for name in names:
        digest.update(name.encode() + b"\0" + (HERE / name).read_bytes() + b"\0")
    return digest.hexdigest()


def compile_face(face: str) -> bytes:
    """The compressed style sheet of a face; SystemExit where it holds what may not be shipped."""
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "out.css"
        sass = ["node_modules/.bin/sass", "--no-source-map", "--style=compressed", "--no-error-css"]
        subprocess.run([*sass, f"{face}.scss", str(target)], cwd=HERE, check=True)
        css = target.read_text(encoding="utf-8").replace("#1d70b8", "var(--govuk-brand-colour)")
    found = [word for word in FORBIDDEN if word.lower() in css.lower()]
    if found:
        raise SystemExit(f"{face}.css holds {found}")
    return css.encode()


def store(name: str, content: bytes) -> str:
    """Writes the file and its gzip form under a name with its digest; returns that name."""
    stem, _, suffix = name.rpartition(".")
    hashed = f"{stem}.{hashlib.sha256(content).hexdigest()[:12]}.{suffix}"
    (STATIC / hashed).write_bytes(content)
    (STATIC / f"{hashed}.gz").write_bytes(gzip.compress(content, 9, mtime=0))
    return hashed


def build() -> None:
    """Installs the exact packages of the lock, compiles, and replaces the static folder's files."""
    subprocess.run(["npm", "ci", "--ignore-scripts", "--silent"], cwd=HERE, check=True)
    contents = {f"{face}.css": compile_face(face) for face in FACES}
    contents |= {name: (HERE / name).read_bytes() for name in COPIED}
    STATIC.mkdir(parents=True, exist_ok=True)
    for old in STATIC.iterdir():
        old.unlink()
    files = {name: store(name, content) for name, content in contents.items()}
    manifest = {"sources": source_digest(), "files": files}
    MANIFEST.write_text(json.dumps(manifest, indent=2, sort_keys=True) + "\n", encoding="utf-8")


def check() -> int:
    """0 when the committed files come from the present sources and are unharmed."""
    manifest = json.loads(MANIFEST.read_text(encoding="utf-8"))
    if manifest["sources"] != source_digest():
        print("the compiled style sheets are stale: run `make assets`", file=sys.stderr)
        return 1
    for hashed in manifest["files"].values():
        content = (STATIC / hashed).read_bytes()
        if hashlib.sha256(content).hexdigest()[:12] not in hashed:
            print(f"{hashed} was edited by hand: run `make assets`", file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    if "--check" in sys.argv[1:]:
        raise SystemExit(check())
    build()
