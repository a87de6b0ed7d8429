//! Ways for letters to go.

use super::write::Written;
use crate::config::Mail;
use core::future::Future;
use core::pin::Pin;
use core::time::Duration;
use lettre::address::Address;
use lettre::message::Mailbox;
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use parking_lot::Mutex;
use std::collections::VecDeque;
use std::sync::Arc;
use tokio::time::timeout;

/// How long connecting may take, and the whole of it.
const CONNECTS_WITHIN: Duration = Duration::from_secs(10);
const SENT_WITHIN: Duration = Duration::from_secs(60);
/// How many letters are caught.
const CAUGHT_AT_MOST: usize = 200;

/// How sending ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Sent {
    /// The server has it.
    Done,
    /// It will never take it, and why.
    Never(String),
    /// Not now, and why.
    Later(String),
}

/// A way for letters to go.
pub(crate) trait Way: Send + Sync + 'static {
    /// Sends one.
    fn send<'a>(&'a self, letter: &'a Written) -> Pin<Box<dyn Future<Output = Sent> + Send + 'a>>;
}

/// Letters are kept in memory, for who develops to read.
#[derive(Debug, Clone, Default)]
pub(crate) struct Catcher(Arc<Mutex<VecDeque<(usize, Written)>>>);

impl Catcher {
    /// The letters, the newest first.
    pub(crate) fn letters(&self) -> Vec<(usize, Written)> {
        self.0.lock().iter().rev().cloned().collect()
    }
}

impl Way for Catcher {
    fn send<'a>(&'a self, letter: &'a Written) -> Pin<Box<dyn Future<Output = Sent> + Send + 'a>> {
        let mut caught = self.0.lock();
        let number = caught.back().map_or(1, |(number, _)| number + 1);
        caught.push_back((number, letter.clone()));
        if caught.len() > CAUGHT_AT_MOST {
            caught.pop_front();
        }
        Box::pin(core::future::ready(Sent::Done))
    }
}

/// A mail server.
pub(crate) struct Smtp {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

/// The mail server cannot be used as configured.
#[derive(Debug, thiserror::Error)]
#[error(
    "CK1010: [mail] url or from cannot be used\nhint: url = \"smtps://user:password@host\" (escape @ : / in them), from = \"Example <no-reply@example.com>\""
)]
pub(crate) struct NoMail;

impl Smtp {
    pub(crate) fn new(mail: &Mail) -> Result<Self, NoMail> {
        // Connections are not kept: one that was given up half-way must not be used again.
        let builder =
            AsyncSmtpTransport::<Tokio1Executor>::from_url(mail.url.expose()).map_err(|_| NoMail)?;
        let transport = builder.timeout(Some(CONNECTS_WITHIN)).build();
        Ok(Self { transport, from: mail.from.parse().map_err(|_| NoMail)? })
    }

    /// Whether it answers, and lets us in.
    pub(crate) async fn answers(&self) -> bool {
        matches!(timeout(CONNECTS_WITHIN, self.transport.test_connection()).await, Ok(Ok(true)))
    }

    fn message(&self, letter: &Written) -> Option<Message> {
        let to: Address = letter.to.parse().ok()?;
        let auto =
            HeaderValue::new(HeaderName::new_from_ascii_str("Auto-Submitted"), "auto-generated".to_owned());
        Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, to))
            .subject(letter.subject.clone())
            .message_id(None)
            .raw_header(auto)
            .body(letter.text.clone())
            .ok()
    }
}

/// What went wrong, without what the server says in words: it may repeat addresses.
fn why(error: &lettre::transport::smtp::Error) -> String {
    match error.status() {
        Some(code) => format!("the server said {code}"),
        None if error.is_tls() => "no TLS with the server".to_owned(),
        None if error.is_timeout() => "the server took too long".to_owned(),
        None if error.is_response() => "what answers speaks no SMTP".to_owned(),
        None if error.is_client() => "the server and we do not speak the same".to_owned(),
        None => "the server cannot be reached".to_owned(),
    }
}

impl Way for Smtp {
    fn send<'a>(&'a self, letter: &'a Written) -> Pin<Box<dyn Future<Output = Sent> + Send + 'a>> {
        Box::pin(async move {
            let Some(message) = self.message(letter) else {
                return Sent::Never("it is to no address".to_owned());
            };
            match timeout(SENT_WITHIN, self.transport.send(message)).await {
                Ok(Ok(_)) => Sent::Done,
                // A wrong password of ours is no fault of the letter.
                Ok(Err(error)) if error.status().is_some_and(|code| code.to_string().starts_with("53")) => {
                    Sent::Later(why(&error))
                }
                Ok(Err(error)) if error.is_permanent() => Sent::Never(why(&error)),
                Ok(Err(error)) => Sent::Later(why(&error)),
                Err(_) => Sent::Later("the server took too long".to_owned()),
            }
        })
    }
}
