"""Is a page what it promises to be? html_check.py PAGE...

Judged without a browser: tags that nest and close, nothing that loads or runs,
a policy that names the one style sheet, headings in order, tables with captions
and scoped heads, ids that are there once and links that lead to one, names for
what scrolls, and the contrast of every pair of colours in light and in dark.
Prints what is wrong, one line each, and exits 1.
"""

import base64
import hashlib
import re
import sys
from html.parser import HTMLParser

VOID = {"meta", "br", "link", "img", "input", "hr", "wbr", "col"}
# what the page is made of; anything else was not meant to be there
ELEMENTS = set("""
html head meta title style body main nav h1 h2 h3 h4 p a ul ol li dl div dt dd
table caption thead tbody tr th td code pre span br details summary time
svg g rect text title
""".split())
INSIDE_P = {"div", "p", "ul", "ol", "dl", "table", "pre", "details", "h1",
            "h2", "h3", "h4"}
# foreground and background, and the least contrast: 4.5 for text, 3 for shapes
PAIRS = [("fg", "bg", 4.5), ("dim", "bg", 4.5), ("link", "bg", 4.5),
         ("fg", "card", 4.5), ("dim", "card", 4.5), ("link", "card", 4.5),
         ("good", "good-bg", 4.5), ("warn", "warn-bg", 4.5),
         ("bad", "bad-bg", 4.5), ("plain", "plain-bg", 4.5),
         ("bad", "bg", 3), ("warn", "bg", 3), ("plain", "bg", 3)]


class Page(HTMLParser):
    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.open, self.wrong, self.ids, self.links = [], [], [], []
        self.headings, self.style, self.policy = [], "", ""
        self.tables, self.title, self.lang = [], "", None
        self.text_of_link, self.text_of_head, self.doctype = None, "", None

    def bad(self, what):
        self.wrong.append("%d: %s" % (self.getpos()[0], what))

    def handle_decl(self, decl):
        self.doctype = decl

    def handle_comment(self, data):
        self.bad("a comment: %r" % data[:40])

    def handle_startendtag(self, tag, attrs):
        self.element(tag, dict(attrs))

    def handle_starttag(self, tag, attrs):
        self.element(tag, dict(attrs))
        if tag not in VOID:
            self.open.append(tag)

    def element(self, tag, attrs):
        if tag not in ELEMENTS:
            self.bad("<%s>" % tag)
        if "p" in self.open and tag in INSIDE_P:
            self.bad("<%s> in a <p>" % tag)
        if tag in ("dt", "dd") and self.open[-2:] != ["dl", "div"]:
            self.bad("<%s> outside its list" % tag)
        if tag == "li" and self.open[-1] not in ("ul", "ol"):
            self.bad("<li> outside a list")
        if tag == "tr" and self.open[-1] not in ("thead", "tbody"):
            self.bad("<tr> outside a table")
        for name, value in attrs.items():
            self.attribute(tag, name, value or "")
        self.judge(tag, attrs)

    def attribute(self, tag, name, value):
        if name.startswith("on") or name in ("style", "src", "srcset"):
            self.bad("attribute %s of <%s>" % (name, tag))
        if name == "href":
            self.links.append((self.getpos()[0], value))
            if not value.startswith("#"):
                self.bad("a link to elsewhere: %r" % value)
        if name == "id":
            self.ids.append((self.getpos()[0], value))

    def judge(self, tag, attrs):
        if tag == "html":
            self.lang = attrs.get("lang")
        if re.fullmatch("h[1-6]", tag):
            self.headings.append((self.getpos()[0], int(tag[1])))
        if attrs.get("http-equiv") == "Content-Security-Policy":
            self.policy = attrs["content"]
        if tag == "th" and attrs.get("scope") not in ("row", "col"):
            self.bad("<th> without a scope")
        if tag == "table":
            self.tables.append({"line": self.getpos()[0], "caption": False,
                                "cells": []})
        if tag == "caption":
            self.tables[-1]["caption"] = True
        if tag == "tr":
            self.tables[-1]["cells"].append(0)
        if tag in ("th", "td"):
            self.tables[-1]["cells"][-1] += 1
        if attrs.get("role") in ("region", "img") and \
                not attrs.get("aria-label"):
            self.bad("a %s without a name" % attrs["role"])
        if attrs.get("role") == "region" and attrs.get("tabindex") != "0":
            self.bad("a region that the keyboard cannot scroll")
        if tag == "svg" and attrs.get("role") != "img" and \
                attrs.get("aria-hidden") != "true":
            self.bad("a picture without a name")
        if tag == "th":
            self.text_of_head = ""
        if tag == "a":
            self.text_of_link = ""

    def handle_endtag(self, tag):
        if not self.open or self.open[-1] != tag:
            self.bad("</%s> closes %s" % (tag, self.open[-1:] or "nothing"))
        if tag in self.open:
            while self.open.pop() != tag:
                pass
        if tag == "th" and not self.text_of_head.strip():
            self.bad("an empty head of a table")
        if tag == "a":
            if not (self.text_of_link or "").strip():
                self.bad("a link without text")
            self.text_of_link = None

    def handle_data(self, data):
        if self.open[-1:] == ["style"]:
            self.style += data
        if self.open[-1:] == ["title"] and "svg" not in self.open:
            self.title += data
        if self.text_of_link is not None:
            self.text_of_link += data
        self.text_of_head += data
        for char in data:
            if ord(char) < 32 and char != "\n" or char in "\u202a\u202b" \
                    "\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200b\ufeff":
                self.bad("a character that acts: %r" % char)


