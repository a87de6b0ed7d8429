//! How it looks: plain HTML, one style sheet, dark where the reader's system is, good at 320 pixels.

use axum::response::Html;
use cloakroom::pages::escaped;
use cloakroom::{CspNonce, CsrfToken, Flash};

const STYLE: &str = ":root{color-scheme:light dark;--line:color-mix(in srgb,currentColor 18%,transparent);--tint:#2f6f5e}\
@media (prefers-color-scheme:dark){:root{--tint:#7fd1b9}}\
html{background:Canvas;color:CanvasText}*{box-sizing:border-box}body{font:17px/1.55 system-ui,sans-serif;max-width:42rem;margin:0 auto;padding:1rem}\
header{display:flex;flex-wrap:wrap;gap:.3rem 1rem;align-items:baseline;border-bottom:1px solid var(--line);padding-bottom:.6rem}\
header strong{font-size:1.25rem;margin-inline-end:auto}a{color:var(--tint)}h1{font-size:1.5rem;line-height:1.2}\
ul{list-style:none;padding:0}li{display:flex;flex-wrap:wrap;gap:.4rem .8rem;align-items:center;padding:.7rem 0;border-bottom:1px solid var(--line);overflow-wrap:anywhere}\
li form{margin-inline-start:auto}form.wide{display:grid;gap:.7rem;max-width:24rem}label{display:grid;gap:.2rem}\
input,textarea,button{font:inherit;padding:.55rem .7rem;border:1px solid var(--line);border-radius:.5rem;background:transparent;color:inherit;max-width:100%}\
button{border-color:var(--tint);color:var(--tint);cursor:pointer}button.main{background:var(--tint);color:Canvas}\
.flash{border-inline-start:4px solid var(--tint);padding:.4rem .8rem}footer{opacity:.7;font-size:.85rem;margin-top:3rem}";

/// A sheet of paper.
pub(crate) const ICON: &str = "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 16 16\">\
<path fill=\"#2f6f5e\" d=\"M3 1h7l3 3v11H3z\"/><path stroke=\"#fff\" d=\"M5 7h6M5 10h6M5 13h4\"/></svg>";

/// A page. `who`: the name of whoever is signed in.
pub(crate) fn page(
    title: &str,
    who: Option<&str>,
    flashes: &[Flash],
    nonce: &CspNonce,
    body: &str,
) -> Html<String> {
    let nav = match who {
        Some(who) => format!("<a href=/>Notes</a><a href=/devices>Devices</a><span>{}</span>", escaped(who)),
        None => "<a href=/sign-in>Sign in</a><a href=/sign-up>Sign up</a>".to_owned(),
    };
    let flashes: String = flashes
        .iter()
        .map(|Flash(text)| format!("<p class=flash role=status>{}</p>", escaped(text)))
        .collect();
    Html(format!(
        "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content=\"width=device-width,initial-scale=1\">\
         <title>{title} · Notes</title><link rel=icon href=/icon.svg><style nonce=\"{nonce}\">{STYLE}</style>\
         <header><strong>Notes</strong>{nav}</header><main>{flashes}<h1>{title}</h1>{body}</main>\
         <footer>Sessions by Cloakroom. This page works without script.</footer></html>"
    ))
}

/// The hidden field that every form begins with.
pub(crate) fn hidden(csrf: &CsrfToken) -> String {
    format!("<input type=hidden name=_csrf value=\"{csrf}\">")
}

/// A form for a name and a password.
pub(crate) fn credentials(
    action: &str,
    csrf: &CsrfToken,
    button: &str,
    autocomplete: &str,
    name: &str,
) -> String {
    format!(
        "<form class=wide method=post action=\"{action}\">{}\
         <label>Name <input name=name autocomplete=username required maxlength=64 pattern=\"[!-~]+\" value=\"{}\"></label>\
         <label>Password <input name=password type=password autocomplete={autocomplete} required minlength=8></label>\
         <button class=main>{button}</button></form>",
        hidden(csrf),
        escaped(name)
    )
}
