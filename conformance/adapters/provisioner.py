#!/usr/bin/env python3
"""A provisioner behind the driver protocol, with nothing but Python's standard library: the example to copy.

The harness says one JSON object a line on stdin, and reads one JSON object a line from stdout:

    zoom-conformance diagnose --driver 'python3 conformance/adapters/provisioner.py'
    zoom-conformance run --driver 'python3 conformance/adapters/provisioner.py'

With `--port N` it is a server instead, and gets the same messages by POST (`zoom-conformance run --driver-url URL`).

For a provisioner of your own, keep `main` and `Adapter`, and let its methods call yours in place of `Provisioner`.
stdout belongs to the protocol: print whatever else you like to stderr. No secret goes to either.
"""

import base64
import datetime
import email.utils
import http.client
import http.server
import json
import os
import ssl
import sys
import time
import urllib.parse

TIMEOUT_S = 3
MAX_ANSWER_BYTES = 8 * 1024 * 1024
PAGE = 100
MAX_PAGES = 1000
# How often a request is sent that fails in passing, and what is waited after the first time; how often it waits as it is
# told, and how long at the most.
MAX_ATTEMPTS = 4
FIRST_WAIT_S = 0.1
MAX_TOLD = 5
LONGEST_TOLD_S = 20
# How often the same update is sent that Zoom confirms and does not do.
MAX_IN_VAIN = 3
LOOPBACK = ("127.0.0.1", "::1", "localhost")
USER_SCHEMA = "urn:ietf:params:scim:schemas:core:2.0:User"
PATCH_SCHEMA = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"

# Where Zoom shows an attribute again: in lists, in a single user only, or in the answer to a write alone.
IN_LIST, IN_GET, NOWHERE = "list", "get", "nowhere"
# PingOne's name of an attribute -> where it stands in a SCIM user, and where Zoom shows it again.
ATTRIBUTES = {
    "Given Name": (("name", "givenName"), IN_LIST),
    "Family Name": (("name", "familyName"), IN_LIST),
    "User Type": (("userType",), IN_LIST),
    "Department": ((ENTERPRISE, "department"), IN_LIST),
    "Organization": ((ENTERPRISE, "organization"), IN_GET),
    "Phone": (("phoneNumbers",), IN_GET),
    "Roles": (("roles",), IN_GET),
    "Title": (("title",), NOWHERE),
    "Locale": (("locale",), NOWHERE),
}


class Trouble(Exception):
    """What went wrong, in words that hold no secret: nothing that a server says is repeated."""


class Lost(Trouble):
    """One request has no answer that can be used: it may have been applied, or not. Others may fare better."""


