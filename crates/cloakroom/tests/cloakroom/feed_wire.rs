//! The feed, byte by byte: what somebody gets who has a credential, or none, and does not do what a verifier does.

use cloakroom::testing::{self, ManualClock};
use cloakroom::{By, Cloakroom, NotEverywhere, Tokens};
use cloakroom_crypto::channel::{self, Channel};
use cloakroom_model::records::fact::FactKey;
use cloakroom_model::words::feed_credential::FeedCredential;
use cloakroom_model::words::time::Span;
use cloakroom_rules::feed::said::{Heads, Nonce, Told};
use cloakroom_verifier::feed::frame::{FromAuthority, FromFollower, Over};
use cloakroom_verifier::feed::greeting::{Greeting, PROTOCOL, Welcome};
use cloakroom_verifier::feed::stream::{Broken, Incoming, Outgoing};
use core::time::Duration;
use std::net::SocketAddr;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};

struct World {
    clock: ManualClock,
    cloakroom: Cloakroom,
    address: SocketAddr,
    credential: FeedCredential,
}

async fn world() -> World {
    let clock = ManualClock::default();
    let builder = testing::builder(&clock).tokens(Tokens::new().scope("notes:read"));
    let cloakroom = builder.build().await.unwrap();
    let credential =
        FeedCredential::parse(cloakroom.feed_credential(&By::system()).await.unwrap().0.expose()).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (address, router) = (listener.local_addr().unwrap(), cloakroom.internal());
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    World { clock, cloakroom, address, credential }
}

impl World {
    fn greeting(&self) -> Greeting {
        let (nonce, FeedCredential { kid, service, key }) = ([7; 32], &self.credential);
        let proof = channel::greeting(key, PROTOCOL, &nonce).unwrap();
        Greeting { kid: *kid, service: *service, nonce, proof }
    }

    /// The status and the headers of the answer, and the connection behind them.
    async fn asks(&self, headers: &str) -> (u16, String, TcpStream) {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        let request = format!("GET /feed HTTP/1.1\r\nHost: authority\r\n{headers}\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        while !answer.ends_with("\r\n\r\n") {
            answer.push(char::from(stream.read_u8().await.unwrap()));
        }
        (answer[9..12].parse().unwrap(), answer, stream)
    }

    async fn greets(&self, greeting: &Greeting) -> (u16, String, TcpStream) {
        let upgrade = format!("Connection: keep-alive, Upgrade\r\nUpgrade: {PROTOCOL}\r\n");
        self.asks(&format!("{upgrade}Cloakroom-Feed: {}\r\n", greeting.to_text())).await
    }

    async fn begins(&self) -> (Incoming<OwnedReadHalf>, Outgoing<OwnedWriteHalf>) {
        let (status, answer, stream) = self.greets(&self.greeting()).await;
        assert_eq!(status, 101);
        let welcome = answer.lines().find_map(|line| line.strip_prefix("cloakroom-feed: ")).unwrap();
        let welcome = Welcome::parse(welcome).unwrap();
        let channel = Channel::new(&self.credential.key, PROTOCOL, &[7; 32], &welcome.nonce).unwrap();
        assert!(channel.is_answered_by(&welcome.answer));
        let (from, to) = stream.into_split();
        (Incoming::new(from, channel.from_called), Outgoing::new(to, channel.from_caller))
    }
}

fn hello(bears: Span) -> Vec<u8> {
    FromFollower::Hello([1; 16], bears, None, Heads::new()).to_bytes()
}

/// Its last frame, whatever comes before.
async fn over(incoming: &mut Incoming<OwnedReadHalf>) -> Option<Over> {
    loop {
        match FromAuthority::parse(&incoming.next().await.ok()?).unwrap() {
            FromAuthority::Over(over) => return Some(over),
            FromAuthority::Told(_)
            | FromAuthority::Keys(_)
            | FromAuthority::Receipts(..)
            | FromAuthority::Known(..) => {}
        }
    }
}

