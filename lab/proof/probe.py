"""What runs in the pods of a proof: sends and hears frames, and tells by the pod's termination message.

It goes into a pod's command as it stands here, and runs on whatever Python the image has: only the standard library,
nothing that Python 3.6 (RHEL 8) does not know. A pod is a *virtual machine*, whose card an attachment has plugged in,
or a *node*, in whose own network it watches every interface at once.
"""

import ctypes
import json
import os
import select
import socket
import struct
import sys
import time
from typing import Any, Dict, List, Optional, Set, Tuple

# IEEE 802, "Local Experimental Ethertype 1": nobody else's frames are taken for ours, and ours mean nothing to others.
PROBE = 0x88B5
DOT1Q, DOT1AD = 0x8100, 0x88A8
VLAN_MASK = 0xFFF
BROADCAST = b"\xff" * 6
# Bytes: the least that Ethernet carries, without its checksum.
LEAST = 60
# Linux' include/uapi/linux/{if_packet,if_ether,filter}.h and asm-generic/socket.h.
EVERYTHING, SOL_PACKET, AUXILIARY, VLAN_IS_VALID, OUTGOING, ATTACH_FILTER = 3, 263, 8, 0x10, 4, 26
# Seconds that a round of frames is listened for, and of the pause after it.
PAUSE = 0.25
# Bytes that the kubelet keeps of a termination message.
MESSAGE_MAX = 4096
# Kinds of frames: from a node's own card; from a virtual machine, to all and to the other one.
OWN, TO_ALL, TO_ONE = "n", "b", "u"


class Frame:
    """One of ours: of which kind, from whose side (0 or 1), sent for which VLAN, and the tags that it has here."""

    def __init__(self, kind: str, side: int, vlan: int, tags: Tuple[int, ...]) -> None:
        self.kind, self.side, self.vlan, self.tags = kind, side, vlan, tags

    def told(self) -> str:
        """In a word."""
        return f"{self.kind}{self.side}"

    def tag(self) -> str:
        """As it is on the wire; a dash for none."""
        return "+".join(map(str, self.tags)) or "-"


def written(token: bytes, frame: Frame, source: bytes, destination: bytes) -> bytes:
    """The frame's bytes."""
    tags = b"".join(struct.pack("!HH", DOT1Q, tag) for tag in frame.tags)
    body = token + frame.kind.encode() + struct.pack("!BH", frame.side, frame.vlan)
    return (destination + source + tags + struct.pack("!H", PROBE) + body).ljust(LEAST, b"\0")


def read(token: bytes, data: bytes, auxiliary: List[Tuple[int, int, bytes]]) -> Optional[Frame]:
    """The frame in these bytes; nothing if it is not of this proof. The kernel tells the outer tag beside them."""
    tags = []
    for level, option, told in auxiliary:
        if (level, option) == (SOL_PACKET, AUXILIARY):
            status, _, _, _, _, tag = struct.unpack("=IIIHHH", told[:18])
            if status & VLAN_IS_VALID:
                tags.append(tag & VLAN_MASK)
    at = 12
    while data[at : at + 2] in (struct.pack("!H", DOT1Q), struct.pack("!H", DOT1AD)):
        tags.append(struct.unpack("!H", data[at + 2 : at + 4])[0] & VLAN_MASK)
        at += 4
    body = data[at + 2 :]
    if data[at : at + 2] != struct.pack("!H", PROBE) or body[: len(token)] != token:
        return None
    kind = chr(body[len(token)])
    side, vlan = struct.unpack("!BH", body[len(token) + 1 : len(token) + 4])
    return Frame(kind, side, vlan, tuple(tags))