class Zoom:
    """Zoom, through one connection. Redirects and proxies are not followed, for the secret would go along."""

    def __init__(self, connection):
        self.connection = connection
        self.token = None
        self.open = {}

    def close(self):
        for held in self.open.values():
            held.close()
        self.open = {}

    def send(self, what, method, url, headers, body=None):
        """Sends a request; gives status, headers and body."""
        try:
            parts = urllib.parse.urlsplit(url)
            port = parts.port
        except ValueError as error:
            raise Trouble(f"{what}: the URL cannot be read") from error
        if parts.scheme not in ("https", "http") or not parts.hostname:
            raise Trouble(f"{what}: the URL has to begin with https:// and a host")
        if parts.scheme == "http" and parts.hostname not in LOOPBACK:
            raise Trouble(f"{what}: plain http would show the secret to the network")
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        key = (parts.scheme, parts.hostname, port)
        try:
            if key not in self.open:
                self.open[key] = self.connect(*key)
            self.open[key].request(method, target or "/", body, headers)
            answer = self.open[key].getresponse()
            content = answer.read(MAX_ANSWER_BYTES + 1)
        except (OSError, ValueError, http.client.HTTPException) as error:
            self.close()
            raise Lost(f"{what}: {parts.hostname}: {type(error).__name__}") from error
        if len(content) > MAX_ANSWER_BYTES:
            self.close()
            raise Lost(f"{what}: the answer is too large")
        return answer.status, answer.headers, content

    def connect(self, scheme, host, port):
        if scheme == "http":
            return http.client.HTTPConnection(host, port, timeout=TIMEOUT_S)
        context = ssl.create_default_context()
        if "CA_FILE" in self.connection:
            context.load_verify_locations(self.connection["CA_FILE"])
        return http.client.HTTPSConnection(host, port, timeout=TIMEOUT_S, context=context)

    def issue(self):
        """Asks for a token."""
        pair = f"{self.connection['OAUTH_CLIENT_ID']}:{self.connection['OAUTH_CLIENT_SECRET']}"
        headers = {
            "Authorization": "Basic " + base64.b64encode(pair.encode()).decode(),
            "Content-Type": "application/x-www-form-urlencoded",
        }
        account = self.connection["OAUTH_ACCOUNT_ID"]
        form = urllib.parse.urlencode({"grant_type": "account_credentials", "account_id": account})
        status, _, content = self.send("token URL", "POST", self.connection["OAUTH_TOKEN_URL"], headers, form)
        answer = as_object(content)
        if status != 200 or not isinstance(answer.get("access_token"), str):
            raise Trouble(f"token URL: HTTP {status} without a token")
        self.token = answer["access_token"]

    def call(self, method, path, body=None, patient=True):
        """Asks SCIM, again where that is any use and there is patience; gives status and the answer's object."""
        failed, told, refused = 0, 0, False
        while True:
            try:
                status, headers, content = self.once(method, path, body)
                lost = Lost(f"SCIM URL: HTTP {status} for a {method}")
            except Lost as trouble:
                status, headers, content, lost = None, {}, b"", trouble
                if not patient:
                    raise
            if status == 401 and not refused:
                self.token, refused = None, True
            elif not patient:
                return status, as_object(content)
            elif status == 401:
                raise Trouble("SCIM URL: HTTP 401 with a new token")
            elif status == 429 or (status == 503 and "Retry-After" in headers):
                told += 1
                if told > MAX_TOLD:
                    raise lost
                wait_as_told(headers)
            elif status is None or status == 500 or status in (502, 503, 504):
                failed += 1
                # A create is not repeated unseen: it may have been applied.
                if method == "POST" or failed == MAX_ATTEMPTS:
                    raise lost
                time.sleep(FIRST_WAIT_S * 2 ** (failed - 1))
            else:
                return status, as_object(content)

    def once(self, method, path, body):
        if self.token is None:
            self.issue()
        headers = {"Authorization": f"Bearer {self.token}", "Accept": "application/scim+json"}
        if body is not None:
            headers["Content-Type"] = "application/scim+json"
        url = self.connection["SCIM_URL"].rstrip("/") + "/Users" + path
        text = None if body is None else json.dumps(body)
        return self.send("SCIM URL", method, url, headers, text)

    def page(self, start, count, patient=True):
        """One page of users, and how many there are."""
        status, page = self.call("GET", f"?startIndex={start}&count={count}", patient=patient)
        users, total = page.get("Resources"), page.get("totalResults")
        if status != 200 or not isinstance(users, list) or not isinstance(total, int):
            raise Trouble(f"SCIM URL: HTTP {status} and no list of users")
        return users, total

    def users(self):
        """All users that are shown, page by page, each once; the next page begins behind what came.

        Pages may move meanwhile, so that whoever is not among them is asked for singly before anything rests on it."""
        users, came = {}, 0
        for _ in range(MAX_PAGES):
            page, total = self.page(came + 1, PAGE)
            users.update((user["id"], user) for user in page)
            came += len(page)
            if not page or came >= total:
                return list(users.values())
        raise Trouble("SCIM URL: the list of users does not end")

    def user(self, user_id):
        """One user, None if there is none."""
        status, user = self.call("GET", "/" + urllib.parse.quote(user_id, safe=""))
        if status not in (200, 404):
            raise Lost(f"SCIM URL: HTTP {status} for a user")
        return user if status == 200 else None

    def write(self, method, user_id, body=None):
        """Writes; gives the user, or None where Zoom refuses or has no such user."""
        if body is not None:
            schema = PATCH_SCHEMA if method == "PATCH" else USER_SCHEMA
            body = {"schemas": [schema], **body}
        path = "/" + urllib.parse.quote(user_id, safe="") if user_id else ""
        status, user = self.call(method, path, body)
        if status in (200, 201, 204):
            return user
        if status in (400, 404, 409):
            return None
        raise Lost(f"SCIM URL: HTTP {status} for a {method}")

    def deactivate(self, user_id):
        self.write("PATCH", user_id, {"Operations": [{"op": "replace", "value": {"active": False}}]})


