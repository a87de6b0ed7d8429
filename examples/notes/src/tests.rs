use crate::app::{app, pages};
use crate::data::Data;
use cloakroom::testing::{self, Answer, Client, ManualClock};
use cloakroom::{Cloakroom, Protected, Span};
use std::time::Duration;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

struct World {
    cloakroom: Cloakroom,
    clock: ManualClock,
    browser: Client<Protected>,
    app: Protected,
    _folder: TempDir,
}

async fn world() -> World {
    let (clock, folder) = (ManualClock::default(), TempDir::new().unwrap());
    let cloakroom = pages(testing::builder(&clock)).build().await.unwrap();
    let app = app(&cloakroom, Data::open(&folder.path().join("app.db")).unwrap());
    World { browser: Client::of(app.clone(), &cloakroom), cloakroom, clock, app, _folder: folder }
}

/// Opens a page and posts its first form, as a person does.
async fn submit(browser: &Client<Protected>, page: &str, action: &str, fields: &str) -> Answer {
    let token = browser.get(page).await.csrf_token().to_owned();
    browser.post(action, &format!("_csrf={token}&{fields}")).await
}

const ANNA: &str = "name=anna&password=correct+horse";

#[tokio::test]
async fn a_day_with_notes() {
    let world = world().await;
    let browser = &world.browser;
    assert_eq!(browser.get("/").await.header("location"), "/sign-in?return_to=/");
    assert_eq!(submit(browser, "/sign-up", "/sign-up", ANNA).await.header("location"), "/");
    assert_eq!(submit(browser, "/", "/", "text=buy+%3Cmilk%3E").await.status, 303);
    let page = browser.get("/").await.text;
    assert!(page.contains("buy &lt;milk&gt;") && page.contains("Kept."), "{page}");
    assert!(!browser.get("/").await.text.contains("Kept."), "a message is shown once");
    assert_eq!(submit(browser, "/", "/notes/1/remove", "").await.status, 303);
    assert!(!browser.get("/").await.text.contains("milk"));
    assert_eq!(submit(browser, "/devices", "/sign-out", "").await.status, 303);
    assert_eq!(browser.get("/").await.status, 303);
    let wrong = submit(browser, "/sign-in", "/sign-in", "name=anna&password=wrong+horse").await;
    assert_eq!(wrong.header("location"), "/sign-in");
    assert!(browser.get("/sign-in").await.text.contains("do not belong together"));
    for (return_to, lands_on) in
        [("/devices", "/devices"), ("//evil.example", "/"), ("https://evil.example", "/")]
    {
        let action = format!("/sign-in?return_to={return_to}");
        assert_eq!(submit(browser, "/sign-in", &action, ANNA).await.header("location"), lands_on);
    }
}

