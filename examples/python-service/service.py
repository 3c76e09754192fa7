"""A service that requires an access token of Sallyport."""

import json
import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import jwt

SERVER = os.environ.get("SALLYPORT_URL", "http://127.0.0.1:4000")
ISSUER = os.environ.get("SALLYPORT_ISSUER", "urn:sallyport")  # the server's PUBLIC_URL, if it has one

# RFC 6750 §3.1.
INVALID = 'Bearer error="invalid_token"'

# Loads the keys again after four minutes, and when a token names an unknown key.
KEYS = jwt.PyJWKClient(f"{SERVER}/.well-known/jwks.json", lifespan=240)


def verify(token: str) -> dict:
    """Returns the claims of an access token. Raises InvalidTokenError if it is not valid here."""
    if jwt.get_unverified_header(token).get("typ") != "at+jwt":
        raise jwt.InvalidTokenError("Not an access token")
    claims = jwt.decode(
        token,
        KEYS.get_signing_key_from_jwt(token).key,
        algorithms=["EdDSA", "ES256"],
        issuer=ISSUER,
        audience=ISSUER,
        leeway=5,
        options={"require": ["exp", "sub", "sid"]},
    )
    if claims.get("guest"):
        raise jwt.InvalidTokenError("Guests are not accepted")
    return claims


class Service(BaseHTTPRequestHandler):
    def do_GET(self):
        scheme, _, token = self.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            return self.answer(401, {"error": "No access token"}, "Bearer")
        try:
            self.answer(200, {"hello": verify(token.strip())["sub"]})
        except jwt.InvalidTokenError as error:
            self.answer(401, {"error": str(error)}, INVALID)
        except jwt.PyJWKClientConnectionError:
            self.answer(503, {"error": "The keys of the authentication server cannot be loaded"})
        except jwt.PyJWTError as error:  # an unknown key, for example
            self.answer(401, {"error": str(error)}, INVALID)

    def answer(self, status: int, body: dict, challenge: str | None = None):
        self.send_response(status)
        self.send_header("content-type", "application/json")
        if challenge:
            self.send_header("www-authenticate", challenge)
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", int(os.environ.get("PORT", "3000"))), Service).serve_forever()