def wait_as_told(headers):
    """Waits as an answer tells, in seconds or until a date; a second where it does not say."""
    told = headers.get("Retry-After", "1")
    if told.isdigit():
        seconds = int(told)
    else:
        try:
            until, now = (email.utils.parsedate_to_datetime(text) for text in (told, headers["Date"]))
            # Both are in whole seconds.
            seconds = (until - now) / datetime.timedelta(seconds=1) + 1
        except (TypeError, ValueError):
            seconds = 1
    if seconds > LONGEST_TOLD_S:
        raise Trouble(f"SCIM URL: Zoom asks to wait {seconds} s: the next run goes on")
    time.sleep(max(seconds, 0))


def as_object(content):
    """The JSON object of an answer; an empty one where it is none."""
    try:
        value = json.loads(content)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def fold(address):
    """ASCII in lower case: Zoom does not mind the case of addresses."""
    return address.encode().lower().decode()


def wanted(user, rule):
    """The mapped attributes that have a value."""
    values = {}
    for line in rule["mapping"]:
        value = user.get(line["source"])
        if isinstance(value, list):
            value = ",".join(value)
        if line["target"] in ATTRIBUTES and value not in (None, ""):
            values[line["target"]] = value
    return values


def scim(values):
    """The SCIM user with these attributes."""
    user = {}
    for name, value in values.items():
        (*outer, last), _ = ATTRIBUTES[name]
        if name == "Phone":
            value = [{"type": "work", "value": value}]
        elif name == "Roles":
            value = [{"value": role} for role in value.split(",")]
        place = user
        for key in outer:
            place = place.setdefault(key, {})
        place[last] = value
    return user


def held(account):
    """The attributes that Zoom shows of a user."""
    values = {}
    for name, (path, _) in ATTRIBUTES.items():
        value = account
        for key in path:
            value = value.get(key) if isinstance(value, dict) else None
        if isinstance(value, list):
            value = ",".join(item.get("value", "") for item in value[: 1 if name == "Phone" else None])
        if value:
            values[name] = value
    return values


