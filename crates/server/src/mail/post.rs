//! The post: takes letters out of the outbox until the program ends. What cannot be sent now is tried again; what waits survives a restart.

use super::send::{Sent, Way};
use super::write::write;
use crate::net::Stop;
use crate::pages::Pages;
use cloakroom_authority::people::People;
use cloakroom_model::words::origin::WebOrigin;
use core::time::Duration;
use std::sync::Arc;
use tokio::sync::watch;
use tokio::time::sleep;

/// How often somebody looks whether there is a letter.
const EVERY: Duration = Duration::from_millis(200);
/// How many are taken at once.
const AT_ONCE: usize = 8;

/// Carries letters.
pub(crate) async fn post(
    people: People,
    pages: watch::Receiver<Pages>,
    public_url: WebOrigin,
    way: Arc<dyn Way>,
    mut stop: Stop,
) {
    loop {
        tokio::select! {
            () = sleep(EVERY) => {}
            _ = stop.wait_for(|stop| *stop) => return,
        }
        // An outage ends a round, not the post.
        let Ok(letters) = people.letters(AT_ONCE).await else { continue };
        for letter in letters {
            let now = pages.borrow().clone();
            let written = write(&now, &public_url, &letter.message);
            let kind = letter.message.says.as_str();
            let settled = match way.send(&written).await {
                Sent::Done => people.was_posted(letter.id).await,
                Sent::Never(why) => {
                    tracing::warn!(kind, why, "a letter was refused for good");
                    people.was_posted(letter.id).await
                }
                Sent::Later(why) => {
                    tracing::warn!(
                        kind,
                        why,
                        tries = letter.tries,
                        "a letter could not be sent, and is tried again"
                    );
                    people.try_again(&letter).await
                }
            };
            if settled.is_err() {
                tracing::warn!(
                    kind,
                    "what became of a letter could not be written down: it may be sent again"
                );
            }
        }
    }
}
