"""What a browser makes of a page: html_browser.py [--axe FILE] PAGE...

Opens each page in headless Chromium, by the protocol of chromedriver, at 320,
375 and 1280 pixels, in light and in dark, and says what is wrong: a page wider
than its window, a message on the console (a refused style among them), a script
that ran, evidence that a link does not open, and text that has no colour of
ours. --axe: a copy of axe.min.js, whose rules must find nothing.
"""

import argparse
import contextlib
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request

FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic",
         "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync",
         "--disable-dev-shm-usage"]
WIDTHS = (320, 375, 1280)
LARGE = 2000000

STYLED = """
return getComputedStyle(document.querySelector('main')).maxWidth != 'none'
  && document.scripts.length == 0 && !window.alerted;"""
TOO_WIDE = """
const wide = [];
if (document.documentElement.scrollWidth > innerWidth)
  for (const e of document.querySelectorAll('main *'))
    if (!e.closest('.wide,.heat,.chart') &&
        e.getBoundingClientRect().right > innerWidth + 1)
      wide.push(e.outerHTML.slice(0, 80));
return document.documentElement.scrollWidth > innerWidth
  ? [document.documentElement.scrollWidth + ' px', ...wide.slice(0, 3)] : [];"""
# following a link to something folded shows it
OPENS = """
const done = arguments[0], closed = [];
const links = [...document.querySelectorAll('a[href^="#e-"]')].slice(0, 20);
(async () => {
  for (const link of links) {
    for (const d of document.querySelectorAll('details')) d.open = false;
    location.hash = '';
    link.click();
    await new Promise(r => requestAnimationFrame(() =>
      requestAnimationFrame(r)));
    const target = document.getElementById(link.hash.slice(1));
    if (!target || !target.checkVisibility()) closed.push(link.hash);
  }
  done(closed);
})();"""
AXE = """
const done = arguments[0];
axe.run(document, {resultTypes: ['violations']}).then(
  r => done(r.violations.map(v => v.id + ': ' + v.help + ' ' +
    v.nodes.slice(0, 3).map(n => n.html.slice(0, 120)).join(' | '))),
  e => done(['axe failed: ' + e]));"""


class Browser:
    def __init__(self, profile):
        self.base = None
        # the port that it picks for IPv4 may be taken for IPv6
        for _ in range(10):
            if self.start():
                break
        options = {"args": FLAGS + ["--user-data-dir=" + profile]}
        made = self.send("POST", "", {"capabilities": {"alwaysMatch": {
            "goog:chromeOptions": options,
            "goog:loggingPrefs": {"browser": "ALL"}}}})
        self.base += "/" + made["sessionId"]

    def start(self):
        self.driver = subprocess.Popen(
            ["chromedriver", "--port=0"], stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, text=True)
        for line in self.driver.stdout:
            if "successfully on port" in line:
                port = line.rsplit(" ", 1)[1].strip().rstrip(".")
                self.base = "http://127.0.0.1:%s/session" % port
                return True
        self.driver.wait()
        return False

    def send(self, method, path, body=None):
        request = urllib.request.Request(
            self.base + path, method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=120) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            sys.exit("chromedriver: %s" % error.read().decode()[:400])

    def devtools(self, command, parameters):
        return self.send("POST", "/goog/cdp/execute",
                         {"cmd": command, "params": parameters})

    def run(self, script, wait=False):
        return self.send("POST", "/execute/async" if wait else "/execute/sync",
                         {"script": script, "args": []})

    def show(self, width, dark):
        self.devtools("Emulation.setDeviceMetricsOverride",
                      {"width": width, "height": 800, "deviceScaleFactor": 1,
                       "mobile": width < 600})
        self.devtools("Emulation.setEmulatedMedia", {"features": [
            {"name": "prefers-color-scheme",
             "value": "dark" if dark else "light"}]})

    def close(self):
        with contextlib.suppress(Exception):
            self.send("DELETE", "")
        self.driver.terminate()
        self.driver.wait()


def look(browser, axe, page):
    wrong = []
    browser.send("POST", "/url", {"url": pathlib.Path(page).resolve().as_uri()})
    if not browser.run(STYLED):
        wrong.append("without its style, or with a script")
    # laying out a large one takes seconds, and its parts are those of others
    large = os.path.getsize(page) > LARGE
    for dark in (False,) if large else (False, True):
        for width in WIDTHS[:1] if large else WIDTHS:
            browser.show(width, dark)
            name = "%d px, %s: " % (width, "dark" if dark else "light")
            wrong += [name + "too wide: " + w for w in browser.run(TOO_WIDE)]
            if axe and width != 375:
                browser.run(axe)
                wrong += [name + v for v in browser.run(AXE, wait=True)]
    wrong += ["a link does not open " + w
              for w in browser.run(OPENS, wait=True)]
    wrong += ["console: " + entry["message"]
              for entry in browser.send("POST", "/se/log",
                                        {"type": "browser"})]
    for line in wrong:
        print("%s: %s" % (page, line))
    return not wrong


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--axe", type=argparse.FileType())
    parser.add_argument("pages", nargs="+")
    args = parser.parse_args()
    axe = args.axe.read() if args.axe else None
    with tempfile.TemporaryDirectory() as profile:
        browser = Browser(profile)
        try:
            fine = [look(browser, axe, page) for page in args.pages]
        finally:
            browser.close()
    return 0 if all(fine) else 1


if __name__ == "__main__":
    sys.exit(main())
