"""One `holdpoint dev` in a directory of its own, and its private Postgres."""

import json
import os
import signal
import socket
import struct
import subprocess
import time

from wire import call, request, Connection

PLAN = {
    "format_version": "1.2",
    "terraform_version": "1.11.4",
    "planned_values": {"root_module": {}},
    "configuration": {"root_module": {}},
}


def resource(kind, name, actions, before, after):
    return {
        "address": f"{kind}.{name}", "mode": "managed", "type": kind, "name": name,
        "provider_name": "registry.terraform.io/hashicorp/aws",
        "change": {"actions": actions, "before": before, "after": after, "after_unknown": {"id": True},
                   "before_sensitive": False, "after_sensitive": {}},
    }


def template():
    """A plan that is held (a port is opened to the world), with ten ordinary creates beside; about 8 kB."""
    ingress = [{"from_port": 22, "to_port": 22, "protocol": "tcp", "cidr_blocks": ["0.0.0.0/0"], "description": "COUNTER#"}]
    group = {"name": "bastion", "vpc_id": "vpc-0f4ce11", "ingress": ingress, "tags": {"Environment": "production"}}
    changes = [resource("aws_security_group", "bastion", ["create"], None, group)]
    for index in range(10):
        machine = {"ami": "ami-0f4ce11", "instance_type": "m6i.large", "subnet_id": f"subnet-{index:04}", "monitoring": True,
                   "user_data": "#!/bin/sh\n" + "echo prepare this machine\n" * 12,
                   "tags": {"Name": f"worker-{index}", "Team": "billing", "Environment": "production"}}
        changes.append(resource("aws_instance", f"worker_{index}", ["create"], None, machine))
    return json.dumps({**PLAN, "resource_changes": changes}).encode()


class Daemon:
    def __init__(self, holdpoint, folder, settings="[aws]\nenabled = false\n"):
        self.holdpoint, self.folder = holdpoint, folder
        self.config = folder + ".toml"
        with open(self.config, "w", encoding="utf-8") as out:
            out.write(settings)
        self.port = free_port()
        self.template, self.counter = template(), 0
        self.process, self.pipeline, self.people = None, "", []
        self.postgres, self.postgres_pid, self.postgres_uid = [], 0, 0

    @property
    def pid(self):
        return self.process.pid

    def start(self):
        """Seconds from starting the process until it is ready."""
        log = open(self.folder + ".log", "ab")
        begin = time.perf_counter()
        # The credential is made up: none of this machine's is looked for.
        environment = {**os.environ, "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "secret-of-the-benchmarks"}
        command = [self.holdpoint, "dev", "--config", self.config, "--data-dir", self.folder, "--port", str(self.port)]
        self.process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True, env=environment)
        while not self.ready():
            if self.process.poll() is not None or time.perf_counter() - begin > 60:
                raise RuntimeError(f"holdpoint dev did not become ready; see {self.folder}.log:\n" + tail(self.folder + ".log"))
            time.sleep(0.002)
        took = time.perf_counter() - begin
        log.close()
        self.know()
        return took

    def ready(self):
        try:
            connection = Connection(self.port)
            try:
                return connection.call(request("GET", "/readyz", ""))[0] == 200
            finally:
                connection.close()
        except (ConnectionError, OSError):
            return False

    def know(self):
        with open(os.path.join(self.folder, "demo.json"), encoding="utf-8") as demo:
            tokens = json.load(demo)["tokens"]
        self.pipeline, self.people = tokens["demo-pipeline"], [tokens["ada"], tokens["grace"]]
        with open(self.pid_file(), encoding="utf-8") as lines:
            pid, _, _, _, self.socket = lines.read().split("\n")[:5]
        self.postgres_pid = int(pid)
        with open(f"/proc/{pid}/cmdline", "rb") as command:
            self.postgres = command.read().rstrip(b"\0").split(b"\0")
        self.postgres[0] = os.readlink(f"/proc/{pid}/exe").encode()
        self.postgres_uid = os.stat(f"/proc/{pid}").st_uid

    def pid_file(self):
        return os.path.join(self.folder, "postgres", "data", "postmaster.pid")

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self):
        """Ends the daemon, and with it its Postgres."""
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(timeout=30)

    def postgres_alone(self):
        """Seconds that the same Postgres takes by itself, from its start until it takes connections; stopped after."""
        identity = {"user": self.postgres_uid, "group": os.stat(os.path.dirname(self.pid_file())).st_gid,
                    "extra_groups": []} if os.geteuid() == 0 else {}
        begin = time.perf_counter()
        server = subprocess.Popen(self.postgres, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/", **identity)
        while not takes_connections(os.path.join(self.socket, ".s.PGSQL.5432")):
            if server.poll() is not None or time.perf_counter() - begin > 60:
                raise RuntimeError("Postgres alone did not start")
            time.sleep(0.002)
        took = time.perf_counter() - begin
        server.send_signal(signal.SIGINT)
        server.wait(timeout=30)
        return took

    def database(self):
        """The environment by which psql and pgbench reach the private Postgres as its superuser."""
        return {"PGHOST": self.socket, "PGPORT": "5432", "PGUSER": "holdpoint", "PGDATABASE": "holdpoint"}

    def sql(self, text):
        subprocess.run(["psql", "-qX", "-v", "ON_ERROR_STOP=1", "-c", text], env={**os.environ, **self.database()}, check=True)

    def document(self):
        """A plan that was not handed in before, of always the same size."""
        self.counter += 1
        return self.template.replace(b"COUNTER#", b"%08d" % self.counter)

    def submit(self):
        return call(self.port, "POST", "/v1/changes?format=terraform", self.pipeline, self.document())


def takes_connections(path):
    body = struct.pack("!i", 196608) + b"user\0holdpoint\0database\0postgres\0\0"
    try:
        with socket.socket(socket.AF_UNIX) as server:
            server.settimeout(1)
            server.connect(path)
            server.sendall(struct.pack("!i", len(body) + 4) + body)
            return server.recv(1) == b"R"
    except OSError:
        return False


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def tail(path):
    with open(path, encoding="utf-8", errors="replace") as log:
        return log.read()[-2000:]
