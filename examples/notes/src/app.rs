//! The routes.

use crate::data::Data;
use crate::html::{ICON, credentials, hidden, page};
use axum::Router;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::extract::{Form, Multipart, Path, Query, State};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use cloakroom::pages::{devices, escaped};
use cloakroom::{
    Account, Authenticated, Builder, Cloakroom, CloakroomWithExt, CspNonce, CsrfToken, Detached, Fresh,
    Guarded, LoginError, Protected, Requires, Role, Session, SessionError, SessionId, SignedInClass,
    SubjectId, safe_return,
};
use serde::Deserialize;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::broadcast::{Sender, channel, error::RecvError};

#[derive(Clone)]
pub(crate) struct App {
    cloakroom: Cloakroom,
    data: Arc<Data>,
    /// Whose notes changed.
    news: Sender<SubjectId>,
}

type Shared = State<Guarded<App>>;
type Answer<T> = Result<T, Wrong>;

/// What a handler can run into, as an answer.
pub(crate) struct Wrong(Response);

impl IntoResponse for Wrong {
    fn into_response(self) -> Response {
        self.0
    }
}

impl From<SessionError> for Wrong {
    fn from(error: SessionError) -> Self {
        Self(error.into_response())
    }
}

impl From<cloakroom::Denied> for Wrong {
    fn from(denied: cloakroom::Denied) -> Self {
        SessionError::from(denied).into()
    }
}

impl From<rusqlite::Error> for Wrong {
    fn from(_: rusqlite::Error) -> Self {
        Self(StatusCode::INTERNAL_SERVER_ERROR.into_response())
    }
}

impl From<LoginError> for Wrong {
    fn from(error: LoginError) -> Self {
        SessionError::from(error).into()
    }
}

struct Admin;

impl Role for Admin {
    const GROUP: &'static str = "admin";
}

/// A proof of the last five minutes.
type Confirmed = Authenticated<Account, Fresh<300>>;

/// Where somebody is sent, and where a session that is over is none.
pub(crate) fn pages(builder: Builder) -> Builder {
    builder.sign_in_page("/sign-in").entrance("/sign-up").confirm_page("/confirm")
}

pub(crate) fn app(cloakroom: &Cloakroom, data: Data) -> Protected {
    let app = App { cloakroom: cloakroom.clone(), data: Arc::new(data), news: channel(64).0 };
    Router::new()
        .route("/", get(notes).post(add))
        .route("/notes/{id}/remove", post(remove))
        .route("/files", post(upload))
        .route("/live", get(live))
        .route("/sign-up", get(sign_up_page).post(sign_up))
        .route("/sign-in", get(sign_in_page).post(sign_in))
        .route("/sign-out", post(sign_out))
        .route("/devices", get(devices_page).post(end_device))
        .route("/devices/others", post(end_others))
        .route("/confirm", get(confirm_page).post(confirm))
        .route("/password", get(password_page).post(password))
        .route("/admin", get(admin))
        .route("/icon.svg", get(|| async { ([(CONTENT_TYPE, "image/svg+xml")], ICON) }))
        .cloakroom_with(cloakroom, app)
}

async fn notes(
    State(app): Shared,
    user: Authenticated,
    session: Session,
    csrf: CsrfToken,
    nonce: CspNonce,
) -> Answer<Html<String>> {
    let form = hidden(&csrf);
    let rows = app.data.notes(&user.subject)?.into_iter().map(|note| {
        let text = escaped(&note.text);
        format!("<li><span>{text}</span><form method=post action=/notes/{}/remove>{form}<button>Remove</button></form></li>", note.id)
    });
    let body = format!(
        "<form class=wide method=post action=/>{form}<label>A new note <textarea name=text rows=2 required></textarea></label>\
         <button class=main>Keep it</button></form><ul>{}</ul>\
         <details><summary>Add a text file</summary><form class=wide method=post action=/files enctype=multipart/form-data>{form}\
         <input type=file name=file required><button>Upload</button></form></details>\
         <p id=live hidden>Something changed on another device. <a href=/>Show it</a></p>\
         <script nonce=\"{nonce}\">new WebSocket(location.origin.replace('http','ws')+'/live').onmessage=()=>document.getElementById('live').hidden=false</script>",
        rows.collect::<String>()
    );
    Ok(page("Your notes", Some(user.subject.as_str()), &session.take_flashes()?, &nonce, &body))
}

#[derive(Deserialize)]
struct NewNote {
    text: String,
}

