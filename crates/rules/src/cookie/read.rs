//! Reading the cookies of a request, as browsers write them and not a bit more: split at semicolons, trim space and tab,
//! leave names as they are. Nothing is decoded, nothing is quoted, and a name that comes twice comes twice.

/// Every name and its value, in the order in which they came.
pub fn pairs<'a>(headers: impl Iterator<Item = &'a [u8]>) -> impl Iterator<Item = (&'a [u8], &'a [u8])> {
    headers.flat_map(|header| header.split(|byte| *byte == b';')).filter_map(|pair| {
        let pair = trim(pair);
        let (name, value) = pair.split_at_checked(pair.iter().position(|byte| *byte == b'=')?)?;
        Some((name, value.split_first()?.1))
    })
}

fn trim(mut bytes: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] | [rest @ .., b' ' | b'\t'] = bytes {
        bytes = rest;
    }
    bytes
}

#[cfg(test)]
mod tests;