#[tokio::test]
async fn devices_can_be_signed_out_from_each_other() {
    let world = world().await;
    let (laptop, phone, tablet) = (&world.browser, world.browser.another(), world.browser.another());
    submit(laptop, "/sign-up", "/sign-up", ANNA).await;
    for other in [&phone, &tablet] {
        submit(other, "/sign-in", "/sign-in", ANNA).await;
        assert_eq!(other.get("/").await.status, 200);
    }
    let page = laptop.get("/devices").await;
    assert_eq!(page.text.matches("<button>Sign out</button>").count(), 2, "{}", page.text);
    let id = page.text.split("name=session value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    submit(laptop, "/devices", "/devices", &format!("session={id}")).await;
    let out = [phone.get("/").await.status, tablet.get("/").await.status];
    assert!(out == [303, 200] || out == [200, 303], "{out:?}");
    let mallory = world.browser.another();
    submit(&mallory, "/sign-up", "/sign-up", "name=mallory&password=correct+horse").await;
    let own = laptop.get("/devices").await.text;
    let of_anna = own.split("name=session value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    submit(&mallory, "/devices", "/devices", &format!("session={of_anna}")).await;
    assert!(
        mallory.get("/devices").await.text.contains("signed out already"),
        "somebody else's session is not there"
    );
    submit(laptop, "/devices", "/devices/others", "").await;
    assert_eq!(
        (phone.get("/").await.status, tablet.get("/").await.status, laptop.get("/").await.status),
        (303, 303, 200)
    );
}

#[tokio::test]
async fn a_password_is_changed_after_a_fresh_proof_and_ends_the_others() {
    let world = world().await;
    let (laptop, phone) = (&world.browser, world.browser.another());
    submit(laptop, "/sign-up", "/sign-up", ANNA).await;
    submit(&phone, "/sign-in", "/sign-in", ANNA).await;
    world.clock.advance(Span::minutes(6));
    assert_eq!(laptop.get("/password").await.header("location"), "/confirm?return_to=/password");
    assert_eq!(submit(laptop, "/", "/password", "name=anna&password=battery+staple").await.status, 401);
    assert_eq!(submit(laptop, "/confirm", "/confirm", ANNA).await.header("location"), "/password");
    assert_eq!(
        submit(laptop, "/password", "/password", "name=anna&password=battery+staple").await.status,
        303
    );
    assert!(laptop.get("/devices").await.text.contains("1 other devices were signed out"));
    assert_eq!(phone.get("/").await.status, 303);
    assert_eq!(submit(&phone, "/sign-in", "/sign-in", ANNA).await.header("location"), "/sign-in");
}

#[tokio::test]
async fn only_the_first_user_sees_who_is_here() {
    let world = world().await;
    submit(&world.browser, "/sign-up", "/sign-up", ANNA).await;
    let bob = world.browser.another();
    submit(&bob, "/sign-up", "/sign-up", "name=bob&password=correct+horse").await;
    assert!(world.browser.get("/admin").await.text.contains("<li>bob</li>"));
    assert_eq!(bob.get("/admin").await.status, 403);
}

/// A real server, a real socket: live updates end when the session does, without a request.
#[tokio::test]
async fn live_updates_are_cut_when_the_session_is_revoked() {
    let world = world().await;
    submit(&world.browser, "/sign-up", "/sign-up", ANNA).await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(axum::serve(listener, world.app.clone()).into_future());
    let cookies: Vec<_> =
        world.browser.cookies().iter().map(|(name, value)| format!("{name}={value}")).collect();
    let open = |origin: &str| {
        let handshake = format!(
            "GET /live HTTP/1.1\r\nHost: app.example\r\nOrigin: {origin}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nCookie: {}\r\n\r\n",
            cookies.join("; ")
        );
        async move {
            let mut socket = tokio::net::TcpStream::connect(address).await.unwrap();
            socket.write_all(handshake.as_bytes()).await.unwrap();
            let mut answer = Vec::new();
            while !answer.ends_with(b"\r\n\r\n") {
                answer.push(socket.read_u8().await.unwrap());
            }
            (String::from_utf8(answer).unwrap(), socket)
        }
    };
    let (refused, _) = open("https://evil.example").await;
    assert!(refused.starts_with("HTTP/1.1 403"), "cross-site WebSocket hijacking: {refused}");
    let (opened, mut socket) = open("https://app.example").await;
    assert!(opened.starts_with("HTTP/1.1 101"), "{opened}");
    submit(&world.browser, "/", "/", "text=hello").await;
    let mut frame = [0u8; 9];
    socket.read_exact(&mut frame).await.unwrap();
    assert_eq!(&frame, b"\x81\x07changed");
    let anna = "anna".parse().unwrap();
    let phone = world.browser.another();
    submit(&phone, "/sign-in", "/sign-in", ANNA).await;
    submit(&phone, "/devices", "/devices/others", "").await;
    assert_eq!(world.cloakroom.sessions_of(&anna).await.unwrap().len(), 1);
    let cut = tokio::time::timeout(Duration::from_secs(30), socket.read_u8()).await;
    assert_eq!(cut.unwrap().unwrap(), 0x88, "a close frame");
}
