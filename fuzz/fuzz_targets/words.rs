//! Everything that is parsed from text: what is accepted prints as it was given.
#![no_main]

use cloakroom_model::words::host::Host;
use cloakroom_model::words::id::SessionId;
use cloakroom_model::words::refresh::RefreshToken;
use cloakroom_model::words::subject::SubjectId;
use cloakroom_model::words::ticket::Ticket;

libfuzzer_sys::fuzz_target!(|text: &str| {
    if let Ok(ticket) = Ticket::parse(text) {
        assert_eq!(ticket.to_text().expose(), text);
    }
    if let Ok(token) = RefreshToken::parse(text) {
        assert_eq!(token.to_text(), text);
    }
    if let Ok(id) = text.parse::<SessionId>() {
        assert_eq!(id.to_string(), text);
    }
    if let Ok(host) = text.parse::<Host>() {
        assert_eq!(host.as_str(), text);
    }
    let _ = text.parse::<SubjectId>();
});
