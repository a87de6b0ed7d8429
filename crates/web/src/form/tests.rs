use super::*;
use http_body_util::Full;

/// A body in small pieces, as networks bring it.
struct Pieces(Vec<Bytes>);

impl Body for Pieces {
    type Data = Bytes;
    type Error = core::convert::Infallible;

    fn poll_frame(
        mut self: core::pin::Pin<&mut Self>,
        _: &mut core::task::Context<'_>,
    ) -> core::task::Poll<Option<Result<http_body::Frame<Bytes>, Self::Error>>> {
        core::task::Poll::Ready((!self.0.is_empty()).then(|| Ok(http_body::Frame::data(self.0.remove(0)))))
    }
}

fn read(content_type: &str, body: &str, piece: usize) -> (Option<String>, String) {
    let pieces = body.as_bytes().chunks(piece.max(1)).map(Bytes::copy_from_slice).collect();
    pollster::block_on(async {
        let (token, whole) = token(content_type.as_bytes(), Pieces(pieces)).await.unwrap();
        let left = whole.collect().await.unwrap().to_bytes();
        (token, String::from_utf8(left.to_vec()).unwrap())
    })
}

const PLAIN: &str = "application/x-www-form-urlencoded";
const FILES: &str = "multipart/form-data; boundary=xyz";

fn part(name: &str, value: &str) -> String {
    format!("--xyz\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
}

#[test]
fn the_token_is_found_and_the_body_stays_whole() {
    let files = [&part("_csrf", "tok"), &part("file", &"x".repeat(50_000)), "--xyz--\r\n"].concat();
    let late = [&part("file", "x"), &part("_csrf", "tok"), "--xyz--\r\n"].concat();
    let unending = [&part("_csrf", &"t".repeat(20_000)), "--xyz--\r\n"].concat();
    for (content_type, body, expected) in [
        (PLAIN, "_csrf=tok", Some("tok")),
        (PLAIN, "a=1&_csrf=tok&b=2", Some("tok")),
        ("Application/X-WWW-Form-Urlencoded; charset=utf-8", "_csrf=tok", Some("tok")),
        (PLAIN, "", None),
        (PLAIN, "a=_csrf", None),
        (PLAIN, "x_csrf=tok", None),
        (PLAIN, "_csrf=tok&_csrf=other", None),
        (FILES, &files, Some("tok")),
        ("multipart/form-data; charset=utf-8; boundary=\"xyz\"", &files, Some("tok")),
        (FILES, &late, None),
        (FILES, &unending, None),
        (FILES, "nonsense", None),
        ("multipart/form-data", &files, None),
        ("application/json", "{\"_csrf\":\"tok\"}", None),
        ("", "_csrf=tok", None),
    ] {
        for piece in [1, 7, 1_000_000] {
            let (token, left) = read(content_type, body, piece);
            assert!(token.as_deref() == expected, "{content_type} {:.60}, in pieces of {piece}", body);
            assert!(left == body, "the handler's body, in pieces of {piece}");
        }
    }
}

#[test]
fn a_known_length_stays_known() {
    pollster::block_on(async {
        let (_, whole) = token(PLAIN.as_bytes(), Full::from("_csrf=tok&a=1")).await.unwrap();
        assert_eq!(whole.size_hint().exact(), Some(13));
    });
}