/// Whoever has not the key gets no stream, and whoever asks for something else gets nothing at all.
#[tokio::test]
async fn only_whoever_shows_the_key_gets_a_stream() {
    let world = world().await;
    let greeting = world.greeting();
    assert_eq!(world.greets(&greeting).await.0, 101);
    let forged = Greeting { proof: [0; 32], ..greeting };
    let of_another_stream = Greeting { nonce: [8; 32], ..greeting };
    let of_no_root_key = Greeting { kid: 9, ..greeting };
    for wrong in [forged, of_another_stream, of_no_root_key] {
        assert_eq!(world.greets(&wrong).await.0, 403, "{wrong:?}");
    }
    let text = greeting.to_text();
    for headers in [
        String::new(),
        format!("Cloakroom-Feed: {text}\r\n"),
        format!("Connection: upgrade\r\nUpgrade: websocket\r\nCloakroom-Feed: {text}\r\n"),
        format!("Connection: upgrade\r\nUpgrade: {PROTOCOL}\r\nCloakroom-Feed: {}\r\n", &text[1..]),
        format!("Connection: upgrade\r\nUpgrade: {PROTOCOL}\r\n"),
    ] {
        assert_eq!(world.asks(&headers).await.0, 426, "{headers}");
    }
    world.cloakroom.revoke_service(world.credential.service, &By::system()).await.unwrap();
    assert_eq!(world.greets(&greeting).await.0, 403);
}

/// A greeting that somebody has read and says again opens a stream on which they can say nothing, and are told nothing.
#[tokio::test]
async fn whoever_cannot_say_hello_hears_nothing() {
    let world = world().await;
    let (_, _, mut stream) = world.greets(&world.greeting()).await;
    let forged = [&20u32.to_be_bytes()[..], &[9; 20]].concat();
    stream.write_all(&forged).await.unwrap();
    let mut heard = Vec::new();
    stream.read_to_end(&mut heard).await.unwrap();
    assert_eq!(heard, Vec::<u8>::new());
}

#[tokio::test]
async fn a_credential_that_is_taken_back_before_hello_follows_nobody() {
    let world = world().await;
    let (mut incoming, mut outgoing) = world.begins().await;
    world.cloakroom.revoke_service(world.credential.service, &By::system()).await.unwrap();
    outgoing.send(&hello(Span::seconds(2))).await.unwrap();
    let first = FromAuthority::parse(&incoming.next().await.unwrap());
    assert_eq!(first, Ok(FromAuthority::Over(Over::Revoked)), "nothing is told before that");
}

#[tokio::test]
async fn what_a_verifier_does_not_do_ends_the_stream() {
    let world = world().await;
    let (mut incoming, mut outgoing) = world.begins().await;
    outgoing.send(&hello(Span::millis(10_001))).await.unwrap();
    assert_eq!(over(&mut incoming).await, Some(Over::BearsTooMuch));

    let (mut incoming, mut outgoing) = world.begins().await;
    outgoing.send(&FromFollower::Probe(Nonce(1)).to_bytes()).await.unwrap();
    assert_eq!(over(&mut incoming).await, Some(Over::Malformed), "it begins with hello");

    for second in [hello(Span::seconds(2)), vec![99], Vec::new()] {
        let (mut incoming, mut outgoing) = world.begins().await;
        outgoing.send(&hello(Span::seconds(2))).await.unwrap();
        outgoing.send(&second).await.unwrap();
        // An empty one has no type, and no length that a frame may have.
        let wanted = (!second.is_empty()).then_some(Over::Malformed);
        assert_eq!(over(&mut incoming).await, wanted, "{second:?}");
    }
}

/// A frame that is said twice, or left out, is not the next one: nothing more is heard.
#[tokio::test]
async fn frames_are_taken_in_their_order() {
    let world = world().await;
    let (_, answer, mut stream) = world.greets(&world.greeting()).await;
    let welcome = answer.lines().find_map(|line| line.strip_prefix("cloakroom-feed: ")).unwrap();
    let welcome = Welcome::parse(welcome).unwrap();
    let mut channel = Channel::new(&world.credential.key, PROTOCOL, &[7; 32], &welcome.nonce).unwrap();
    let hello = cloakroom_verifier::feed::frame::sealed(&mut channel.from_caller, &hello(Span::seconds(2)));
    let probe = FromFollower::Probe(Nonce(1)).to_bytes();
    let probe = cloakroom_verifier::feed::frame::sealed(&mut channel.from_caller, &probe);
    stream.write_all(&[&hello[..], &probe, &probe].concat()).await.unwrap();
    let mut incoming = Incoming::new(stream, channel.from_called);
    let ended = loop {
        if let Err(broken) = incoming.next().await {
            break broken;
        }
    };
    assert!(matches!(ended, Broken::Connection(_)), "{ended}");
}