class Provisioner:
    """Brings Zoom to what the directory says, as far as the flags allow. What it remembers is kept in a file."""

    def __init__(self, connection, policies, rules, state_dir, resume):
        self.zoom = Zoom(connection)
        self.policies = policies
        self.rules = rules
        self.file = os.path.join(state_dir, "state.json")
        self.directory = {}
        self.links = {}
        self.outcomes = {}
        self.owes_full = False
        # Whom a create was sent for of which no answer was kept, with what it said.
        self.intents = {}
        # The accounts that a deleted rule has yet to remove.
        self.removals = []
        # Who left, and could not be removed yet.
        self.late = []
        if resume and os.path.exists(self.file):
            with open(self.file, encoding="utf-8") as file:
                self.__dict__.update(json.load(file))

    def save(self):
        """Keeps what is remembered: a kill leaves the old file or the new one."""
        kept = ("directory", "links", "outcomes", "owes_full", "intents", "removals", "late")
        with open(self.file + ".new", "w", encoding="utf-8") as file:
            json.dump({name: getattr(self, name) for name in kept}, file)
        os.replace(self.file + ".new", self.file)

    def write(self, method, user_id, body=None):
        """Writes to Zoom. What is remembered is kept first, for nobody knows what comes after."""
        self.save()
        return self.zoom.write(method, user_id, body)

    def deactivate(self, user_id):
        self.save()
        self.zoom.deactivate(user_id)

    def flag(self, name):
        return self.zoom.connection[name]

    def is_on(self):
        return self.flag("status") == "ACTIVE"

    def rule_of(self, user):
        """The first rule whose scope has the user."""
        return next((rule for rule in self.rules if rule["id"] in user["in_scope_of"]), None)

    def test_connection(self):
        """What is wrong with the connection, None if nothing is. Nothing is written."""
        for name in ("OAUTH_ACCOUNT_ID", "OAUTH_CLIENT_ID", "OAUTH_CLIENT_SECRET"):
            if self.flag(name) != self.flag(name).strip():
                return f"{name} has white space at an end"
        try:
            self.zoom.token = None
            self.zoom.issue()
            self.zoom.page(1, 1, patient=False)
        except Trouble as trouble:
            return str(trouble)
        finally:
            self.zoom.close()
        return None

    def sync(self, users, complete, changes, full, deep):
        # Who is missing from a directory that was not read to its end is as they were, and is not removed.
        known = [] if complete else list(self.directory.values())
        unread = set() if complete else set(self.links) - {user["id"] for user in users}
        merged = {user["id"]: user for user in known + users}
        self.directory = dict(sorted(merged.items()))
        if not self.is_on():
            self.owes_full = True
            return None
        full = self.owes_full = full or self.owes_full
        in_scope = {key: user for key, user in self.directory.items() if self.rule_of(user)}
        self.outcomes = {key: outcome for key, outcome in self.outcomes.items() if key in in_scope}
        due = {change["user"] for change in changes}
        due |= {key for key, outcome in self.outcomes.items() if outcome == "failed"} | set(self.late)
        if full:
            due |= in_scope.keys() | self.links.keys()
        if not due and not self.removals:
            return self.summary()
        listing = self.zoom.users()
        self.finish_removals(listing)
        self.take_over(in_scope, listing)
        losers = self.losers(in_scope)
        for key, user in in_scope.items():
            if key in losers:
                self.outcomes[key] = "failed"
            elif key in due:
                self.outcomes[key] = self.provision_or_fail(user, listing, deep)
        self.late = [key for key in self.links if key in due and key not in in_scope]
        for key in set(self.late) - unread:
            try:
                self.remove(key, listing)
                self.late.remove(key)
            except Lost:
                continue
        self.owes_full = False
        return self.summary()

    def take_over(self, in_scope, listing):
        """Who comes back under a new id takes over the account of the one who is gone."""
        for key, user in in_scope.items():
            if key in self.links:
                continue
            same = [account["id"] for account in listing if fold(account["userName"]) == fold(user["username"])]
            for old in [old for old, link in self.links.items() if old not in in_scope and link["id"] in same[:1]]:
                self.links[key] = self.links.pop(old)

    def losers(self, in_scope):
        """Of those who share a username all but the linked one, else all but the first."""
        rivals = {}
        for key, user in in_scope.items():
            rivals.setdefault(fold(user["username"]), []).append(key)
        losers = set()
        for keys in rivals.values():
            losers.update(sorted(keys, key=lambda key: (key not in self.links, key))[1:])
        return losers

    def provision_or_fail(self, user, listing, deep):
        """What fails for one user fails for nobody else. Whose create was lost may be there now."""
        try:
            return self.provision(user, listing, deep)
        except Lost:
            if user["id"] not in self.intents:
                return "failed"
        try:
            return self.provision(user, self.zoom.users(), deep, may_create=False)
        except Lost:
            return "failed"

    def provision(self, user, listing, deep, may_create=True):
        """Creates, links or updates; gives the outcome."""
        key, rule = user["id"], self.rule_of(user)
        link = self.links.get(key)
        if link:
            link["rule"] = rule["id"]
            account = next((account for account in listing if account["id"] == link["id"]), None)
            if account is None or deep:
                account = self.zoom.user(link["id"])
            if account is not None:
                return self.update(user, rule, account, deep)
            del self.links[key]
        elif self.policies.get("adopt_existing", True):
            linked = {other["id"] for other in self.links.values()}
            for seen in listing:
                if fold(seen["userName"]) == fold(user["username"]) and seen["id"] not in linked:
                    return self.adopt(user, rule, seen["id"], deep)
        if not user["enabled"] or not self.flag("CREATE_USERS"):
            return "unsynced"
        if not may_create:
            return "failed"
        values = wanted(user, rule)
        self.intents[key] = values
        account = self.write("POST", None, {"userName": user["username"], **scim(values)})
        if account is not None and "id" not in account:
            raise Lost("SCIM URL: a new user without an id")
        del self.intents[key]
        if account is None:
            return "failed"
        self.links[key] = {"id": account["id"], "created": True, "rule": rule["id"], "written": values}
        listing.append(account)
        return "success"

    def adopt(self, user, rule, account_id, deep):
        account = self.zoom.user(account_id)
        if account is None:
            return "unsynced"
        # What Zoom never shows is taken for right.
        unseen = {name: value for name, value in wanted(user, rule).items() if ATTRIBUTES[name][1] == NOWHERE}
        written, created = {**held(account), **unseen}, False
        if user["id"] in self.intents:
            # It is of our own making: the answer was lost, or we were killed before it was kept.
            written, created = self.intents.pop(user["id"]), True
        self.links[user["id"]] = {"id": account_id, "created": created, "rule": rule["id"], "written": written}
        return self.update(user, rule, account, deep)

    def update(self, user, rule, account, deep):
        change = self.change(user, rule, account, deep)
        may_update, active = self.flag("UPDATE_USERS"), account.get("active") is True
        if user["enabled"]:
            if active and not change:
                return "success"
            if not may_update:
                return "partial"
            if not active:
                change = {**change, **scim(wanted(user, rule)), "active": True}
            return self.put(user, rule, account, change)
        outcome = "partial" if may_update and change else "success"
        if not active:
            return outcome
        if self.flag("DISABLE_USERS"):
            self.deactivate(account["id"])
            return outcome
        if may_update and change and self.put(user, rule, account, change) == "failed":
            return "failed"
        return "partial"

    def put(self, user, rule, account, change):
        link, sent = self.links[user["id"]], json.dumps(change)
        before, times = link.get("in_vain", ("", 0))
        times = times if before == sent else 0
        if times >= MAX_IN_VAIN:
            return "partial"
        if self.write("PUT", account["id"], change) is None:
            rest = {name: value for name, value in change.items() if name != "emails"}
            if rest and rest != change and self.write("PUT", account["id"], rest) is not None:
                link["written"].update(wanted(user, rule))
            return "failed"
        link["written"].update(wanted(user, rule))
        link["in_vain"] = (sent, times + 1)
        return "success"

    def change(self, user, rule, account, deep):
        """The part of a PUT that brings an account to what the directory says."""
        shown, written = held(account), self.links[user["id"]]["written"]
        due = {}
        for name, value in wanted(user, rule).items():
            is_shown = ATTRIBUTES[name][1] == IN_LIST or (deep and ATTRIBUTES[name][1] == IN_GET)
            known = (shown if is_shown else written).get(name)
            # A deactivated user has lost the licence, and gets it back with the activation.
            if known != value and (account.get("active") is True or name != "User Type"):
                due[name] = value
        change = scim(due)
        if fold(account["userName"]) != fold(user["username"]):
            change["emails"] = [{"type": "work", "value": user["username"], "primary": True}]
        return change

    def remove(self, key, listing):
        """Deprovisions who has left the scope or the directory; else disables who is disabled."""
        account_id, user = self.links[key]["id"], self.directory.get(key)
        account = next((account for account in listing if account["id"] == account_id), None)
        account = account or self.zoom.user(account_id)
        if account is None:
            del self.links[key]
        elif self.flag("DEPROVISION_USERS"):
            self.deprovision(account)
            if self.flag("REMOVE_ACTION") == "Delete":
                del self.links[key]
        elif user and not user["enabled"] and self.flag("DISABLE_USERS") and account.get("active") is True:
            self.deactivate(account_id)

    def deprovision(self, account):
        if self.flag("REMOVE_ACTION") == "Delete":
            self.write("DELETE", account["id"])
        elif account.get("active") is True:
            self.deactivate(account["id"])

    def delete_rule(self, rule_id):
        """Forgets a rule; who was created by it, and is in no other's scope, is deprovisioned if both flags say so."""
        self.rules = [rule for rule in self.rules if rule["id"] != rule_id]
        targets = []
        for key in [key for key, link in self.links.items() if link["rule"] == rule_id]:
            heir = self.rule_of(self.directory[key]) if key in self.directory else None
            if heir:
                self.links[key]["rule"] = heir["id"]
                continue
            link = self.links.pop(key)
            if link["created"]:
                targets.append(link["id"])
        if self.is_on() and self.flag("managed") and self.flag("DEPROVISION_USERS"):
            self.removals += targets
            self.save()
            self.finish_removals(self.zoom.users())
        in_scope = {key for key, user in self.directory.items() if self.rule_of(user)}
        self.outcomes = {key: outcome for key, outcome in self.outcomes.items() if key in in_scope}
        return self.summary()

    def finish_removals(self, listing):
        seen = {account["id"]: account for account in listing}
        for account_id in list(self.removals):
            account = seen.get(account_id) or self.zoom.user(account_id)
            if account is not None:
                self.deprovision(account)
            self.removals.remove(account_id)

    def summary(self):
        """Each user in scope once, by the latest outcome."""
        outcomes = list(self.outcomes.values())
        counts = {name: outcomes.count(name) for name in ("success", "unsynced", "partial", "failed")}
        return {"impacted": len(outcomes), **counts}