def ear(interface: str) -> socket.socket:
    """Hears what passes an interface, or all of them; the kernel sorts out what can't be ours, for it may be a lot."""
    found = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(EVERYTHING))
    load, equal, accept = 0x28, 0x15, 0x06
    program = (
        (load, 0, 0, 12),
        (equal, 5, 0, PROBE),
        (equal, 1, 0, DOT1Q),
        (equal, 0, 4, DOT1AD),
        (load, 0, 0, 16),
        (equal, 1, 0, PROBE),
        (equal, 0, 1, DOT1Q),
        (accept, 0, 0, 0x40000),
        (accept, 0, 0, 0),
    )
    steps = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *step) for step in program))
    found.setsockopt(socket.SOL_SOCKET, ATTACH_FILTER, struct.pack("HL", len(program), ctypes.addressof(steps)))
    found.setsockopt(SOL_PACKET, AUXILIARY, 1)
    if interface:
        found.bind((interface, EVERYTHING))
    found.settimeout(0)
    return found


def mouth(interface: str) -> socket.socket:
    """Sends at an interface, and hears nothing."""
    found = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    found.bind((interface, 0))
    return found


def drained(token: bytes, ears: socket.socket) -> List[Tuple[str, bool, Frame]]:
    """What has passed since: at which interface, whether it went out there, and the frame."""
    found = []  # type: List[Tuple[str, bool, Frame]]
    while True:
        try:
            data, auxiliary, _, address = ears.recvmsg(2048, 256)
        except BlockingIOError:
            return found
        except OSError:
            continue  # an interface went down, or away: told once, and over
        frame = read(token, data, auxiliary)
        if frame is not None:
            found.append((address[0], address[2] == OUTGOING, frame))


def colons(address: bytes) -> str:
    """A MAC address as people write it."""
    return ":".join(f"{part:02x}" for part in address)


def send(mouths: socket.socket, frames: List[bytes]) -> str:
    """Sends them; what the kernel says to one that it does not take."""
    try:
        for frame in frames:
            mouths.send(frame)
    except OSError as error:
        return str(error.strerror or error)
    return ""


class Times:
    """When a pod is done: some seconds after it has all that it waits for, or when its time is over."""

    def __init__(self, seconds: float) -> None:
        self.began = time.time()
        self._end = time.monotonic() + seconds

    def shorten(self, seconds: float) -> None:
        """No more than these seconds from now on."""
        self._end = min(self._end, time.monotonic() + seconds)

    def are_over(self) -> bool:
        """Whether it is time to tell."""
        return time.monotonic() > self._end

    def told(self) -> Dict[str, Any]:
        """For whoever has to know whether two pods were there at the same time."""
        return {"began": round(self.began, 1), "ended": round(time.time(), 1)}


def virtual_machine(token: bytes, wanted: Dict[str, Any]) -> Dict[str, Any]:
    """Sends to all and to the other one, from its own address; tells what it heard of anybody."""
    vlan, side, other = wanted["vlan"], wanted["side"], bytes.fromhex(wanted["to"].replace(":", ""))
    ears, mouths = ear(wanted["card"]), mouth(wanted["card"])
    own = mouths.getsockname()[4]
    pair = [written(token, Frame(kind, side, vlan, ()), own, to) for kind, to in ((TO_ALL, BROADCAST), (TO_ONE, other))]
    awaited = {f"{kind}{1 - side} {vlan} -" for kind in (TO_ALL, TO_ONE)}
    times, trouble = Times(wanted["seconds"]), ""
    heard = set()  # type: Set[str]
    while not times.are_over():
        trouble = send(mouths, pair)
        select.select([ears], [], [], PAUSE)
        time.sleep(PAUSE)
        for _, is_outgoing, frame in drained(token, ears):
            if not is_outgoing:
                heard.add(f"{frame.told()} {frame.vlan} {frame.tag()}")
        if awaited <= heard:
            awaited = {"never"}
            times.shorten(wanted["linger"])
    return dict(times.told(), address=colons(own), trouble=trouble, heard=sorted(heard))


