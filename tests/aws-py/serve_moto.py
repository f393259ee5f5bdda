"""moto on a free loopback port, for as long as a process is connected to the socket `holders` in the directory given."""

import fcntl
import logging
import os
import socket
import sys
import threading
import time

from moto.server import ThreadedMotoServer

logging.getLogger("werkzeug").setLevel(logging.ERROR)
directory, patience = sys.argv[1], float(sys.argv[2])
server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
server.start()

path = os.path.join(directory, "holders")
if os.path.exists(path):
    os.unlink(path)
listener = socket.socket(socket.AF_UNIX)
listener.bind(path)
listener.listen(100)
with open(os.path.join(directory, "port.new"), "w") as file:
    file.write(str(server.get_host_and_port()[1]))
os.rename(os.path.join(directory, "port.new"), os.path.join(directory, "port"))

held, last = set(), time.monotonic()


def hold(holder):
    global last
    holder.recv(1)
    held.discard(holder)
    last = time.monotonic()


def take(timeout):
    listener.settimeout(timeout)
    try:
        holder, _ = listener.accept()
    except (TimeoutError, BlockingIOError):
        return False
    held.add(holder)
    threading.Thread(target=hold, args=[holder], daemon=True).start()
    return True


# The first holder may be slow to come.
take(30)
while True:
    take(0.2)
    if not held and time.monotonic() - last > patience:
        # Nobody comes while the lock is held, and who came before is taken.
        with open(os.path.join(directory, "lock"), "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not take(0.01):
                os.unlink(os.path.join(directory, "port"))
                os.unlink(path)
                os._exit(0)
