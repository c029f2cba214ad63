"""A player that knows nothing of this project but its protocol: player.py URL NAME QUEUE REGION [TRANSPORT].

Signs in, joins, accepts what it is asked to accept, and ends with its match. Each line that it prints is what it was
told, as JSON.
"""

import json
import sys
import threading

import requests
import socketio

url, name, queue, region = sys.argv[1:5]
transports = sys.argv[5:] or None
over = threading.Event()
client = socketio.Client(reconnection=False)


def tell(event, news):
    print(json.dumps({"event": event, "news": news}), flush=True)


@client.on("ready_check")
def ready_check(news):
    tell("ready_check", news)
    client.emit("accept", {"matchId": news["match"]["matchId"]}, callback=lambda reply: tell("accept", reply))


@client.on("match_found")
def match_found(news):
    tell("match_found", news)
    over.set()


@client.on("connect_error")
def connect_error(error):
    tell("connect_error", error)


signed_in = requests.post(f"{url}/api/sign-in", json={"name": name}, timeout=20).json()
try:
    client.connect(url, auth={"token": signed_in["token"]}, transports=transports)
    tell("join", client.call("join", {"queue": queue, "region": region}, timeout=20))
    found = over.wait(40)
    tell("status", client.call("status", {}, timeout=20))
finally:
    client.disconnect()
sys.exit(0 if found else 1)