def link(name: str) -> str:
    """How an interface of the node is: up, off, without carrier or missing; and the bridge that it is a port of."""
    place = f"/sys/class/net/{name}"
    try:
        with open(f"{place}/flags") as flags, open(f"{place}/operstate") as state:
            is_on, operates = int(flags.read(), 16) & 1, state.read().strip()
    except OSError:
        return "missing -"
    how = "off" if not is_on else "no-carrier" if operates in ("down", "lowerlayerdown") else "up"
    try:
        return f"{how} {os.path.basename(os.readlink(place + '/master'))}"
    except OSError:
        return f"{how} -"


def node(token: bytes, wanted: Dict[str, Any]) -> Dict[str, Any]:
    """Watches what passes the node's interfaces; sends from its card with each VLAN's tag where that is asked for.

    ``vlans`` has for each VLAN the interface that tags, if there is one; ``links`` are all interfaces to look at.
    """
    nic, side, known = wanted["nic"], wanted["side"], set(wanted["links"])
    places = {int(vlan): {nic: "nic", tagging: "vlan"} for vlan, tagging in wanted["vlans"].items()}
    ears, mouths, trouble = ear(""), None, ""
    own = []  # type: List[bytes]
    if wanted["sends"] and not link(nic).startswith("missing"):
        mouths = mouth(nic)
        address = mouths.getsockname()[4]
        own = [written(token, Frame(OWN, side, vlan, (vlan,)), address, BROADCAST) for vlan in sorted(places)]
    # Who sends goes on for the other's sake; who watches ends when nothing new comes.
    linger, quiet = (wanted["linger"], 0) if wanted["sends"] else (0, wanted["quiet"])
    times, last = Times(wanted["seconds"]), time.monotonic()
    seen = {vlan: set() for vlan in places}  # type: Dict[int, Set[str]]
    ports = {}  # type: Dict[int, Tuple[str, str]]
    while not times.are_over():
        if mouths is not None:
            trouble = send(mouths, own)
        select.select([ears], [], [], PAUSE)
        time.sleep(PAUSE)
        for name, is_outgoing, frame in drained(token, ears):
            vlan = frame.vlan
            if vlan not in places:
                continue
            # Only of a port that a virtual machine of this proof sends from: a bridge floods to all others, too.
            is_sent_here = not is_outgoing and frame.side == side and name not in known
            if is_sent_here and vlan not in ports:
                ports[vlan] = (name, link(name).partition(" ")[2])
            place = "port" if ports.get(vlan, ("",))[0] == name else places[vlan].get(name)
            sighting = f"{frame.told()} {place} {'>' if is_outgoing else '<'} {frame.tag()}"
            if place and sighting not in seen[vlan]:
                seen[vlan].add(sighting)
                last = time.monotonic()
        if is_enough(side, seen, sends=wanted["sends"]) and time.monotonic() - last >= quiet:
            times.shorten(linger)
    return dict(
        times.told(),
        trouble=trouble,
        links={name: link(name) for name in wanted["links"]},
        ports={vlan: " ".join(port) for vlan, port in ports.items()},
        seen={vlan: sorted(found) for vlan, found in seen.items() if found},
    )


def is_enough(side: int, seen: Dict[int, Set[str]], *, sends: bool) -> bool:
    """Whether a node has seen what it waits for: the other card's frames, or what its own machines send."""
    if sends:
        return all(f"{OWN}{1 - side} nic < {vlan}" in found for vlan, found in seen.items())
    return all(f"{TO_ALL}{side} port < -" in found for found in seen.values())


def main() -> None:
    """Does what the first argument says, and tells where the second one says."""
    wanted = json.loads(sys.argv[1])
    token = bytes.fromhex(wanted["token"])
    try:
        told = (node if "nic" in wanted else virtual_machine)(token, wanted)
    except Exception as error:  # noqa: BLE001  told to whoever has made the pod
        told = {"error": f"{type(error).__name__}: {error}"}
    message = json.dumps(told, separators=(",", ":"))
    if len(message) > MESSAGE_MAX:
        message = json.dumps({"error": f"{len(message)} bytes to tell, and a pod may tell {MESSAGE_MAX}"})
    with open(sys.argv[2], "w") as place:
        place.write(message)


if __name__ == "__main__":
    main()
