//! How the bank looks.

use axum::response::Html;
use cloakroom::pages::escaped;
use cloakroom::{CspNonce, CsrfToken};

/// A page with a title.
pub(crate) fn page(title: &str, nonce: &CspNonce, body: &str) -> Html<String> {
    Html(format!(
        "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content=\"width=device-width\"><title>{title}</title>\
         <style nonce=\"{nonce}\">body{{font:16px sans-serif}}form{{margin:.5em 0}}\
         #close button{{position:absolute;left:0;top:200px;width:300px;height:80px}}</style>\
         <h1>{title}</h1>{body}</html>"
    ))
}

/// A form with its token.
pub(crate) fn form(
    id: &str,
    action: &str,
    csrf: &CsrfToken,
    fields: &[(&str, &str)],
    button: &str,
) -> String {
    let fields: String = fields
        .iter()
        .map(|(name, value)| {
            let kind = if *name == "password" { "password" } else { "text" };
            format!("<label>{name} <input name={name} type={kind} value=\"{}\"></label>", escaped(value))
        })
        .collect();
    format!(
        "<form id={id} method=post action=\"{}\"><input type=hidden name=_csrf value=\"{csrf}\">{fields}<button>{button}</button></form>",
        escaped(action)
    )
}