class Adapter:
    """The messages of the driver protocol, each a method of its name."""

    def __init__(self):
        self.provisioner = None

    def hello(self, _message):
        names = ("rule_deletion", "restart", "test_connection", "incomplete_directory")
        capabilities = dict.fromkeys(names, True)
        return {
            "type": "hello",
            "protocol": 1,
            "name": "example in Python",
            "version": "1",
            "capabilities": capabilities,
        }

    def start(self, message):
        state_dir, resume = message["state_dir"], message["resume"]
        self.provisioner = Provisioner(message["connection"], message["policies"], message["rules"], state_dir, resume)
        return {"type": "ok"}

    def configure(self, message):
        self.provisioner.zoom.connection.update(message["connection"])
        return {"type": "ok"}

    def sync(self, message):
        full, deep, directory = message["full"], message.get("deep", False), message["directory"]
        counts = self.provisioner.sync(directory["users"], directory["complete"], message["changes"], full, deep)
        self.provisioner.save()
        return synced(counts)

    def delete_rule(self, message):
        counts = self.provisioner.delete_rule(message["rule"])
        self.provisioner.save()
        return synced(counts)

    def test_connection(self, _message):
        wrong = self.provisioner.test_connection()
        return {"type": "tested", "ok": wrong is None, "diagnosis": wrong}

    def stop(self, _message):
        self.provisioner.zoom.close()
        self.provisioner = None
        return {"type": "ok"}


def synced(summary):
    return {"type": "synced"} if summary is None else {"type": "synced", "summary": summary}


def answer(adapter, message):
    """The answer to a message."""
    kind = message["type"]
    try:
        if kind not in ("hello", "start", "configure", "sync", "delete_rule", "test_connection", "stop"):
            raise Trouble(f"there is no message {kind}")
        return getattr(adapter, kind)(message)
    except Trouble as trouble:
        return {"type": "error", "message": str(trouble)}


def serve(port):
    """The same by POST, one message after the other."""
    adapter = Adapter()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            message = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            content = json.dumps(answer(adapter, message)).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_arguments):
            pass

    server = http.server.HTTPServer(("127.0.0.1", port), Handler)
    print(f"http://127.0.0.1:{server.server_port}", flush=True)
    server.serve_forever()


def main():
    if sys.argv[1:2] == ["--port"]:
        serve(int(sys.argv[2]))
    adapter = Adapter()
    for line in sys.stdin:
        print(json.dumps(answer(adapter, json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
