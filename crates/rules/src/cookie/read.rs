//! Reading the cookies of a request, as browsers write them and not a bit more: split at semicolons, trim space and tab,
//! compare names byte by byte. Nothing is decoded, nothing is quoted, and a name that comes twice shows.

/// What a request has under a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found<'a> {
    /// Nothing.
    Nothing,
    /// One value.
    One(&'a [u8]),
    /// Several: the browser would never send that for a name that only one host can set.
    Several,
}

/// Every name and its value, in the order in which they came.
pub fn pairs<'a>(headers: impl Iterator<Item = &'a [u8]>) -> impl Iterator<Item = (&'a [u8], &'a [u8])> {
    headers.flat_map(|header| header.split(|byte| *byte == b';')).filter_map(|pair| {
        let pair = trim(pair);
        let (name, value) = pair.split_at_checked(pair.iter().position(|byte| *byte == b'=')?)?;
        Some((name, value.split_first()?.1))
    })
}

/// Every value under a name, in the order in which they came.
pub fn all<'a>(headers: impl Iterator<Item = &'a [u8]>, name: &str) -> impl Iterator<Item = &'a [u8]> {
    pairs(headers).filter(move |(found, _)| *found == name.as_bytes()).map(|(_, value)| value)
}

/// What there is under a name that must be alone.
pub fn one<'a>(headers: impl Iterator<Item = &'a [u8]>, name: &str) -> Found<'a> {
    let mut values = all(headers, name);
    match (values.next(), values.next()) {
        (None, _) => Found::Nothing,
        (Some(value), None) => Found::One(value),
        (Some(_), Some(_)) => Found::Several,
    }
}

fn trim(mut bytes: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] | [rest @ .., b' ' | b'\t'] = bytes {
        bytes = rest;
    }
    bytes
}

#[cfg(test)]
mod tests;
