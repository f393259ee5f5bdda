#!/usr/bin/env bash
# Installs AWS's clients that the gateway is tested with, when they are missing or the lock file has changed: the
# JavaScript SDK, and version 2 of the command line, which comes inside a package made for Lambda.
set -euo pipefail
cd "$(dirname "$0")/../tests/aws-js"

stamp=node_modules/.installed-from
if cmp -s package-lock.json "$stamp"; then exit 0; fi
printf 'holdpoint: installing the packages of tests/aws-js: clients of AWS that go through the gateway\n' >&2
npm ci --no-audit --no-fund --loglevel=error --ignore-scripts
python3 - <<'PYTHON'
import os, shutil, zipfile

layer, to = "node_modules/@aws-cdk/asset-awscli-v2/lib/layer.zip", "node_modules/.aws-v2"
shutil.rmtree(to, ignore_errors=True)
with zipfile.ZipFile(layer) as archive:
    for entry in archive.infolist():
        _, found, path = entry.filename.partition("/dist/")
        # Auto-completion's index is as large as all the rest.
        if not found or entry.is_dir() or "/dist/" not in entry.filename or path.endswith("ac.index"):
            continue
        target = os.path.join(to, path)
        os.makedirs(os.path.dirname(target), exist_ok=True)
        with archive.open(entry) as source, open(target, "wb") as file:
            shutil.copyfileobj(source, file)
        os.chmod(target, 0o755 if "/" not in path else 0o644)
PYTHON
cp package-lock.json "$stamp"
