/*
 * The style sheet of every page. The colours are variables, so that a test can
 * compute the contrast of each pair in light and in dark.
 */
#include "plans/html.h"

/* clang-format off */
const char *const html_style[] = {
"\n:root{color-scheme:light dark;"
"--bg:#ffffff;--fg:#1b1f24;--dim:#57606a;--line:#c9d1d9;--card:#f3f5f7;"
"--link:#0550ae;"
"--good:#116329;--good-bg:#dafbe1;"
"--warn:#7d4e00;--warn-bg:#fff3c4;"
"--bad:#a40e26;--bad-bg:#ffe3e3;"
"--plain:#3d444d;--plain-bg:#e6eaee}\n",
"@media screen and (prefers-color-scheme:dark){:root{"
"--bg:#0f1318;--fg:#e6edf3;--dim:#9aa5b1;--line:#3a434d;--card:#181e25;"
"--link:#79b8ff;"
"--good:#7ee08c;--good-bg:#10301a;"
"--warn:#f2cc60;--warn-bg:#3a2c05;"
"--bad:#ffa198;--bad-bg:#48191c;"
"--plain:#c9d1d9;--plain-bg:#2a323b}}\n",
"*{box-sizing:border-box}\n"
"html{-webkit-text-size-adjust:100%;text-size-adjust:100%}\n"
"body{margin:0;background:var(--bg);color:var(--fg);"
"font:1rem/1.5 system-ui,-apple-system,'Segoe UI',Roboto,sans-serif}\n"
"main{max-width:76rem;margin:0 auto;padding:1rem}\n"
"h1,h2,h3,h4{line-height:1.25;margin:1.8em 0 .5em;overflow-wrap:anywhere}\n"
"h1{font-size:1.6rem;margin-top:.2em}h2{font-size:1.25rem}"
"h3{font-size:1.08rem}h4{font-size:1rem}\n"
"p,dl,ul,ol{margin:.5em 0 1em}\n"
"a{color:var(--link)}\n"
"a:focus-visible,summary:focus-visible,.wide:focus-visible{"
"outline:3px solid var(--link);outline-offset:2px}\n"
"code,pre{font:0.9em/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,"
"monospace;overflow-wrap:anywhere}\n"
"pre{background:var(--card);border:1px solid var(--line);border-radius:6px;"
"padding:.7em;margin:.5em 0;white-space:pre-wrap}\n"
"dl>div{display:flex;flex-wrap:wrap;gap:0 1rem;padding:.15em 0}\n"
"dt{flex:0 0 9rem;color:var(--dim)}dd{margin:0;flex:1 1 14rem;"
"overflow-wrap:anywhere}\n"
".wide{overflow-x:auto;margin:.5em 0 1.2em}\n",
"table{border-collapse:collapse;width:100%}\n"
"th,td{border:1px solid var(--line);padding:.35em .55em;text-align:left;"
"vertical-align:top;overflow-wrap:anywhere}\n"
"caption{position:absolute;clip-path:inset(50%);width:1px;height:1px;"
"overflow:hidden;white-space:nowrap}\n"
"thead th{background:var(--card);overflow-wrap:normal}"
"tbody th{font-weight:400}\n",
".badge{display:inline-block;border:1px solid currentColor;"
"border-radius:.8em;padding:0 .6em;font-size:.875em}\n"
".good{color:var(--good);background:var(--good-bg)}\n"
".warn{color:var(--warn);background:var(--warn-bg)}\n"
".bad{color:var(--bad);background:var(--bad-bg)}\n"
".plain{color:var(--plain);background:var(--plain-bg)}\n"
".dim{color:var(--dim)}\n"
"details{border:1px solid var(--line);border-radius:6px;margin:.6em 0;"
"padding:0 .8em}\n"
"details[open]{padding-bottom:.4em}\n"
"summary{cursor:pointer;padding:.5em 0;font-weight:600;"
"overflow-wrap:anywhere}\n"
"ul.members{list-style:none;padding:0;margin:0}\n"
"@media (max-width:40rem){main{padding:.7rem}dt{flex-basis:100%}}\n"
"@media screen and (max-width:40rem){"
".wide table,.wide tbody,.wide tr,.wide tbody th,.wide td{display:block;"
"border:0;padding:0}"
".wide thead{position:absolute;clip-path:inset(50%);width:1px;height:1px;"
"overflow:hidden}"
".wide tr{border:1px solid var(--line);border-radius:6px;margin:.6em 0;"
"padding:.5em .7em}"
".wide tbody th{font-weight:600}.wide td:empty{display:none}"
".wide td::before{content:attr(data-label);display:block;"
"color:var(--dim);font-size:.85em;margin-top:.35em}}\n",
"@media print{body{font-size:10pt}main{max-width:none;padding:0}"
"details::details-content{content-visibility:visible;display:block}"
"summary{list-style:none}.wide{overflow:visible}"
"tr,dl>div{break-inside:avoid}h2,h3,h4,summary{break-after:avoid}"
"a{color:inherit}}\n",
NULL
};
/* clang-format on */
