//! `cargo run -p life`: a session on the embedded store, from sign-in to revocation.

#![expect(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "it shows times to a person at a terminal"
)]

use cloakroom_authority::ports::hasher::{Hasher, Shape, Visitor};
use cloakroom_authority::session::{Presented, SignIn};
use cloakroom_authority::{Authority, Settings};
use cloakroom_crypto::entropy::SystemEntropy;
use cloakroom_crypto::keyring::KeyRing;
use cloakroom_crypto::password::Verdict;
use cloakroom_model::ports::{Clock, SystemClock};
use cloakroom_model::records::event::{Actor, Origin};
use cloakroom_model::records::session::Device;
use cloakroom_model::words::secret::Secret;
use cloakroom_rules::audit::tell::By;
use cloakroom_rules::session::binding::Client;
use cloakroom_rules::session::check::Purpose;
use cloakroom_rules::session::patch::{Change, NOTHING, read};
use cloakroom_rules::session::policy::SessionPolicy;
use cloakroom_rules::session::raise::Why;
use cloakroom_rules::session::sign_in::SignedInClass;
use cloakroom_store_sqlite::SqliteStore;
use std::error::Error;
use std::sync::Arc;
use std::time::Instant;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let (clock, entropy) = (Arc::new(SystemClock), Arc::new(SystemEntropy::open()?));
    let store = SqliteStore::open(folder.path().join("app.db")).await?;
    let authority = Authority::open(Settings {
        stores: store.into_stores(),
        // This store is gone in a moment. One that stays needs the same key at each start: `root_key::of_file`.
        ring: KeyRing::draw(&*entropy)?,
        clock: clock.clone(),
        entropy: entropy.clone(),
        policy: SessionPolicy::default(),
        known_at_most: 100_000,
        tokens: None,
        assertions: None,
        may_forget: false,
    })
    .await?;

    // The proof begins before the password is looked at: a change of password that happens meanwhile wins.
    let anna = "anna".parse().map_err(|_| "no subject")?;
    let attempt = authority.begin_login(&anna).await?;
    let hasher = Hasher::start(Shape::default(), entropy)?;
    let visitor = || Visitor { prefix: "192.0.2.0/24".to_owned(), known_browser: false };
    let password = || Secret::new("correct horse battery staple".to_owned());
    let stored = hasher.hash(password(), visitor()).await?;
    let start = Instant::now();
    let verdict = hasher.verify(stored, password(), visitor()).await?;
    println!("password verified in {:?}: {verdict:?}", start.elapsed());
    if verdict == Verdict::Mismatch {
        return Err("wrong password".into());
    }

    let (host, client, origin) =
        ("app.example.com".parse().map_err(|_| "no host")?, Client::default(), Origin::default());
    let proof = attempt.proven(vec!["pwd".parse().map_err(|_| "no method")?], clock.now());
    let start = Instant::now();
    let signed_in = authority
        .sign_in(&SignIn {
            proof: &proof,
            host: &host,
            class: SignedInClass::Browser,
            groups: &[],
            parent: None,
            own: None,
            client: &client,
            device: &Device { label: "A terminal".into(), ..Device::default() },
            origin: &origin,
            change: &NOTHING,
        })
        .await?;
    println!("signed in, durably, in {:?}: {}", start.elapsed(), signed_in.session.id);

    let mut change = Change::default();
    change.set("cart", &vec!["a coat", "a hat"])?;
    authority.patch(signed_in.session.id, &change).await?;

    let presented = Presented {
        ticket: &signed_in.ticket,
        host: &host,
        client: &client,
        origin: &origin,
        renewable: false,
        purpose: Purpose::Use,
    };
    let start = Instant::now();
    let checked = authority.check(&presented).await?;
    println!(
        "first sight in {:?}: {:?}",
        start.elapsed(),
        read::<Vec<String>>(&checked.session()?.data, "cart")?
    );
    let start = Instant::now();
    let again = authority
        .known(presented.ticket, presented.host, presented.client)
        .is_some_and(|answer| answer.is_ok());
    println!("known from then on: {again}, in {:?}", start.elapsed());

    let by = By { actor: Actor::Subject(anna.clone()), origin: Origin::default() };
    let start = Instant::now();
    let ended = authority.end_all(&anna, &Why::SignOutEverywhere, &by).await?;
    println!("signed out everywhere, durably, in {:?}: {ended} session", start.elapsed());
    match authority.check(&presented).await {
        Ok(_) => Err("a revoked session was accepted".into()),
        Err(refused) => {
            println!("the ticket afterwards: {refused}");
            Ok(authority.shut_down().await?)
        }
    }
}