async fn add(
    State(app): Shared,
    user: Authenticated,
    session: Session,
    Form(note): Form<NewNote>,
) -> Answer<Redirect> {
    app.data.add_note(&user.subject, note.text.trim())?;
    let _nobody_listens = app.news.send(user.subject.clone());
    session.flash("Kept.")?;
    Ok(Redirect::to("/"))
}

async fn remove(State(app): Shared, user: Authenticated, Path(id): Path<i64>) -> Answer<Redirect> {
    app.data.remove_note(&user.subject, id)?;
    let _nobody_listens = app.news.send(user.subject.clone());
    Ok(Redirect::to("/"))
}

async fn upload(
    State(app): Shared,
    user: Authenticated,
    session: Session,
    mut parts: Multipart,
) -> Answer<Redirect> {
    let bad = |_| Wrong(StatusCode::BAD_REQUEST.into_response());
    while let Some(part) = parts.next_field().await.map_err(bad)? {
        if part.name() == Some("file") {
            let text = part.text().await.map_err(bad)?;
            app.data.add_note(&user.subject, text.trim())?;
            session.flash(format!("{} characters kept.", text.chars().count()))?;
        }
    }
    Ok(Redirect::to("/"))
}

/// Live updates end when the session does.
async fn live(
    State(app): Shared,
    user: Authenticated,
    session: Session,
    upgrade: WebSocketUpgrade,
) -> Response {
    let (subject, news) = (user.subject.clone(), app.news.subscribe());
    match session.detach() {
        Some(session) => upgrade.on_upgrade(|socket| push(socket, session, subject, news)),
        None => StatusCode::UNAUTHORIZED.into_response(),
    }
}

async fn push(
    mut socket: WebSocket,
    session: Detached,
    subject: SubjectId,
    mut news: tokio::sync::broadcast::Receiver<SubjectId>,
) {
    let mut look = tokio::time::interval(Duration::from_secs(1));
    loop {
        let has_news = tokio::select! {
            changed = news.recv() => match changed {
                Ok(whose) => whose == subject,
                Err(RecvError::Lagged(_)) => true,
                Err(RecvError::Closed) => return,
            },
            _ = look.tick() => false,
            heard = socket.recv() => match heard {
                Some(Ok(_)) => false,
                Some(Err(_)) | None => return,
            },
        };
        if session.is_live().await.is_ok_and(|is_live| !is_live) {
            let _gone_already = socket.send(Message::Close(None)).await;
            return;
        }
        if has_news && socket.send(Message::text("changed")).await.is_err() {
            return;
        }
    }
}

async fn sign_up_page(csrf: CsrfToken, session: Session, nonce: CspNonce) -> Answer<Html<String>> {
    let body = credentials("/sign-up", &csrf, "Sign up", "new-password", "");
    Ok(page("Sign up", None, &session.take_flashes()?, &nonce, &body))
}

#[derive(Deserialize)]
struct Credentials {
    name: String,
    password: String,
}

async fn sign_up(State(app): Shared, session: Session, Form(given): Form<Credentials>) -> Answer<Redirect> {
    let Ok(name) = given.name.parse::<SubjectId>() else {
        session.flash("A name is 1 to 64 visible letters.")?;
        return Ok(Redirect::to("/sign-up"));
    };
    if given.password.chars().count() < 8 {
        session.flash("A password has at least eight characters.")?;
        return Ok(Redirect::to("/sign-up"));
    }
    let hash = app.cloakroom.hash_password(given.password.clone(), session.handle()).await?;
    if !app.data.add_user(&name, &hash)? {
        session.flash("That name is taken.")?;
        return Ok(Redirect::to("/sign-up"));
    }
    signed_in(&app, &session, given, "/").await
}

/// Where to go after signing in: a path of this app, or the first page.
#[derive(Deserialize)]
struct Back {
    return_to: Option<String>,
}

impl Back {
    fn path(&self) -> &str {
        safe_return(self.return_to.as_deref().unwrap_or("/"))
    }
}

async fn sign_in_page(
    session: Session,
    Query(back): Query<Back>,
    csrf: CsrfToken,
    nonce: CspNonce,
) -> Answer<Html<String>> {
    let action = format!("/sign-in?return_to={}", escaped(back.path()));
    let body = credentials(&action, &csrf, "Sign in", "current-password", "");
    Ok(page("Sign in", None, &session.take_flashes()?, &nonce, &body))
}

async fn sign_in(
    State(app): Shared,
    session: Session,
    Query(back): Query<Back>,
    Form(given): Form<Credentials>,
) -> Answer<Redirect> {
    signed_in(&app, &session, given, back.path()).await
}