def luminance(colour):
    parts = [int(colour[i:i + 2], 16) / 255 for i in (1, 3, 5)]
    parts = [p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4
             for p in parts]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def contrast(one, other):
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def colours(style):
    """The variables of light, and those of dark over them."""
    light = dict(re.findall(r"--([a-z-]+):(#[0-9a-f]{6})",
                            style.split("@media")[0]))
    dark = re.search(r"prefers-color-scheme:dark\)\{:root\{([^}]*)\}", style)
    over = dict(re.findall(r"--([a-z-]+):(#[0-9a-f]{6})",
                           dark.group(1) if dark else ""))
    return [("light", light), ("dark", {**light, **over})], over


def judge_style(page, wrong):
    modes, over = colours(page.style)
    for mode, of in modes:
        for front, back, least in PAIRS:
            if front not in of or back not in of:
                wrong.append("no colour --%s or --%s" % (front, back))
                continue
            ratio = contrast(of[front], of[back])
            if ratio < least:
                wrong.append("%s: --%s on --%s: contrast %.2f, not %.1f" %
                             (mode, front, back, ratio, least))
    missing = sorted(set(modes[0][1]) - set(over))
    if missing:
        wrong.append("the same in dark as in light: %s" % missing)
    for word in ("@import", "url(", "expression"):
        if word in page.style:
            wrong.append("the style has %s" % word)
    used = set(re.findall(r"var\(--([a-z-]+)\)", page.style))
    if used - set(modes[0][1]):
        wrong.append("no such colour: %s" % sorted(used - set(modes[0][1])))
    # every colour is a variable, so that the pairs above are all there are
    rest = re.sub(r"--[a-z-]+:#[0-9a-f]{6}", "", page.style)
    if re.search(r"#[0-9a-f]{3,8}\b|rgb|hsl", rest):
        wrong.append("a colour that is no variable")
    digest = base64.b64encode(hashlib.sha256(page.style.encode()).digest())
    if "style-src 'sha256-%s'" % digest.decode() not in page.policy:
        wrong.append("the policy does not know the style")
    for part in ("default-src 'none'", "base-uri 'none'", "form-action 'none'"):
        if part not in page.policy:
            wrong.append("the policy lacks %s" % part)


def judge_structure(page, wrong):
    if page.doctype != "DOCTYPE html" or not page.lang or not page.title:
        wrong.append("doctype, language or title is missing")
    if page.open:
        wrong.append("never closed: %s" % page.open)
    if [level for _, level in page.headings].count(1) != 1:
        wrong.append("not one <h1>")
    before = 0
    for line, level in page.headings:
        if level > before + 1:
            wrong.append("%d: <h%d> after <h%d>" % (line, level, before))
        before = level
    seen = {}
    for line, name in page.ids:
        if name in seen:
            wrong.append("%d: id %r is that of line %d" %
                         (line, name, seen[name]))
        seen.setdefault(name, line)
        if re.search(r"\s", name) or not name:
            wrong.append("%d: id %r" % (line, name))
    for line, target in page.links:
        if target[1:] not in seen:
            wrong.append("%d: nothing at %s" % (line, target))
    for table in page.tables:
        if not table["caption"]:
            wrong.append("%d: a table without a caption" % table["line"])
        if len(set(table["cells"])) > 1:
            wrong.append("%d: rows of %s cells" %
                         (table["line"], sorted(set(table["cells"]))))


def check(path):
    page = Page()
    with open(path, encoding="utf-8") as file:
        page.feed(file.read())
    page.close()
    wrong = list(page.wrong)
    judge_structure(page, wrong)
    judge_style(page, wrong)
    for line in wrong[:40]:
        print("%s: %s" % (path, line))
    return not wrong


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    sys.exit(0 if all([check(path) for path in sys.argv[1:]]) else 1)
