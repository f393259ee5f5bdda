"""What stands beside the AWS gateway and what stands behind it: the same upstream for all, and the proxies that an
agent's calls could go through instead. None of them verifies or signs anything."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time

from daemon import free_port, tail

ANSWER = '{"TableNames": ["customers", "orders", "reports", "sessions"], "LastEvaluatedTableName": "sessions"}'

NGINX = """daemon off; pid {folder}/{name}.pid; error_log {folder}/{name}.log warn; worker_processes {workers};
events {{ worker_connections 1024; }}
http {{
  access_log off; keepalive_requests 1000000000; keepalive_timeout 300s; client_max_body_size 0; default_type application/json;
  client_body_temp_path {folder}/{name}-body; proxy_temp_path {folder}/{name}-proxy; fastcgi_temp_path {folder}/{name}-f;
  uwsgi_temp_path {folder}/{name}-u; scgi_temp_path {folder}/{name}-s;
  sendfile on; tcp_nodelay on;
  {blocks}
}}
"""

UPSTREAM = """server {{ listen 127.0.0.1:{port}; root {folder}/objects;
    location / {{ return 200 '{answer}'; }}
    location /large/ {{ }}
  }}"""

PROXY = """upstream behind {{ server 127.0.0.1:{upstream}; keepalive 64; keepalive_requests 1000000000; }}
  server {{ listen 127.0.0.1:{port};
    location / {{ proxy_pass http://behind; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_set_header Host $http_host;
      proxy_max_temp_file_size 0; proxy_request_buffering off; }}
  }}"""

AUTHORIZER = "server {{ listen 127.0.0.1:{port}; location / {{ return 200; }} }}"

ENVOY = """
static_resources:
  listeners:
  - address: {{ socket_address: {{ address: 127.0.0.1, port_value: {port} }} }}
    filter_chains:
    - filters:
      - name: envoy.filters.network.http_connection_manager
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
          stat_prefix: calls
          route_config:
            virtual_hosts: [{{ name: all, domains: ["*"], routes: [{{ match: {{ prefix: "/" }}, route: {{ cluster: behind }} }}] }}]
          http_filters:
          - name: envoy.filters.http.ext_authz
            typed_config:
              "@type": type.googleapis.com/envoy.extensions.filters.http.ext_authz.v3.ExtAuthz
              http_service: {{ server_uri: {{ uri: "http://127.0.0.1:{authorizer}", cluster: authorizer, timeout: 2s }} }}
          - name: envoy.filters.http.router
            typed_config: {{ "@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router }}
  clusters:
  - name: behind
    load_assignment: {{ cluster_name: behind, endpoints: [{{ lb_endpoints: [{{ endpoint: {{ address: {{ socket_address: {{ address: 127.0.0.1, port_value: {upstream} }} }} }} }}] }}] }}
  - name: authorizer
    load_assignment: {{ cluster_name: authorizer, endpoints: [{{ lb_endpoints: [{{ endpoint: {{ address: {{ socket_address: {{ address: 127.0.0.1, port_value: {authorizer} }} }} }} }}] }}] }}
"""

ADDON = """from mitmproxy import http

def request(flow: http.HTTPFlow) -> None:
    if "Delete" in flow.request.headers.get("x-amz-target", "") or flow.request.method == "DELETE":
        flow.response = http.Response.make(403, b"refused")
"""


class Server:
    """A process that listens, ended with `stop`."""

    def __init__(self, name, folder, port, command):
        self.name, self.port, self.log = name, port, os.path.join(folder, f"{name}.out")
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
        begin = time.monotonic()
        while not listens(port):
            if self.process.poll() is not None or time.monotonic() - begin > 60:
                self.stop()
                raise RuntimeError(f"{name} did not start: {tail(self.log)}")
            time.sleep(0.02)

    @property
    def pid(self):
        return self.process.pid

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


def listens(port):
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
        return True
    except OSError:
        return False


def beside(name):
    """A program on the PATH or beside the Python that runs this, as packages from PyPI put it."""
    return shutil.which(name) or shutil.which(name, path=os.path.dirname(sys.executable))


def nginx(folder, name, blocks, port, workers=1):
    path = os.path.join(folder, f"{name}.conf")
    with open(path, "w", encoding="ascii") as out:
        out.write(NGINX.format(folder=folder, name=name, blocks=blocks, workers=workers))
    return Server(name, folder, port, [shutil.which("nginx", path=os.environ.get("PATH", "") + ":/usr/sbin"), "-c", path, "-e", f"{folder}/{name}.log"])


def upstream(folder):
    port = free_port()
    return nginx(folder, "upstream", UPSTREAM.format(port=port, folder=folder, answer=ANSWER), port)


def nginx_proxy(folder, behind):
    port = free_port()
    return [nginx(folder, "nginx-proxy", PROXY.format(port=port, upstream=behind), port, workers=2)]


def envoy(folder, behind):
    """Envoy, and the cheapest authorizer there is: nginx saying yes to everything."""
    port, asked = free_port(), free_port()
    authorizer = nginx(folder, "authorizer", AUTHORIZER.format(port=asked), asked)
    path = os.path.join(folder, "envoy.yaml")
    with open(path, "w", encoding="ascii") as out:
        out.write(ENVOY.format(port=port, upstream=behind, authorizer=asked))
    try:
        command = [beside("envoy"), "-c", path, "--concurrency", "2", "--log-level", "error", "--disable-hot-restart"]
        return [Server("envoy", folder, port, command), authorizer]
    except RuntimeError:
        authorizer.stop()
        raise


def mitmproxy(folder, behind):
    port, path = free_port(), os.path.join(folder, "addon.py")
    with open(path, "w", encoding="ascii") as out:
        out.write(ADDON)
    command = [beside("mitmdump"), "--quiet", "--set", f"confdir={folder}/mitmproxy", "--listen-host", "127.0.0.1", "--listen-port",
               str(port), "--mode", f"reverse:http://127.0.0.1:{behind}", "--set", "keep_host_header=true", "-s", path]
    return [Server("mitmproxy", folder, port, command)]
