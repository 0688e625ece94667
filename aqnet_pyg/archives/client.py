"""HTTP requests, one at a time: bounded attempts, waiting as long as the server demands, no redirects to other hosts."""

from __future__ import annotations

import json
import logging
import math
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urljoin, urlsplit

from aqnet_pyg import __version__
from aqnet_pyg.archives.faults import Damaged, Failed, Missing
from aqnet_pyg.errors import InputError, optional_imports

if TYPE_CHECKING:
    import requests

log = logging.getLogger(__name__)

T = TypeVar("T")

USER_AGENT = f"aqnet-pyg/{__version__} (https://pypi.org/project/aqnet-pyg)"
"""Name of the package and its version, which administrators of an archive find in their logs."""

ATTEMPTS = 5
"""Number of attempts for a request that the server is too busy for, or whose response is damaged."""

LONGEST_WAIT = 900.0
"""Seconds; a server that demands a longer pause is left alone until the command is run again."""

_BUSY = (429, 500, 502, 503, 504)
_ABSENT = (204, 404, 410)
_REDIRECTS = 5
_TIMEOUT = (30.0, 300.0)
_CHUNK = 1 << 18


class Client:
    """Requests to the servers of an archive over one connection, one after the other.

    After the statuses 429 and 5xx, a failed connection or a damaged response, a request is repeated up to four times: after the
    time in the header ``Retry-After`` (for OpenAQ ``x-ratelimit-reset``), else after 1, 2, 4 and 8 seconds.

    Args:
        wait: Function that waits a number of seconds.
    """

    def __init__(self, wait: Callable[[float], object] = time.sleep) -> None:
        with optional_imports():
            import requests

        self.progress: Callable[[int], object] = lambda received: None
        """Function of the number of bytes of each part of a file that arrives."""
        self._wait = wait
        self._session = requests.Session()
        # Files are stored as published: a server that compressed them on the way would give them another size.
        self._session.headers.update({"User-Agent": USER_AGENT, "Accept-Encoding": "identity"})

    def close(self) -> None:
        """Close the connection."""
        self._session.close()

    def json(self, url: str, headers: Mapping[str, str] | None = None) -> Any:
        """Return a JSON document.

        Args:
            url: Its address.
            headers: Additional headers of the request, such as a key.

        Raises:
            Failed: If the server has none or returns something else.
            InputError: If the server cannot be reached.
        """
        text = self.text(url, headers)
        try:
            return json.loads(text)
        except ValueError:
            raise Failed(f"{url}: the server returned no JSON but {text[:40]!r}") from None

    def text(self, url: str, headers: Mapping[str, str] | None = None) -> str:
        """Return a text document (UTF-8).

        Args:
            url: Its address.
            headers: Additional headers of the request.

        Raises:
            Failed: If the server has none.
            InputError: If the server cannot be reached.
        """
        try:
            return self._request(url, lambda response: response.content.decode("utf-8", "replace"), headers=headers)
        except (Missing, Failed) as error:
            raise Failed(f"{url}: {error}", getattr(error, "status", None)) from None

    def download(
        self,
        url: str,
        path: Path,
        check: Callable[[Path], None],
        *,
        size: int | None = None,
        body: Mapping[str, Any] | None = None,
    ) -> None:
        """Save a file as the server sends it, and check it.

        Args:
            url: Its address.
            path: Where it is saved; nothing useful is left there after an error.
            check: Function that raises a fault if the saved file is not the expected one.
            size: Its size in bytes, if a listing states it.
            body: JSON body of a POST request; default a GET request.

        Raises:
            Missing: If the server does not have it.
            Failed: If the server returns something else, also after several attempts.
            InputError: If the server cannot be reached.
        """

        def save(response: requests.Response) -> None:
            # A .gz file may be marked as a compressed answer; decoding it would store something else under this name.
            packed = urlsplit(url).path.endswith(".gz")
            with path.open("wb") as file:
                for chunk in response.raw.stream(_CHUNK, decode_content=not packed):
                    file.write(chunk)
                    self.progress(len(chunk))
            received, announced = response.raw.tell(), response.headers.get("Content-Length", "")
            if announced.isdigit() and received != int(announced):
                raise Damaged(f"{received:,} of {int(announced):,} bytes arrived")
            check(path)
            if size is not None and path.stat().st_size != size:
                raise Damaged(f"it has {path.stat().st_size:,} bytes in place of {size:,}")

        self._request(url, save, body=body)

    def _request(
        self,
        url: str,
        use: Callable[[requests.Response], T],
        *,
        headers: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
    ) -> T:
        """Make a request, several times if necessary, and return what ``use`` returns for the response."""
        from requests.exceptions import BaseHTTPError, ConnectionError, RequestException

        connected, fault, pause = True, "", 0.0
        for attempt in range(ATTEMPTS):
            if attempt:
                log.info("%s: %s; the next attempt is in %g seconds", urlsplit(url).netloc, fault, pause)
                self._wait(pause)
            pause = 2.0**attempt
            try:
                with self._open(url, headers, body) as response:
                    connected, status = True, response.status_code
                    if status in _ABSENT:
                        raise Missing(f"not on the server (HTTP status {status})")
                    if status in _BUSY:
                        fault, pause = f"HTTP status {status}", _demanded(response.headers, pause)
                        if pause > LONGEST_WAIT:
                            raise Failed(f"{fault}, and the server demands a pause of {pause / 60:.0f} minutes")
                        continue
                    if status >= 400:
                        raise Failed(f"HTTP status {status}", status)
                    return use(response)
            except Damaged as error:
                fault = str(error)
            except (RequestException, BaseHTTPError) as error:
                connected = not isinstance(error, ConnectionError)
                fault = f"the connection failed ({_reason(error)})"
        if not connected:
            raise InputError(
                f"base: {urlsplit(url).netloc} cannot be reached ({fault}); check the network and run the same command again, "
                "or give the address of a mirror."
            )
        raise Failed(f"{fault}, {ATTEMPTS} times")

    def _open(self, url: str, headers: Mapping[str, str] | None, body: Mapping[str, Any] | None) -> requests.Response:
        """Open a response, following redirects on the same host only, since others lead to portals or sign-in pages."""
        for _ in range(_REDIRECTS):
            response = self._session.request(
                "GET" if body is None else "POST",
                url,
                json=body,
                headers=dict(headers or {}),
                stream=True,
                allow_redirects=False,
                timeout=_TIMEOUT,
            )
            if not response.is_redirect:
                return response
            response.close()
            target = urljoin(url, response.headers["Location"])
            here, there = urlsplit(url), urlsplit(target)
            if there.netloc != here.netloc or (here.scheme == "https" and there.scheme != "https"):
                raise Failed(f"the server redirects to another host, {there.scheme}://{there.netloc}")
            url = target
        raise Failed(f"the server redirects more than {_REDIRECTS} times")


def _demanded(headers: Mapping[str, str], default: float) -> float:
    """Seconds that a busy server demands; the header Retry-After holds a number of seconds or a date."""
    text = headers.get("Retry-After") or headers.get("x-ratelimit-reset") or ""
    try:
        seconds = float(text)
    except ValueError:
        try:
            seconds = (parsedate_to_datetime(text) - datetime.now(UTC)).total_seconds()
        except (TypeError, ValueError):
            return default
    return max(seconds, 0.0) if math.isfinite(seconds) else default


def _reason(error: Exception) -> str:
    """Innermost cause of a failed connection, in a few words."""
    cause: BaseException = error
    while cause.__cause__ or cause.__context__:
        cause = cause.__cause__ or cause.__context__ or cause
    return str(getattr(cause, "strerror", None) or cause or type(cause).__name__)[:120]
