//! Pages with script, and the holes that let in more of it.

use super::pages::page;
use super::routes::Shared;
use axum::extract::Query;
use axum::http::header::CONTENT_TYPE;
use axum::response::{Html, IntoResponse, Response};
use cloakroom::CspNonce;
use serde::Deserialize;

fn javascript(text: String) -> Response {
    ([(CONTENT_TYPE, "text/javascript")], text).into_response()
}

/// A page that loads what somebody else wrote, as most do.
pub(crate) async fn partner(nonce: CspNonce) -> Html<String> {
    page(
        "Partners",
        &nonce,
        &format!(
            "<p id=here>A page with somebody else's script.</p><script nonce=\"{nonce}\" src=/vendor.js></script>"
        ),
    )
}

/// What somebody else wrote. Harmless, until a scenario puts up another one.
pub(crate) async fn vendor() -> Response {
    javascript(String::new())
}

/// The app as one page of script. It signs in, and keeps what it is given, if it is given anything.
pub(crate) async fn one_page(nonce: CspNonce) -> Html<String> {
    let body = format!(
        "<p id=who>nobody</p><button id=enter>Sign in</button><button id=look>Balance</button><p id=balance></p>\
         <script nonce=\"{nonce}\" src=/vendor.js></script><script nonce=\"{nonce}\" src=/one-page.js></script>"
    );
    page("One page", &nonce, &body)
}

pub(crate) async fn one_page_script(app: Shared) -> Response {
    let kept = serde_json::to_string(&app.0.kept_in).unwrap_or_default();
    javascript(format!(
        "const keptIn = {kept};
(() => {{
  let token = null;
  const store = {{ local: localStorage, session: sessionStorage }}[keptIn];
  const headers = () => {{
    const kept = store ? store.getItem('token') : token;
    return kept ? {{ authorization: 'Bearer ' + kept }} : {{}};
  }};
  document.getElementById('enter').onclick = async () => {{
    const answer = await fetch('/api/sign-in', {{
      method: 'POST',
      headers: {{ 'content-type': 'application/json' }},
      body: JSON.stringify({{ name: 'anna', password: 'correct horse' }}),
    }});
    const given = answer.headers.get('x-session-token');
    if (given && store) store.setItem('token', given);
    else token = given;
    document.getElementById('who').textContent = answer.ok ? 'anna' : 'nobody';
  }};
  document.getElementById('look').onclick = async () => {{
    const answer = await fetch('/api/me', {{ headers: headers() }});
    document.getElementById('balance').textContent = answer.ok ? (await answer.json()).balance : 'none';
  }};
}})();
"
    ))
}

#[derive(Deserialize)]
pub(crate) struct Asked {
    q: Option<String>,
}

/// A hole: what was asked for stands in the page as it came. The page's own script is loaded by its address.
pub(crate) async fn search(nonce: CspNonce, Query(asked): Query<Asked>) -> Html<String> {
    let asked = asked.q.unwrap_or_default();
    page(
        "Search",
        &nonce,
        &format!("<p>Nothing found for {asked}</p><script nonce=\"{nonce}\" src=/page.js></script>"),
    )
}

/// A hole that only the browser sees: the fragment goes to `innerHTML`, and to `eval`.
pub(crate) async fn hello(nonce: CspNonce) -> Html<String> {
    page("Hello", &nonce, &format!("<p id=greeting></p><script nonce=\"{nonce}\" src=/hello.js></script>"))
}

pub(crate) async fn hello_script() -> Response {
    javascript(
        "const said = decodeURIComponent(location.hash.slice(1));
const [sink, value] = [said.slice(0, said.indexOf(':')), said.slice(said.indexOf(':') + 1)];
try {
  if (sink === 'html') document.getElementById('greeting').innerHTML = value;
  if (sink === 'eval') eval(value);
} catch (refused) { document.title = refused.name; }
"
        .to_owned(),
    )
}

pub(crate) async fn page_script() -> Response {
    javascript("document.body.dataset.script = 'own';\n".to_owned())
}
