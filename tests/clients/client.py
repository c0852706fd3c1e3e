import re
import threading
import time
import uuid
import httpx

class Problem(Exception):
    def __init__(self, response):
        try:
            response.read()
            body = response.json()
        except ValueError:
            body = None
        body = body if isinstance(body, dict) else {}  # A proxy's page, or no body after HEAD: the status decides.
        self.status, self.code = response.status_code, body.get("code")
        self.fields = {error["field"]: error["message"] for error in body.get("errors", [])}
        super().__init__(f"{self.status} {self.code}: {self.fields or body.get('detail') or body.get('message')}")

def checked(response):
    if not response.is_success:
        raise Problem(response)
    return response

REPEATABLE = "/v1/auth/(token(/refresh|/revoke)?|reauthenticate)$"

class Patient(httpx.HTTPTransport):
    wait = staticmethod(time.sleep)  # Tests replace it.

    def handle_request(self, request):
        has_key = "idempotency-key" in request.headers
        is_safe = request.method != "POST" or has_key or re.search(REPEATABLE, request.url.path)
        for attempt in range(3):
            seconds, is_last = 1, attempt == 2
            try:
                response = super().handle_request(request)
            except httpx.TransportError:
                if is_last or not is_safe:
                    raise
            else:
                retry_after = response.headers.get("retry-after", "")
                if re.fullmatch("[1-9][0-9]{0,8}", retry_after):
                    seconds = int(retry_after)
                status = response.status_code
                may_repeat = status == 429 or (status in (503, 504) and is_safe)
                may_repeat = may_repeat or (status == 409 and Problem(response).code == "request_in_progress")
                if is_last or not may_repeat or seconds > 60:
                    return response
                response.close()
            self.wait(seconds)

class Session(httpx.Auth):
    ended = None

    # `ask` gives the password, or None. Tests replace the transport and the clock.
    def __init__(self, base_url, username, password, ask=None, transport=None, clock=time.monotonic):
        self.http = httpx.Client(base_url=base_url, transport=transport or Patient(), timeout=30)
        self.ask, self.clock, self.tokens = ask, clock, {}
        self.lock, self.asking = threading.Lock(), threading.Lock()
        self.fetch("/v1/auth/token", username=username, password=password)

    def fetch(self, path, **body):
        response = self.ended or self.http.post(path, json=body)
        if response.status_code == 401:
            self.ended = response  # The refresh token is not sent again: sign in again.
        self.keep(checked(response).json())

    def keep(self, tokens):
        self.tokens = {**self.tokens, **tokens}  # Reauthentication gives no refresh token.
        life = tokens["expires_in"]
        self.expires_at = self.clock() + life
        self.refresh_at = self.expires_at - min(60, life / 2)

    def token(self, refused=None):
        with self.lock:  # One refresh at a time. The others wait for its tokens.
            if self.tokens["access_token"] == refused:
                self.expires_at = self.refresh_at = self.clock()
            if self.clock() >= self.refresh_at:
                try:
                    self.fetch("/v1/auth/token/refresh", refresh_token=self.tokens["refresh_token"])
                except (Problem, httpx.TransportError):
                    if self.ended or self.clock() >= self.expires_at:
                        raise
                    self.refresh_at = self.expires_at  # The access token still lives.
            return self.tokens["access_token"]

    def reauthenticate(self, password):
        response = self.http.post("/v1/auth/reauthenticate", json={"password": password}, auth=self)
        with self.lock:
            self.keep(checked(response).json())

    def token_after_asking(self, refused):
        with self.asking:  # One question at a time. The others wait for its token.
            if self.tokens["access_token"] == refused:
                password = self.ask and self.ask()
                if not password:
                    return None
                self.reauthenticate(password)
        return self.token()

    def sync_auth_flow(self, request):
        if request.url.join("/") != self.http.base_url.join("/"):
            raise ValueError(f"{request.url} has another origin than the API, so it gets no token")
        token, repeated = self.token(), set()
        while token:
            request.headers["authorization"] = f"Bearer {token}"
            response = yield request
            code = response.status_code == 401 and Problem(response).code
            if code in repeated:  # Once for each reason.
                return
            repeated.add(code)
            if code == "token_expired":
                token = self.token(refused=token)
            elif code == "reauthentication_required" and not request.url.path.endswith("/reauthenticate"):
                token = self.token_after_asking(token)  # A refresh would not help.
            else:
                return

def pages(http, url):
    while url:  # A page can be short, even empty. Only a page without a link is the last.
        response = checked(http.get(url))
        yield from response.json()
        link = response.links.get("next")
        url = link and response.url.join(link["url"])

def create(http, url, thing, key=None):
    """Creates one thing, however often the call is repeated. To repeat it later, give and keep the key."""
    return checked(http.post(url, json=thing, headers={"idempotency-key": key or str(uuid.uuid4())})).json()

def read(http, url):
    """The thing, and the revision that `update` takes."""
    response = checked(http.get(url))
    return response.json(), response.headers["etag"]

def update(http, url, change, if_match):
    """Changes the thing if it still has this revision. Else: `Problem` with the code `precondition_failed`."""
    response = checked(http.patch(url, json=change, headers={"if-match": if_match}))
    return response.json(), response.headers["etag"]