async fn signed_in(app: &App, session: &Session, given: Credentials, to: &str) -> Answer<Redirect> {
    if let Ok(name) = given.name.parse::<SubjectId>() {
        // The proof begins before the stored hash is read.
        let attempt = app.cloakroom.begin_login(&name).await?;
        let (stored, is_admin) = app.data.user(&name)?.unzip();
        let proof = app.cloakroom.verify_password(attempt, stored, given.password, session.handle()).await?;
        if let Some(proof) = proof {
            let groups = is_admin.unwrap_or(false).then(|| "admin".parse().ok()).flatten();
            session.sign_in(proof, SignedInClass::Browser, groups.into_iter().collect())?;
            return Ok(Redirect::to(to));
        }
    }
    session.flash("Name and password do not belong together.")?;
    Ok(Redirect::to("/sign-in"))
}

async fn sign_out(session: Session) -> Answer<Redirect> {
    session.sign_out().await?;
    Ok(Redirect::to("/sign-in"))
}

async fn devices_page(
    State(app): Shared,
    user: Authenticated,
    session: Session,
    csrf: CsrfToken,
    nonce: CspNonce,
) -> Answer<Html<String>> {
    let sessions = app.cloakroom.sessions_of(&user.subject).await?;
    let list = devices(&sessions, session.id(), app.cloakroom.now(), "/devices", &csrf);
    let form = hidden(&csrf);
    let body = format!(
        "<p>You are signed in here:</p>{list}<form method=post action=/devices/others>{form}<button>Sign out everywhere else</button></form>\
         <form method=post action=/sign-out>{form}<button>Sign out here</button></form><p><a href=/password>Change the password</a></p>"
    );
    Ok(page("Your devices", Some(user.subject.as_str()), &session.take_flashes()?, &nonce, &body))
}

#[derive(Deserialize)]
struct Device {
    session: String,
}

async fn end_device(
    State(app): Shared,
    _: Authenticated,
    session: Session,
    Form(device): Form<Device>,
) -> Answer<Redirect> {
    let ended = match device.session.parse::<SessionId>() {
        Ok(id) => app.cloakroom.end_session(id, session.handle()).await?,
        Err(_) => false,
    };
    session.flash(if ended { "Signed out there." } else { "That device was signed out already." })?;
    Ok(Redirect::to("/devices"))
}

async fn end_others(_: Authenticated, session: Session) -> Answer<Redirect> {
    let ended = session.sign_out_elsewhere().await?;
    session.flash(format!("Signed out on {ended} other devices."))?;
    Ok(Redirect::to("/devices"))
}

async fn confirm_page(
    user: Authenticated,
    session: Session,
    csrf: CsrfToken,
    nonce: CspNonce,
) -> Answer<Html<String>> {
    let body = credentials("/confirm", &csrf, "It is me", "current-password", user.subject.as_str());
    Ok(page("Confirm that it is you", Some(user.subject.as_str()), &session.take_flashes()?, &nonce, &body))
}

async fn confirm(
    State(app): Shared,
    user: Authenticated,
    session: Session,
    Form(given): Form<Credentials>,
) -> Answer<Redirect> {
    let attempt = app.cloakroom.begin_login(&user.subject).await?;
    let stored = app.data.user(&user.subject)?.map(|(hash, _)| hash);
    match app.cloakroom.verify_password(attempt, stored, given.password, session.handle()).await? {
        Some(proof) => session.step_up(proof)?,
        None => session.flash("That is not your password.")?,
    }
    Ok(Redirect::to("/password"))
}

async fn password_page(
    user: Confirmed,
    session: Session,
    csrf: CsrfToken,
    nonce: CspNonce,
) -> Answer<Html<String>> {
    let name = user.subject.as_str();
    let body = credentials("/password", &csrf, "Change it", "new-password", name);
    Ok(page("A new password", Some(name), &session.take_flashes()?, &nonce, &body))
}

async fn password(
    State(app): Shared,
    user: Confirmed,
    session: Session,
    Form(given): Form<Credentials>,
) -> Answer<Redirect> {
    let hash = app.cloakroom.hash_password(given.password, session.handle()).await?;
    app.data.set_hash(&user.subject, &hash)?;
    let ended = session.credential_changed().await?;
    session.flash(format!("Changed. {ended} other devices were signed out."))?;
    Ok(Redirect::to("/devices"))
}

async fn admin(State(app): Shared, user: Requires<Admin>, nonce: CspNonce) -> Answer<Html<String>> {
    let users: String = app.data.users()?.iter().map(|name| format!("<li>{}</li>", escaped(name))).collect();
    Ok(page("Who is here", Some(user.subject.as_str()), &[], &nonce, &format!("<ul>{users}</ul>")))
}
