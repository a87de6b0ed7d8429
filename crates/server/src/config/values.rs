//! Single values: from text to what they mean.

use cloakroom_model::words::time::Span;

/// A time: a number and its unit.
pub(crate) fn duration(text: &str) -> Option<Span> {
    let digits = text.len() - text.trim_start_matches(|letter: char| letter.is_ascii_digit()).len();
    let (number, unit) = text.split_at_checked(digits)?;
    let number: i64 = number.parse().ok().filter(|number| (0..=1_000_000_000).contains(number))?;
    Some(match unit {
        "ms" => Span::millis(number),
        "s" => Span::seconds(number),
        "m" => Span::minutes(number),
        "h" => Span::hours(number),
        "d" => Span::days(number),
        _ => return None,
    })
}

/// A network: an address and how many bits of it count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Network {
    address: core::net::IpAddr,
    bits: u8,
}

impl Network {
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (address, bits) =
            text.split_once('/').map_or((text, None), |(address, bits)| (address, Some(bits)));
        let address: core::net::IpAddr = address.parse().ok()?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        let bits = bits.map_or(Some(most), |bits| bits.parse().ok())?;
        (bits <= most).then_some(Self { address, bits })
    }

    /// Whether an address is in it.
    pub(crate) fn contains(&self, address: core::net::IpAddr) -> bool {
        use core::net::IpAddr::{V4, V6};
        let shifted = |bits: u128, width: u32| {
            let cut = width - u32::from(self.bits);
            if cut >= width { 0 } else { bits >> cut }
        };
        match (self.address, address.to_canonical()) {
            (V4(own), V4(other)) => shifted(own.to_bits().into(), 32) == shifted(other.to_bits().into(), 32),
            (V6(own), V6(other)) => shifted(own.to_bits(), 128) == shifted(other.to_bits(), 128),
            _ => false,
        }
    }
}
