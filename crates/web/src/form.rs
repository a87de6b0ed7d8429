//! The CSRF token of a form, read from the beginning of the body. The handler gets the body whole.

use crate::replay::Replay;
use bytes::{Bytes, BytesMut};
use http_body::Body;
use http_body_util::BodyExt;

const FIELD: &[u8] = b"_csrf";
/// How far into a plain form is looked.
const FORM_AT_MOST: usize = 1 << 20;
/// A form with files has its token in front: no more than this is held back.
const PART_AT_MOST: usize = 16 << 10;

/// The body could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Broken;

/// The token, if there is exactly one where it belongs.
pub(crate) async fn token<B>(content_type: &[u8], body: B) -> Result<(Option<String>, Replay<B>), Broken>
where
    B: Body<Data = Bytes> + Unpin,
{
    let kind = content_type.split(|byte| *byte == b';').next().unwrap_or_default().trim_ascii();
    if kind.eq_ignore_ascii_case(b"application/x-www-form-urlencoded") {
        let (front, rest) = front(body, FORM_AT_MOST, |_| false).await?;
        return Ok((of_plain(&front), Replay::after(front, rest)));
    }
    if kind.eq_ignore_ascii_case(b"multipart/form-data")
        && let Some(mark) = boundary(content_type)
    {
        let (front, rest) = front(body, PART_AT_MOST, |read| of_parts(read, &mark).is_some()).await?;
        let token = of_parts(&front, &mark).flatten();
        return Ok((token, Replay::after(front, rest)));
    }
    Ok((None, Replay::whole(body)))
}

async fn front<B>(mut body: B, at_most: usize, enough: impl Fn(&[u8]) -> bool) -> Result<(Bytes, B), Broken>
where
    B: Body<Data = Bytes> + Unpin,
{
    let (mut read, mut next_look) = (BytesMut::new(), 0);
    while read.len() < at_most {
        // Looking again only when there is twice as much keeps many small pieces cheap.
        if read.len() >= next_look {
            if enough(&read) {
                break;
            }
            next_look = (2 * read.len()).max(256);
        }
        match body.frame().await {
            None => break,
            Some(Err(_)) => return Err(Broken),
            Some(Ok(frame)) => {
                if let Ok(data) = frame.into_data() {
                    read.extend_from_slice(&data);
                }
            }
        }
    }
    Ok((read.freeze(), body))
}

/// No character of a token or of the field's name is ever written another way in a form.
fn of_plain(form: &[u8]) -> Option<String> {
    let mut values =
        form.split(|byte| *byte == b'&').filter_map(|pair| pair.strip_prefix(FIELD)?.strip_prefix(b"="));
    match (values.next(), values.next()) {
        (Some(token), None) => text(token),
        _ => None,
    }
}

/// No token is longer.
const TOKEN_AT_MOST: usize = 256;

fn text(token: &[u8]) -> Option<String> {
    core::str::from_utf8(token).ok().filter(|token| token.len() <= TOKEN_AT_MOST).map(str::to_owned)
}

fn boundary(content_type: &[u8]) -> Option<Vec<u8>> {
    let given = content_type.split(|byte| *byte == b';').skip(1).find_map(|parameter| {
        let (name, value) = parameter.trim_ascii().split_at_checked(b"boundary=".len())?;
        name.eq_ignore_ascii_case(b"boundary=").then_some(value)
    })?;
    let bare = given.strip_prefix(b"\"").and_then(|rest| rest.strip_suffix(b"\"")).unwrap_or(given);
    (1..=70).contains(&bare.len()).then(|| [b"--", bare].concat())
}

/// What the first part says: `None` as long as it is not all there.
fn of_parts(read: &[u8], mark: &[u8]) -> Option<Option<String>> {
    let Some(part) = read.strip_prefix(mark).and_then(|rest| rest.strip_prefix(b"\r\n")) else {
        return (read.len() > mark.len() + 2).then_some(None);
    };
    let head_ends = find(part, b"\r\n\r\n")?;
    let (head, rest) = part.split_at_checked(head_ends)?;
    let content = rest.get(4..)?;
    let is_token = head.split(|byte| *byte == b'\n').any(|line| {
        let line = line.trim_ascii();
        line.len() >= 20
            && line.to_ascii_lowercase().starts_with(b"content-disposition:")
            && find(line, b"; name=\"_csrf\"").is_some()
    });
    if !is_token {
        return Some(None);
    }
    let end = find(content, &[b"\r\n", mark].concat())?;
    Some(content.get(..end).and_then(text))
}

fn find(within: &[u8], what: &[u8]) -> Option<usize> {
    within.windows(what.len()).position(|window| window == what)
}

#[cfg(test)]
mod tests;