/// Who asks about one token is told how that stands now; and whoever was told so is waited for.
#[tokio::test]
async fn what_one_token_depends_on_can_be_asked_for() {
    let world = world().await;
    world.clock.advance(Span::seconds(13));
    let (mut incoming, mut outgoing) = world.begins().await;
    outgoing.send(&hello(Span::seconds(10))).await.unwrap();
    let user = |name: &str| FactKey::User(name.parse().unwrap());
    let keys = vec![user("anna"), FactKey::Epoch, user("bob")];
    let mut ask = async |nonce| {
        outgoing.send(&FromFollower::Ask(Nonce(nonce), keys.clone()).to_bytes()).await.unwrap();
        loop {
            match FromAuthority::parse(&incoming.next().await.unwrap()).unwrap() {
                FromAuthority::Known(Nonce(to), numbers) if to == nonce => return numbers,
                FromAuthority::Over(over) => panic!("{over:?}"),
                _ => {}
            }
        }
    };
    assert_eq!(ask(1).await, [0, 0, 0]);
    world.cloakroom.end_all(&"anna".parse().unwrap(), &By::system()).await.unwrap();
    let behind = world.cloakroom.everywhere(Duration::from_millis(20)).await;
    assert!(
        matches!(behind, Err(NotEverywhere::Behind(1))),
        "it may let anna in by what it was told: {behind:?}"
    );
    let [annas, 0, 0] = ask(2).await[..] else { panic!("three were asked for") };
    assert!(annas > 0);
    world.clock.advance(Span::millis(12_501));
    world.cloakroom.everywhere(Duration::from_millis(500)).await.unwrap();
    // More than any token depends on is no question.
    outgoing.send(&FromFollower::Ask(Nonce(3), vec![FactKey::Epoch; 65]).to_bytes()).await.unwrap();
    assert_eq!(over(&mut incoming).await, Some(Over::Malformed));
}

/// The id of a process is drawn by whoever says hello: it means something only beside the credential.
#[tokio::test]
async fn nobody_speaks_for_the_verifiers_of_another() {
    let one = world().await;
    one.clock.advance(Span::seconds(13));
    let credential = one.cloakroom.feed_credential(&By::system()).await.unwrap().0;
    let other = World {
        clock: one.clock.clone(),
        cloakroom: one.cloakroom.clone(),
        address: one.address,
        credential: FeedCredential::parse(credential.expose()).unwrap(),
    };
    let end_all =
        async |name: &str| one.cloakroom.end_all(&name.parse().unwrap(), &By::system()).await.unwrap();
    end_all("anna").await;
    let mut streams = Vec::new();
    for world in [&one, &other] {
        let (mut incoming, mut outgoing) = world.begins().await;
        outgoing.send(&hello(Span::seconds(10))).await.unwrap();
        outgoing.send(&FromFollower::Probe(Nonce(1)).to_bytes()).await.unwrap();
        let mut of = None;
        let heads = loop {
            match FromAuthority::parse(&incoming.next().await.unwrap()).unwrap() {
                FromAuthority::Told(Told::Begins(begins)) => of = Some(begins),
                FromAuthority::Told(Told::Proof(_, heads)) => break heads,
                _ => {}
            }
        };
        streams.push((incoming, outgoing, of.unwrap(), heads));
    }
    let [(_first, ..), (_incoming, outgoing, of, heads)] = &mut streams[..] else { panic!("two") };
    outgoing.send(&FromFollower::Has(*of, heads.clone()).to_bytes()).await.unwrap();
    let behind = async || one.cloakroom.everywhere(Duration::from_millis(50)).await;
    loop {
        match behind().await {
            Err(NotEverywhere::Behind(1)) => break,
            // It has not been heard yet.
            Err(NotEverywhere::Behind(2)) => {}
            other => panic!("the first has said nothing: {other:?}"),
        }
    }
    assert!(matches!(behind().await, Err(NotEverywhere::Behind(1))));
}
