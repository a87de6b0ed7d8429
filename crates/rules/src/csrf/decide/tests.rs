use super::*;

const OWN: &str = "https://app.example.com";
const BLOG: &str = "https://blog.example.com";
const EVIL: &str = "https://evil.example";

/// Site, mode, origin, WebSocket; and what becomes of it.
#[test]
fn every_way_a_request_can_come() {
    use super::{Decision::*, Refusal as No};
    let (own, listed) = (OWN.parse().unwrap(), [BLOG.parse().unwrap()]);
    for (site, mode, origin, is_websocket, expected) in [
        // Our own pages.
        (Some("same-origin"), Some("cors"), Some(OWN), false, Ok(Pass)),
        (Some("same-origin"), Some("navigate"), Some(OWN), false, Ok(Token)),
        (Some("same-origin"), Some("navigate"), None, false, Ok(Token)),
        (Some("same-origin"), Some("websocket"), Some(OWN), true, Ok(Pass)),
        (Some("same-origin"), None, None, false, Ok(Pass)),
        // Other sites, whatever else they say.
        (Some("cross-site"), Some("cors"), Some(EVIL), false, Err(No::ForeignOrigin)),
        (Some("cross-site"), Some("navigate"), Some(OWN), false, Err(No::CrossSite)),
        (Some("cross-site"), Some("no-cors"), None, false, Err(No::CrossSite)),
        (Some("cross-site"), Some("websocket"), Some(EVIL), true, Err(No::ForeignOrigin)),
        (Some("cross-site"), Some("cors"), Some(BLOG), false, Err(No::CrossSite)),
        // Hidden origins: sandboxed frames, no-referrer, data URLs.
        (Some("cross-site"), Some("navigate"), Some("null"), false, Err(No::NullOrigin)),
        (Some("same-origin"), Some("navigate"), Some("null"), false, Err(No::NullOrigin)),
        (None, None, Some("null"), false, Err(No::NullOrigin)),
        // Neighbours: same-site is not trust.
        (
            Some("same-site"),
            Some("navigate"),
            Some("https://forum.example.com"),
            false,
            Err(No::ForeignOrigin),
        ),
        (Some("same-site"), Some("cors"), None, false, Err(No::SameSite)),
        (Some("same-site"), Some("cors"), Some(OWN), false, Err(No::SameSite)),
        (Some("same-site"), Some("cors"), Some(BLOG), false, Ok(Pass)),
        (Some("same-site"), Some("navigate"), Some(BLOG), false, Ok(Token)),
        (
            Some("same-site"),
            Some("websocket"),
            Some("https://forum.example.com"),
            true,
            Err(No::ForeignOrigin),
        ),
        // Typed by the user, or no such header: the origin, then the token.
        (Some("none"), Some("navigate"), None, false, Ok(Token)),
        (None, None, None, false, Ok(Token)),
        (None, None, Some(OWN), false, Ok(Token)),
        (None, None, Some(EVIL), false, Err(No::ForeignOrigin)),
        (None, None, Some(OWN), true, Ok(Pass)),
        (None, None, None, true, Ok(Token)),
        (None, None, Some(EVIL), true, Err(No::ForeignOrigin)),
        // What is not in the standard is not believed.
        (Some("same-origin, cross-site"), Some("cors"), Some(OWN), false, Err(No::CrossSite)),
        (Some("SAME-ORIGIN"), Some("cors"), Some(OWN), false, Err(No::CrossSite)),
        (Some(""), None, None, false, Err(No::CrossSite)),
        (None, None, Some("https://app.example.com:443"), false, Err(No::ForeignOrigin)),
        (None, None, Some("http://app.example.com"), false, Err(No::ForeignOrigin)),
        (None, None, Some("https://app.example.com, https://evil.example"), false, Err(No::ForeignOrigin)),
    ] {
        let request = Request {
            fetch_site: site.map(str::as_bytes),
            fetch_mode: mode.map(str::as_bytes),
            origin: origin.map(str::as_bytes),
            is_websocket,
            bears_token: false,
        };
        let facts = Facts { own: &own, listed: &listed };
        let answer = decide(&request, &facts);
        assert_eq!(answer, expected, "{site:?} {mode:?} {origin:?} websocket {is_websocket}");
        // A bearer token stands for a form token where nobody says who sent it, and helps nobody who is refused.
        let with_bearer = decide(&Request { bears_token: true, ..request }, &facts);
        let is_unsaid = matches!(site, None | Some("none")) && mode != Some("navigate");
        let helped = if expected == Ok(Token) && is_unsaid { Ok(Pass) } else { expected };
        assert_eq!(with_bearer, helped, "{site:?} {mode:?} {origin:?} with a bearer token");
    }
}
