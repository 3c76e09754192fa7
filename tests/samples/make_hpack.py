"""Writes hpack.json: header blocks as python3-hpack encodes them (Debian: apt-get install python3-hpack).

Run it with the Python that Debian's packages belong to: /usr/bin/python3 tests/samples/make_hpack.py
"""

import json
import pathlib
import random
import string

from hpack import Encoder, __version__

REQUEST = [
    (":method", "POST"),
    (":scheme", "https"),
    (":path", "/modal.client.ModalClient/TokenFlowWait"),
    (":authority", "api.modal.com"),
    ("te", "trailers"),
    ("content-type", "application/grpc"),
    ("user-agent", "grpc-node-js/1.14.7"),
    ("grpc-timeout", "40000m"),
]
ANSWER = [
    (":status", "200"),
    ("content-type", "application/grpc"),
    ("date", "Sat, 28 Nov 2026 09:00:00 GMT"),
]
TRAILERS = [("grpc-status", "8"), ("grpc-message", "slow%20down"), ("grpc-status-details-bin", "CAgSBHNsb3c")]
EVERY_BYTE = [("x-bytes", bytes(range(256)))]
TWO_SMALL = [("x-a", "1"), ("x-b", "2")]


def block(headers, huffman=True, sizes=()):
    """A header block to encode; `sizes` are set for the table before it."""
    return {"headers": headers, "huffman": huffman, "sizes": sizes}


def connection(title, *blocks):
    """The blocks of one connection as they are encoded, and the entries that its table holds after them."""
    encoder = Encoder()
    written = []
    for one in blocks:
        for size in one["sizes"]:
            encoder.header_table_size = size
        encoded = encoder.encode(one["headers"], huffman=one["huffman"])
        lines = [line(name, value) for name, value, *_ in one["headers"]]
        written.append({"hex": encoded.hex(), "headers": lines})
    table = [line(*entry) for entry in encoder.header_table.dynamic_entries]
    return {"title": title, "blocks": written, "table": table}


def line(*parts):
    """A header as JSON holds it: one code point a byte."""
    return ": ".join(part if isinstance(part, str) else bytes(part).decode("latin1") for part in parts)


def sensitive(headers):
    """Headers that must never be indexed."""
    return [(name, value, True) for name, value in headers]


def drawn_block(draw):
    """Five headers, some of which come back and are then found in the table."""
    names = ["x-a", "cookie", "via", "x-longer-name-of-a-header", "set-cookie"]
    fresh = "".join(draw.choices(string.ascii_letters + string.digits, k=draw.randint(0, 60)))
    values = ["", "1", "a" * 130, string.printable.strip(), fresh]
    headers = [(draw.choice(names), draw.choice(values)) for _ in range(5)]
    sizes = draw.choice([[], [], [0], [64], [200], [0, 4096]])
    return block(headers, huffman=draw.random() < 0.7, sizes=sizes)


draw = random.Random(7541)
connections = [
    connection("a call and its repetition", block(REQUEST), block(REQUEST), block(REQUEST[:3])),
    connection(
        "an answer without Huffman codes",
        block(ANSWER, huffman=False),
        block(TRAILERS, huffman=False),
        block(ANSWER, huffman=False),
    ),
    connection("an answer with Huffman codes", block(ANSWER), block(TRAILERS), block(TRAILERS)),
    connection("secrets that are never indexed", block(sensitive(REQUEST)), block(REQUEST)),
    connection("every byte, with Huffman codes", block(EVERY_BYTE), block(EVERY_BYTE)),
    connection("every byte, without Huffman codes", block(EVERY_BYTE, huffman=False)),
    connection(
        "a value larger than the whole table",
        block(REQUEST, sizes=[256]),
        block([("x-large", "0" * 300)]),
        block(ANSWER),
    ),
    connection("two entries that fit to the byte", block(TWO_SMALL, sizes=[72])),
    connection("two entries that are a byte too large", block(TWO_SMALL, sizes=[71])),
    connection("a table that shrinks", block(REQUEST), block(REQUEST, sizes=[120]), block(REQUEST)),
    connection(
        "a table that is emptied and grows again",
        block(REQUEST),
        block(REQUEST, sizes=[0, 4096]),
        block(REQUEST),
    ),
    connection("a table of no bytes", block(REQUEST, sizes=[0]), block(REQUEST), block(REQUEST, sizes=[200])),
    connection("random headers in tables of random sizes", *[drawn_block(draw) for _ in range(8)]),
]

# As we write them: literals that are never indexed, without Huffman codes, and with names that no table has.
ours = [
    ["x-modal-client-type", "1"],
    ["x-modal-token-secret", "as-secret"],
    ["x-empty", ""],
    ["x-long", "z" * 300],
]
plain = {"hex": Encoder().encode(sensitive(ours), huffman=False).hex(), "headers": ours}

sample = {"writer": f"python3-hpack {__version__}", "connections": connections, "ours": plain}
pathlib.Path(__file__).with_name("hpack.json").write_text(json.dumps(sample, indent=2) + "\n")
