//! SHA-256 of bytes as they stand, for what others compute too.

use aws_lc_rs::digest::{SHA256, digest};

/// The digest.
#[must_use]
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut out = [0u8; 32];
    out.iter_mut().zip(digest(&SHA256, bytes).as_ref()).for_each(|(place, byte)| *place = *byte);
    out
}

#[cfg(test)]
mod tests {
    #[test]
    fn is_the_one_of_fips_180() {
        let hex = data_encoding::HEXLOWER.encode(&super::sha256(b"abc"));
        assert_eq!(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }
}
