//! What somebody does who is signed in.

use super::pages::{form, page};
use super::routes::{Answer, Shared};
use crate::switch::Switch;
use axum::Json;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::extract::{Form, Query};
use axum::response::{Html, Redirect, Response};
use cloakroom::pages::escaped;
use cloakroom::{Account, Authenticated, CspNonce, CsrfToken, Fresh, Key, Requires, Role, Session};
use serde::{Deserialize, Serialize};

const SEEN: Key<bool> = Key::new("seen");
const COUPON_USED: Key<bool> = Key::new("coupon_used");
/// Who began a recovery. It says nothing of who is there.
pub(crate) const RECOVERING: Key<String> = Key::new("user");

pub(crate) struct Boss;

impl Role for Boss {
    const GROUP: &'static str = "admin";
}

/// A proof of the last five minutes.
pub(crate) type Confirmed = Authenticated<Account, Fresh<300>>;

/// Who is there, for the front page.
async fn who(app: &Shared, user: Option<&Authenticated>, session: &Session) -> Answer<Option<String>> {
    if app.0.is_off(Switch::LazySessions) {
        session.set(SEEN, &true)?;
    }
    if let Some(user) = user {
        return Ok(Some(user.subject.to_string()));
    }
    match app.0.is_off(Switch::Identity) {
        true => Ok(session.get(RECOVERING)?),
        false => Ok(None),
    }
}

pub(crate) async fn home(
    app: Shared,
    user: Option<Authenticated>,
    session: Session,
    csrf: CsrfToken,
    nonce: CspNonce,
) -> Answer<Html<String>> {
    let Some(name) = who(&app, user.as_ref(), &session).await? else {
        return Ok(page("Bank", &nonce, "<p id=who>nobody</p><a href=/sign-in>Sign in</a>"));
    };
    let balance = app.0.accounts.of(&name).map_or(0, |account| account.balance);
    let transfer = form("transfer", "/transfer", &csrf, &[("to", ""), ("amount", "")], "Send");
    let out = form("sign-out", "/sign-out", &csrf, &[], "Sign out");
    let others = form("others", "/devices/others", &csrf, &[], "Sign out everywhere else");
    let body = format!("<p id=who>{}</p><p id=balance>{balance}</p>{transfer}{out}{others}", escaped(&name));
    Ok(page("Bank", &nonce, &body))
}

#[derive(Serialize)]
pub(crate) struct Me {
    name: String,
    balance: i64,
}

pub(crate) async fn me(app: Shared, user: Authenticated) -> Json<Me> {
    let balance = app.0.accounts.of(user.subject.as_str()).map_or(0, |account| account.balance);
    Json(Me { name: user.subject.to_string(), balance })
}

#[derive(Deserialize)]
pub(crate) struct Order {
    to: Option<String>,
    amount: Option<i64>,
}

/// What is asked for is filled in; nothing is moved, unless this is the twin whose GETs move money.
pub(crate) async fn transfer_page(
    app: Shared,
    user: Authenticated,
    Query(order): Query<Order>,
    csrf: CsrfToken,
    nonce: CspNonce,
) -> Html<String> {
    let to = order.to.unwrap_or_default();
    let amount = order.amount.unwrap_or_default();
    if app.0.is_off(Switch::SafeGet) {
        app.0.accounts.transfer(user.subject.as_str(), &to, amount);
    }
    let fields = [("to", to.as_str()), ("amount", &amount.to_string())];
    page("Send money", &nonce, &form("transfer", "/transfer", &csrf, &fields, "Send"))
}

pub(crate) async fn transfer(app: Shared, user: Authenticated, Form(order): Form<Order>) -> Redirect {
    let to = order.to.unwrap_or_default();
    app.0.accounts.transfer(user.subject.as_str(), &to, order.amount.unwrap_or_default());
    Redirect::to("/")
}

/// Reads text, whatever type it says: how a form with `enctype=text/plain` and a beacon get through to many an app.
pub(crate) async fn api_transfer(app: Shared, user: Authenticated, body: String) -> &'static str {
    if let Ok(order) = serde_json::from_str::<Order>(&body) {
        let to = order.to.unwrap_or_default();
        app.0.accounts.transfer(user.subject.as_str(), &to, order.amount.unwrap_or_default());
    }
    "sent"
}

pub(crate) async fn payee_page(_: Confirmed, csrf: CsrfToken, nonce: CspNonce) -> Html<String> {
    page("A new payee", &nonce, &form("payee", "/payee", &csrf, &[("name", "")], "Add"))
}

#[derive(Deserialize)]
pub(crate) struct Payee {
    name: String,
}

pub(crate) async fn payee(app: Shared, user: Confirmed, Form(payee): Form<Payee>) -> Redirect {
    app.0.accounts.change(user.subject.as_str(), |account| account.payees.push(payee.name));
    Redirect::to("/")
}

/// The same without asking who it is once more.
pub(crate) async fn payee_at_any_age(app: Shared, user: Authenticated, Form(payee): Form<Payee>) -> Redirect {
    app.0.accounts.change(user.subject.as_str(), |account| account.payees.push(payee.name));
    Redirect::to("/")
}

pub(crate) async fn close_page(_: Authenticated, csrf: CsrfToken, nonce: CspNonce) -> Html<String> {
    page("Close the account", &nonce, &form("close", "/close", &csrf, &[], "Close it"))
}

pub(crate) async fn close(app: Shared, user: Authenticated) -> Redirect {
    app.0.accounts.change(user.subject.as_str(), |account| account.closed = true);
    Redirect::to("/")
}

pub(crate) async fn admin(user: Requires<Boss>, nonce: CspNonce) -> Html<String> {
    page("Everybody", &nonce, &format!("<p id=who>{} is an administrator</p>", user.subject))
}

/// A coupon that may be used once, and a session that is asked whether it was: what a carried session cannot promise.
pub(crate) async fn coupon(app: Shared, user: Authenticated, session: Session) -> Answer<Redirect> {
    if session.get(COUPON_USED)?.is_none() {
        session.set(COUPON_USED, &true)?;
        app.0.accounts.change(user.subject.as_str(), |account| account.balance += 10);
    }
    Ok(Redirect::to("/"))
}

/// Answers when it is let go.
pub(crate) async fn slow(app: Shared, _: Authenticated) -> &'static str {
    app.0.gate.pass().await;
    "late"
}

pub(crate) async fn live(app: Shared, user: Authenticated, upgrade: WebSocketUpgrade) -> Response {
    let balance = app.0.accounts.of(user.subject.as_str()).map_or(0, |account| account.balance);
    upgrade.on_upgrade(move |socket| tell(socket, app, user.subject.to_string(), balance))
}

/// Says the balance, and does what it hears.
async fn tell(mut socket: WebSocket, app: Shared, name: String, balance: i64) {
    if socket.send(Message::text(balance.to_string())).await.is_err() {
        return;
    }
    while let Some(Ok(heard)) = socket.recv().await {
        if let Ok(order) =
            heard.to_text().map(serde_json::from_str::<Order>).unwrap_or(Ok(Order { to: None, amount: None }))
        {
            app.0.accounts.transfer(&name, &order.to.unwrap_or_default(), order.amount.unwrap_or_default());
        }
        if socket.send(Message::text("done")).await.is_err() {
            return;
        }
    }
}
