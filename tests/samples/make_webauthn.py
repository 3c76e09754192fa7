"""Writes webauthn.json: the test vectors of Web Authentication level 3, section 16, as hexadecimal text.

Run it with the specification's source, https://github.com/w3c/webauthn/blob/main/index.bs:
python3 tests/samples/make_webauthn.py index.bs
"""

import json
import pathlib
import re
import sys

NOTICE = (
    "Copyright © 2026 World Wide Web Consortium. "
    "https://www.w3.org/copyright/document-license-2023/"
)
FIELDS = {
    "registration": ["challenge", "private_key", "credential_id", "clientDataJSON", "attestationObject"],
    "authentication": ["challenge", "authenticatorData", "clientDataJSON", "signature"],
}


def value(block, name):
    match = re.search(rf"^{name} = h'([0-9a-f]+)'", block, re.M)
    return match and match[1]


def vector(section):
    name = re.search(r"\{#sctn-test-vectors-([\w-]+)\}", section)[1]
    blocks = re.findall(r"<xmp[^>]*>(.*?)</xmp>", section, re.S)
    if len(blocks) != 2:
        return None
    return name, {
        part: {field: found for field in fields if (found := value(block, field))}
        for (part, fields), block in zip(FIELDS.items(), blocks)
    }


text = pathlib.Path(sys.argv[1]).read_text()
text = text[text.index("{#sctn-test-vectors}") : text.index("{#test-vectors-extensions}")]
vectors = dict(filter(None, map(vector, re.split(r"\n## ", text)[1:-1])))
sample = {
    "source": "https://www.w3.org/TR/webauthn-3/#sctn-test-vectors",
    "license": NOTICE,
    "vectors": vectors,
}
path = pathlib.Path(__file__).with_name("webauthn.json")
path.write_text(json.dumps(sample, indent=2, ensure_ascii=False) + "\n")
